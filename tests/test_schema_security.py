"""How well protected the link must be: a level per operation, and what no level could protect is refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import pytest

import gattschema
from gattschema import (
    Broadcast,
    Fault,
    Indicate,
    Notify,
    Read,
    ReadIndicate,
    ReadNotify,
    ReadWrite,
    ReadWriteNotify,
    ReliableWrite,
    SchemaError,
    Service,
    SignedWrite,
    UInt8,
    Write,
    WriteWithoutResponse,
    characteristic,
    plan,
)
from gattschema.schema import Level, Property, Security

BothWays = Annotated[Notify[UInt8], Indicate]
ReadBothWays = Annotated[ReadNotify[UInt8], Indicate]

PROTECTED = ["encrypted", "authenticated", "secure"]


def declare(hint: Any, security: Any) -> Security:
    """What ``security=`` of a field of this flavour compiles to."""
    body = {
        "__annotations__": {"field": hint},
        "field": characteristic(init=False, security=security),
        "__module__": __name__,
    }
    return plan(type("Made", (Service,), body, uuid="FFF0")).characteristics[0].security


def fault(hint: Any, security: Any) -> Fault:
    with pytest.raises(SchemaError) as caught:
        declare(hint, security)
    (found,) = caught.value.faults
    assert found.where == "field"
    return found


# --- per operation -------------------------------------------------------------------------------------------------

OPERATIONS: dict[str, tuple[Any, Mapping[str, str], Security]] = {
    "read": (ReadWriteNotify[UInt8], {"read": "open", "write": "secure"}, Security(write=Level.SECURE)),
    "write": (ReadWrite[UInt8], {"write": "encrypted"}, Security(write=Level.ENCRYPTED)),
    "notify": (ReadNotify[UInt8], {"notify": "authenticated"}, Security(notify=Level.AUTHENTICATED)),
    "indicate": (ReadIndicate[UInt8], {"indicate": "secure"}, Security(indicate=Level.SECURE)),
    "all four": (
        Annotated[ReadWriteNotify[UInt8], Indicate],
        {"read": "encrypted", "write": "secure", "notify": "authenticated", "indicate": "authenticated"},
        Security(Level.ENCRYPTED, Level.SECURE, Level.AUTHENTICATED, Level.AUTHENTICATED),
    ),
    "reliable writes": (ReliableWrite[UInt8], {"write": "secure"}, Security(write=Level.SECURE)),
    "signed beside requests": (
        Annotated[SignedWrite[UInt8], Write],
        {"write": "encrypted"},
        Security(write=Level.ENCRYPTED),
    ),
    "nothing said": (ReadWriteNotify[UInt8], {}, Security()),
    "frozen": (Read[UInt8], MappingProxyType({"read": "secure"}), Security(read=Level.SECURE)),
}


@pytest.mark.parametrize(("hint", "given", "made"), OPERATIONS.values(), ids=OPERATIONS)
def test_each_operation_has_a_level_of_its_own(hint: Any, given: Mapping[str, str], made: Security) -> None:
    """What the mapping says of an operation is asked for it and for no other; what it leaves out is open."""
    assert declare(hint, given) == made


@pytest.mark.parametrize("word", PROTECTED)
def test_one_level_is_for_both_ways_of_subscribing(word: Any) -> None:
    """``security="encrypted"`` protects notifications and indications alike, and what the flavour lacks is open."""
    level = Level(word)
    assert declare(ReadBothWays, word) == Security(read=level, notify=level, indicate=level)
    assert declare(BothWays, word) == Security(notify=level, indicate=level)


def test_the_plan_says_what_subscribing_asks_for() -> None:
    """``subscribing`` is the level of the one descriptor that phones write, whichever way it is for."""
    assert declare(Notify[UInt8], "secure").subscribing is Level.SECURE
    assert declare(ReadIndicate[UInt8], {"indicate": "encrypted"}).subscribing is Level.ENCRYPTED
    assert declare(BothWays, "authenticated").subscribing is Level.AUTHENTICATED
    assert declare(ReadNotify[UInt8], {"read": "secure", "notify": "open"}).subscribing is Level.OPEN


WORDS: dict[str, Any] = {
    "level": "high",
    "capitals": "Encrypted",
    "level in a mapping": {"read": "high"},
    "no text": {"read": True},
    "a list": {"read": ["encrypted"]},
    "operation": {"subscribe": "encrypted"},
    "operation of ours": {"all": "encrypted"},
    "operation for a level": "fallback",
    "no operation": {None: "encrypted"},
}


@pytest.mark.parametrize("given", WORDS.values(), ids=WORDS)
def test_a_word_that_is_none_is_refused_with_those_that_are(given: Any) -> None:
    """Levels and operations are told, all of them, with an example that compiles."""
    found = fault(ReadWriteNotify[UInt8], given)
    assert found.finding == f"security={given!r}"
    assert all(word in found.allowed for word in ("open, encrypted, authenticated, secure", "read, write, notify"))
    for example in found.instead.split(" or "):
        assert declare(ReadWrite[UInt8], eval(f"dict({example})")["security"]) != Security()  # noqa: S307  (our message)


@pytest.mark.parametrize(
    ("hint", "operation", "able"),
    [
        (Write[UInt8], "read", "write"),
        (ReadNotify[UInt8], "write", "read, notify"),
        (ReadIndicate[UInt8], "notify", "read, indicate"),
        (Notify[UInt8], "indicate", "notify"),
        (Broadcast[UInt8], "read", "none"),
    ],
)
def test_an_operation_that_phones_lack_is_refused(hint: Any, operation: str, able: str) -> None:
    """It would protect nothing: the fault tells what phones can do."""
    found = fault(hint, {operation: "encrypted"})
    assert found.finding == f"security for {operation}, but phones cannot {operation} it"
    assert found.allowed == able


# --- where BlueZ is too old ----------------------------------------------------------------------------------------


def test_a_fallback_is_kept_beside_the_level() -> None:
    """``"fallback": "open"`` says what subscribing asks for where BlueZ cannot protect it; the levels stay."""
    made = declare(ReadNotify[UInt8], {"notify": "encrypted", "fallback": "open"})
    assert made == Security(notify=Level.ENCRYPTED, fallback=Level.OPEN)
    assert made.subscribing is Level.ENCRYPTED
    assert declare(ReadNotify[UInt8], {"notify": "encrypted"}).fallback is None
    assert declare(ReadNotify[UInt8], "encrypted").fallback is None


@pytest.mark.parametrize("word", PROTECTED)
def test_a_fallback_is_open_or_not_at_all(word: str) -> None:
    """An older BlueZ protects no subscription, by no level."""
    found = fault(Notify[UInt8], {"notify": "secure", "fallback": word})
    assert '"fallback": "open"' in found.allowed


def test_a_fallback_is_for_subscriptions() -> None:
    """Reads and writes are protected by every BlueZ."""
    found = fault(ReadWrite[UInt8], {"write": "encrypted", "fallback": "open"})
    assert found.finding == "security for fallback, but phones cannot subscribe to it"
    assert found.allowed == "read, write"


# --- leaks ---------------------------------------------------------------------------------------------------------

LEAKS: dict[str, tuple[Any, list[str]]] = {
    "notify": (ReadNotify[UInt8], ["notify"]),
    "indicate": (ReadIndicate[UInt8], ["indicate"]),
    "written, too": (ReadWriteNotify[UInt8], ["notify"]),
    "both": (ReadBothWays, ["notify", "indicate"]),
}


@pytest.mark.parametrize("word", PROTECTED)
@pytest.mark.parametrize(("hint", "ways"), LEAKS.values(), ids=LEAKS)
def test_a_protected_read_beside_open_subscriptions_is_a_leak(hint: Any, ways: list[str], word: str) -> None:
    """Notifications would carry the same value to every phone; one level for all is offered, and compiles."""
    found = fault(hint, {"read": word})
    assert found.finding == f"reading is {word}, but every phone could subscribe to the same value"
    assert f"security that says {' and '.join(ways)}, too" in found.allowed
    advice, _, mapped = found.instead.partition(", or ")
    assert getattr(declare(hint, eval(f"dict({advice})")["security"]), ways[0]) is Level(word)  # noqa: S307  (our message)
    assert mapped == f"'{ways[0]}': \"open\" in the mapping"


@pytest.mark.parametrize(("hint", "ways"), LEAKS.values(), ids=LEAKS)
def test_what_is_open_on_purpose_is_no_leak(hint: Any, ways: list[str]) -> None:
    """Whoever says that subscribing is open has thought of it; one way will do, since they are one descriptor."""
    assert declare(hint, {"read": "secure", ways[0]: "open"}) == Security(read=Level.SECURE)


@pytest.mark.parametrize(
    ("hint", "given"),
    [
        (Read[UInt8], {"read": "encrypted"}),
        (ReadWrite[UInt8], {"read": "encrypted"}),
        (ReadWriteNotify[UInt8], {"write": "encrypted"}),
        (ReadNotify[UInt8], {"read": "open"}),
        (ReadNotify[UInt8], {"read": "secure", "notify": "encrypted"}),
    ],
    ids=["nobody subscribes", "written instead", "write alone", "open read", "another level"],
)
def test_what_nobody_overhears_is_no_leak(hint: Any, given: Mapping[str, str]) -> None:
    """Only a protected value that every phone could hear is one."""
    made = declare(hint, given)
    assert made == Security(**{operation: Level(word) for operation, word in given.items()})


# --- both ways of subscribing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "stricter"),
    [
        ({"notify": "encrypted"}, "encrypted"),
        ({"indicate": "secure"}, "secure"),
        ({"notify": "secure", "indicate": "encrypted"}, "secure"),
        ({"notify": "encrypted", "indicate": "authenticated"}, "authenticated"),
        ({"notify": "open", "indicate": "authenticated"}, "authenticated"),
    ],
)
def test_both_ways_of_subscribing_have_one_level(given: Mapping[str, str], stricter: str) -> None:
    """One descriptor subscribes to both; the fault offers the stricter level for both, and that compiles."""
    found = fault(BothWays, given)
    assert found.finding.endswith("but one descriptor subscribes to both")
    advised = eval(f"dict({found.instead})")["security"]  # noqa: S307  (our message)
    assert declare(BothWays, advised) == Security(notify=Level(stricter), indicate=Level(stricter))


@pytest.mark.parametrize("word", ["open", *PROTECTED])
def test_the_same_level_for_both_ways_is_fine(word: str) -> None:
    """Said twice or once for all it is the same."""
    assert declare(BothWays, {"notify": word, "indicate": word}) == declare(BothWays, word)


# --- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", PROTECTED)
@pytest.mark.parametrize("flavour", [WriteWithoutResponse, SignedWrite])
@pytest.mark.parametrize("given", ["{0}", "write {0}"], ids=["all", "write"])
def test_a_protected_command_needs_a_request_beside_it(flavour: Any, word: str, given: str) -> None:
    """BlueZ's words for protected writes all mean requests; what the fault offers compiles and keeps the flavour."""
    security: Any = word if given == "{0}" else {"write": word}
    found = fault(flavour[UInt8], security)
    assert found.finding == f"{word} writes without response only, which BlueZ cannot offer"
    advised = eval(found.instead.replace("…", "UInt8"), {**vars(gattschema), "Annotated": Annotated})  # noqa: S307  (our message)
    assert declare(advised, security).write is Level(word)
    body = {"__annotations__": {"field": advised}, "field": characteristic(init=False), "__module__": __name__}
    properties = plan(type("Made", (Service,), body, uuid="FFF0")).characteristics[0].properties
    assert properties == flavour.properties | Property.WRITE


@pytest.mark.parametrize("flavour", [WriteWithoutResponse, SignedWrite])
def test_an_open_command_needs_nothing(flavour: Any) -> None:
    """Whoever asks for no protection is not asked for a request."""
    assert declare(flavour[UInt8], "open") == declare(flavour[UInt8], {"write": "open"}) == Security()


# --- nothing to protect --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["encrypted", {}], ids=["level", "mapping"])
def test_a_broadcast_cannot_be_protected(given: Any) -> None:
    """Nobody pairs with an advertisement."""
    assert "there is nothing to protect" in fault(Broadcast[UInt8], given).finding
    assert declare(Broadcast[UInt8], "open") == Security()
