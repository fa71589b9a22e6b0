"""What ``help()`` shows of an advertisement's constructor, made when somebody asks."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any, get_args, get_origin

import attrs

from gattschema.advertising._fields import SCOPE, Attribute, fields
from gattschema.values._hints import resolve_hints


class LazySignature:
    """``__signature__`` of a class: its attributes as keywords, with what they take; required ones first."""

    def __get__(self, instance: object, owner: type, /) -> Signature:
        """Give the signature of *owner*."""
        hints = _hints(owner)
        required_first = sorted(fields(owner).items(), key=lambda entry: entry[1].default is not attrs.NOTHING)
        return Signature([_parameter(name, one, hints.get(name, Parameter.empty)) for name, one in required_first])


def _hints(owner: type) -> dict[str, Any]:
    bases = [base for base in reversed(owner.__mro__) if SCOPE in vars(base)]
    return {key: hint for base in bases for key, hint in resolve_hints(base, vars(base)[SCOPE]).items()}


def _parameter(name: str, one: Attribute[Any, Any], hint: Any) -> Parameter:
    taken = get_args(hint)[1] if get_origin(hint) is Attribute else hint
    default = Parameter.empty if one.default is attrs.NOTHING else one.default
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=taken)
