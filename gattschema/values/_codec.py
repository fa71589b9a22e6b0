"""A hint's codec: its kind, with the fast path in front and the explanation behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload

import attrs

from gattschema.values._errors import Fault
from gattschema.values._fields import PLACING
from gattschema.values._hints import kind_of, read
from gattschema.values._kinds import REFUSALS, Kind
from gattschema.values._scalar import functions

T = TypeVar("T")


@attrs.frozen
class Codec(Generic[T]):
    """How the values of one type become octets and come back."""

    kind: Kind
    """The tree that says what the octets mean."""
    pack: Callable[[T], bytes] = attrs.field(eq=False, repr=False)
    """Encode as fast as can be; what it raises for a bad value says little (one of ``REFUSALS``)."""
    unpack: Callable[[bytes], T] = attrs.field(eq=False, repr=False)
    """Decode as fast as can be; what it raises for bad octets says little (one of ``REFUSALS``)."""

    @property
    def least(self) -> int:
        """Octets of the shortest value."""
        return self.kind.least

    @property
    def most(self) -> int:
        """Octets of the longest value."""
        return self.kind.most

    def encode(self, value: T, where: str = "") -> bytes:
        """Give the octets of *value*.

        Raises:
            EncodeError: the type does not take the value; the message begins with *where*.
        """
        try:
            return self.pack(value)
        except REFUSALS:
            raise self.kind.refuse_value(value, where or self.kind.label) from None

    def decode(self, octets: bytes, where: str = "") -> T:
        """Give the value that *octets* mean.

        Raises:
            DecodeError: no value has these octets; the message begins with *where*.
        """
        try:
            return self.unpack(octets)
        except REFUSALS:
            raise self.kind.refuse_octets(_in_bytes(octets), where or self.kind.label) from None


def _in_bytes(octets: Any) -> bytes:
    try:
        return bytes(memoryview(octets))
    except TypeError:
        raise TypeError(f"octets are bytes, not {octets!r}; bytes.fromhex(…) makes bytes of digits") from None


@overload
def codec(hint: type[T]) -> Codec[T]: ...
@overload
def codec(hint: Any) -> Codec[Any]: ...
def codec(hint: Any) -> Codec[Any]:
    """Give the codec of a type, made at the first request.

    Raises:
        Fault: the type has no size on the wire.
    """
    try:
        return _remembered(hint)
    except TypeError as unhashable:
        if "unhashable" not in str(unhashable):
            raise
        return _make(hint)


def encode(hint: Any, value: Any) -> bytes:
    """Give the octets of *value*, one of the type *hint*.

    >>> encode(UInt16, 0x1234).hex()
    '3412'

    Raises:
        EncodeError: the type does not take the value.
        Fault: the type has no size on the wire.
    """
    return codec(hint).encode(value)


@overload
def decode(hint: type[T], octets: bytes) -> T: ...
@overload
def decode(hint: Any, octets: bytes) -> Any: ...
def decode(hint: Any, octets: bytes) -> Any:
    """Give the value of the type *hint* that *octets* mean.

    >>> hex(decode(UInt16, bytes.fromhex("3412")))
    '0x1234'

    Raises:
        DecodeError: no value of the type has these octets.
        Fault: the type has no size on the wire.
    """
    return codec(hint).decode(octets)


def size(hint: Any) -> tuple[int, int]:
    """Give the least and the most octets that values of the type *hint* take.

    >>> size(UInt16)
    (2, 2)
    """
    made = codec(hint)
    return made.least, made.most


def _make(hint: Any) -> Codec[Any]:
    for mark in read(hint).marks:
        if isinstance(mark, PLACING):
            spelled = type(mark).__name__
            raise Fault(
                f"{spelled}(…) on a type by itself", allowed=f"{spelled}(…) on a struct's field", instead="leave it out"
            )
    kind = kind_of(hint)
    return Codec(kind, *functions(kind))


_remembered = lru_cache(maxsize=None)(_make)
