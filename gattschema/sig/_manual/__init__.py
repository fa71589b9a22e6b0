"""Characteristics written by hand: control points, and formats that only the service specifications give.

Each module says in ``UUID_NUMBERS`` which types are the values of which characteristics. ``ALSO_IN_SIG`` has those of
its public names that gattschema.sig has, too, where these are not all: control points have a ``Reset`` or a
``Response`` each, which are reached through the module.
"""
