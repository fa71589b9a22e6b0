"""Adopted services as ordinary declarations: subclass them, or use them as they are.

A mandatory characteristic that is read has to be given to the constructor; an optional one is there only if it is given
or a subclass handles it (``default=ABSENT``); one that is only pushed starts without a value (``default=PRESENT``).
Security is the least that the service's specification or its profile asks for; a subclass may ask for more. Each
module says in ``SERVICES`` which UUIDs its classes have.
"""
