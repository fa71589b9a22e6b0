"""Agents alone: what they take, what they refuse, and what they keep to themselves."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gattschema.pairing import (
    Agent,
    Confirm,
    DisplayPasskey,
    EnterPasskey,
    JustWorks,
    PairingRejected,
    Pin,
)

PHONE: Any = SimpleNamespace(address="AA:BB:CC:DD:EE:FF", address_type="public")


class Everything(Agent):
    """Overrides nothing."""

    capability = "KeyboardDisplay"


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda agent: agent.request_pin_code(PHONE),
        lambda agent: agent.display_pin_code(PHONE, "123456"),
        lambda agent: agent.request_passkey(PHONE),
        lambda agent: agent.display_passkey(PHONE, "123456", 0),
        lambda agent: agent.request_confirmation(PHONE, "123456"),
        lambda agent: agent.request_authorization(PHONE),
        lambda agent: agent.authorize_service(PHONE, "0000110b-0000-1000-8000-00805f9b34fb"),
    ],
    ids=[
        "request_pin_code",
        "display_pin_code",
        "request_passkey",
        "display_passkey",
        "request_confirmation",
        "request_authorization",
        "authorize_service",
    ],
)
def test_what_is_not_overridden_refuses(ask: Any) -> None:
    """An agent refuses what its class has no answer for, and says so without the secret."""
    with pytest.raises(PairingRejected, match=r"^Everything does not ") as caught:
        ask(Everything())
    assert "123456" not in str(caught.value)


def test_the_end_of_a_pairing_is_no_question() -> None:
    """Nobody has to override what only tells of the end."""
    assert Everything().cancel() is None
    assert Everything().release() is None


def test_just_works_says_yes_to_that_alone() -> None:
    """JustWorks lets phones in that show no number, and compares none."""
    assert JustWorks().request_authorization(PHONE) is True
    with pytest.raises(PairingRejected):
        JustWorks().request_confirmation(PHONE, "123456")


@pytest.mark.parametrize(
    "agent",
    [Confirm(lambda _: True), DisplayPasskey(print), EnterPasskey(1), Pin("0000")],
    ids=lambda agent: type(agent).__name__,
)
def test_a_number_is_not_waived(agent: Agent) -> None:
    """Agents that go by a number refuse phones that would just work."""
    with pytest.raises(PairingRejected, match="neither show nor type"):
        agent.request_authorization(PHONE)


def test_functions_take_the_device_or_not() -> None:
    """A function may take the device before the rest, or leave it out."""
    assert Confirm(lambda passkey: passkey == "000042").request_confirmation(PHONE, "000042") is True
    assert Confirm(lambda device, passkey: (device, passkey)).request_confirmation(PHONE, "1") == (PHONE, "1")  # type: ignore[arg-type, return-value, comparison-overlap]
    assert EnterPasskey(lambda: 42).request_passkey(PHONE) == 42
    assert EnterPasskey(lambda device: len(device.address)).request_passkey(PHONE) == 17
    assert Pin(lambda: "0000").request_pin_code(PHONE) == "0000"
    assert Pin(lambda device: device.address[:2]).request_pin_code(PHONE) == "AA"


def test_defaults_are_not_for_the_device() -> None:
    """Arguments that have a default are left alone."""
    shown: list[tuple[object, ...]] = []

    def show(passkey: str, retries: int = 3) -> None:
        shown.append((passkey, retries))

    def show_all(*values: object) -> None:
        shown.append(values)

    DisplayPasskey(show).display_passkey(PHONE, "123456", 0)
    DisplayPasskey(show_all).display_passkey(PHONE, "123456", 0)
    assert shown == [("123456", 3), ("123456",)]


def test_print_will_do(capsys: pytest.CaptureFixture[str]) -> None:
    """What is built in can be given, too, with or without a signature that Python knows."""
    DisplayPasskey(print).display_passkey(PHONE, "012345", 0)
    assert capsys.readouterr().out == "012345\n"
    kept: dict[str, int] = {"012345": 7}
    assert DisplayPasskey(kept.pop).display_passkey(PHONE, "012345", 0) == 7


async def test_functions_may_be_async() -> None:
    """What an async function gives is awaited by whoever asks."""

    async def ask(passkey: str) -> bool:
        await asyncio.sleep(0)
        return passkey == "123456"

    answer = Confirm(ask).request_confirmation(PHONE, "123456")
    assert not isinstance(answer, bool)
    assert await answer is True


@pytest.mark.parametrize(
    "make",
    [
        lambda: Confirm(cast("Any", lambda: True)),
        lambda: Confirm(cast("Any", lambda _a, _b, _c: True)),
        lambda: Confirm(cast("Any", lambda _, *, mode: mode)),
        lambda: Confirm(cast("Any", "123456")),
        lambda: DisplayPasskey(cast("Any", None)),
        lambda: EnterPasskey(cast("Any", lambda _a, _b: 1)),
    ],
    ids=["nothing", "three", "keyword", "text", "None", "two for none"],
)
def test_functions_of_something_else_are_refused(make: Any) -> None:
    """The error says which arguments a function is called with."""
    with pytest.raises(TypeError, match=r"it takes a function,? of \((passkey)?\) or \(device(, passkey)?\)"):
        make()


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passkey", [0, 123456, 999_999])
def test_fixed_passkeys(passkey: int) -> None:
    """A fixed passkey is answered without asking anybody."""
    assert EnterPasskey(passkey).request_passkey(PHONE) == passkey


@pytest.mark.parametrize("wrong", [-1, 1_000_000, "123456", 123.5, True, None])
def test_what_is_no_passkey_is_refused_and_not_repeated(wrong: Any) -> None:
    """No error text has the number in it."""
    with pytest.raises((TypeError, ValueError), match=r"^EnterPasskey\(\)") as caught:
        EnterPasskey(wrong)
    assert str(wrong) not in str(caught.value).replace("from 0 to 999999", "")


@pytest.mark.parametrize("pin", ["0", "0000", "a" * 16, "é" * 8])
def test_fixed_pins(pin: str) -> None:
    """A PIN has 1 to 16 octets."""
    assert Pin(pin).request_pin_code(PHONE) == pin


@pytest.mark.parametrize("wrong", ["", "8" * 17, "é" * 9, "47\x0011", "47\udc8011", 4711, b"47", None])
def test_what_is_no_pin_is_refused_and_not_repeated(wrong: Any) -> None:
    """No error text has the PIN in it."""
    with pytest.raises((TypeError, ValueError), match=r"^Pin\(\)") as caught:
        Pin(wrong)
    assert not re.search("47|8888|éé", str(caught.value))


@pytest.mark.parametrize("agent", [EnterPasskey(471147), Pin("471147")], ids=lambda agent: type(agent).__name__)
def test_secrets_are_in_no_repr(agent: Agent) -> None:
    """Whoever prints an agent does not print its secret."""
    assert "471147" not in repr(agent)
    assert "471147" not in repr(vars(agent))


# --- who may, and when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allow", [None, ["aa:bb:cc:dd:ee:ff"], {"AA:BB:CC:DD:EE:FF", "00:00:00:00:00:00"}])
def test_addresses_are_compared_without_regard_to_case(allow: Any) -> None:
    """None allows everybody; an address may be written in capitals or not."""
    assert JustWorks(allow=allow).allows(PHONE)


def test_others_are_not_allowed() -> None:
    """A list allows those that are on it; an empty one nobody."""
    assert not JustWorks(allow=["AA:BB:CC:DD:EE:00"]).allows(PHONE)
    assert not JustWorks(allow=[]).allows(PHONE)


def test_functions_allow_by_true_alone() -> None:
    """Of a function's answers, only True lets a phone in."""
    assert JustWorks(allow=lambda device: device.address.startswith("AA")).allows(PHONE)
    assert not JustWorks(allow=lambda _: cast("Any", 1)).allows(PHONE)


@pytest.mark.parametrize(
    "wrong", ["AA:BB:CC:DD:EE", "AA-BB-CC-DD-EE-FF", "AA:BB:CC:DD:EE:GG", "AA:BB:CC:DD:EE:FF\n", "", 7]
)
def test_what_is_no_address_is_refused(wrong: Any) -> None:
    """The error has what was found and how an address is written."""
    with pytest.raises(ValueError, match=re.escape(f"allow= has {wrong!r}") + ".*'AA:BB:CC:DD:EE:FF'"):
        JustWorks(allow=["00:11:22:33:44:55", wrong])


def test_one_address_alone_is_refused() -> None:
    """A text would be a collection of letters: the error says how a list of one is written."""
    with pytest.raises(TypeError, match=r"allow=\['AA:BB:CC:DD:EE:FF'\]"):
        JustWorks(allow="AA:BB:CC:DD:EE:FF")


def test_allow_is_not_async() -> None:
    """A coroutine is never True: nobody could ever pair."""

    async def allow(_: object) -> bool:
        return True

    with pytest.raises(TypeError, match="plain one"):
        JustWorks(allow=cast("Any", allow))


@pytest.mark.parametrize("window", [-1, float("nan"), float("inf"), "60", True])
def test_windows_without_a_length_are_refused(window: Any) -> None:
    """A window is a number of seconds; 0 and None have a meaning of their own."""
    with pytest.raises((TypeError, ValueError), match=f"window={window!r}"):
        JustWorks(window=window)
    assert JustWorks(window=0).window == 0
    assert JustWorks().window is None


def test_agents_say_what_they_can() -> None:
    """Without a capability BlueZ could not choose how to pair: the error names them all."""

    class Silent(Agent):
        pass

    class Wrong(Agent):
        capability = cast("Any", "Display")

    with pytest.raises(TypeError, match=r"^Silent says no capability; there are 'DisplayOnly', 'DisplayYesNo'"):
        Silent()
    with pytest.raises(TypeError, match=r"^Wrong has the capability 'Display'"):
        Wrong()
