"""Characteristics written by hand: control points, and formats that only the service specifications give.

Each module says in ``UUID_NUMBERS`` which types are the values of which characteristics.
"""
