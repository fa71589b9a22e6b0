"""Agents alone: what they take, what they refuse, and what they keep to themselves."""

from __future__ import annotations

import asyncio
import re
from functools import partial
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
    """Answers nothing."""

    capability = "KeyboardDisplay"

    def request_confirmation(self, device: Any, passkey: str) -> Any:
        return super().request_confirmation(device, passkey)


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
    """A list allows those that are on it."""
    assert not JustWorks(allow=["AA:BB:CC:DD:EE:00"]).allows(PHONE)


@pytest.mark.parametrize("nobody", [[], (), set(), {}], ids=repr)
def test_nobody_is_no_list(nobody: Any) -> None:
    """An empty list would let nobody in, ever: the error says how everybody is written, and nobody for now."""
    with pytest.raises(ValueError, match=r"lets nobody in; write allow=None for everybody, window=0 for nobody yet"):
        JustWorks(allow=nobody)


@pytest.mark.parametrize("wrong", [3, 3.5, True, b"AA:BB:CC:DD:EE:FF", object], ids=repr)
def test_what_lets_nobody_in(wrong: Any) -> None:
    """What is neither addresses nor a function of the device is refused at once."""
    with pytest.raises((TypeError, ValueError), match=r"^allow="):
        JustWorks(allow=wrong)


def test_functions_of_something_else_allow_nobody() -> None:
    """A function that cannot be called with the device is refused before the first phone comes."""
    with pytest.raises(TypeError, match=r"allow=<lambda>: it is called with the device, and takes a function of"):
        JustWorks(allow=cast("Any", lambda: True))
    with pytest.raises(TypeError, match="it is called with the device"):
        JustWorks(allow=cast("Any", lambda _a, _b: True))


@pytest.mark.parametrize("wrong", [3, None, "yes"])
def test_default_is_a_flag(wrong: Any) -> None:
    """The agent is the first to be asked, or the last."""
    with pytest.raises(TypeError, match=f"default={wrong!r} is neither True .* nor False"):
        JustWorks(default=wrong)


def test_functions_allow_by_true_alone() -> None:
    """Of a function's answers, only True lets a phone in."""
    assert JustWorks(allow=lambda device: device.address.startswith("AA")).allows(PHONE)
    assert not JustWorks(allow=lambda _: False).allows(PHONE)
    with pytest.raises(PairingRejected, match="the function in allow= has said 1, which is neither True nor False"):
        JustWorks(allow=lambda _: cast("Any", 1)).allows(PHONE)


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

    class Door:
        async def __call__(self, _: object) -> bool:
            return True

    for given in (allow, partial(allow), Door()):
        with pytest.raises(TypeError, match="allow= is an async function; it takes a plain one"):
            JustWorks(allow=cast("Any", given))
    hidden: Any = lambda device: allow(device)  # noqa: E731, PLW0108  (nobody sees that it is one)
    with pytest.raises(PairingRejected, match=r"has said <coroutine object .*, which is neither True nor False"):
        JustWorks(allow=hidden).allows(PHONE)


@pytest.mark.parametrize("window", [-1, float("nan"), float("inf"), "60", True])
def test_windows_without_a_length_are_refused(window: Any) -> None:
    """A window is a number of seconds; 0 and None have a meaning of their own."""
    with pytest.raises((TypeError, ValueError), match=f"window={window!r}: .*; without window= pairing is always open"):
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


# --- classes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capability", "missing"),
    [
        (
            "DisplayOnly",
            "def display_passkey(self, device, passkey, entered) or def display_pin_code(self, device, pin)",
        ),
        ("DisplayYesNo", "def request_confirmation(self, device, passkey)"),
        ("KeyboardOnly", "def request_passkey(self, device) or def request_pin_code(self, device)"),
        ("NoInputNoOutput", "def request_authorization(self, device)"),
        ("KeyboardDisplay", "def request_confirmation(self, device, passkey)"),
    ],
)
def test_what_is_asked_is_answered(capability: Any, missing: str) -> None:
    """An agent that would refuse what its capability makes phones ask is refused itself, with the method to write."""
    made = type("Door", (Agent,), {"capability": capability})
    with pytest.raises(TypeError, match=re.escape(f"{missing}") + "$") as caught:
        made()
    assert str(caught.value).startswith(f"Door has the capability '{capability}', of which phones ask what it refuses;")


def test_the_ready_agents_answer() -> None:
    """What is ready is complete, and so is what is made of it."""

    class Shown(DisplayPasskey):
        def cancel(self) -> None: ...

    for agent in (JustWorks(), Confirm(bool), Shown(print), EnterPasskey(1), Pin("0000")):
        assert isinstance(agent, Agent)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("request_confirm", "request_confirmation"),
        ("RequestConfirmation", "request_confirmation"),
        ("request_passkeys", "request_passkey"),
        ("display_pin", "display_pin_code"),
        ("authorise_service", "authorize_service"),
        ("cancelled", "cancel"),
        ("released", "release"),
    ],
)
def test_slips_of_the_pen(name: str, meant: str) -> None:
    """A method that BlueZ does not call, but nearly, is refused when the class is made, with what was meant."""
    with pytest.raises(TypeError, match=rf"^Door\.{name}: BlueZ calls no {name}; did you mean {meant}\?"):
        type("Door", (Agent,), {name: lambda _: None})


def test_other_methods_are_welcome() -> None:
    """Whatever is not nearly a callback, is private, or is no method is the program's own."""

    class Door(JustWorks):
        request_confirm = 3

        def ring(self) -> None: ...
        def confirm(self) -> None: ...
        def show(self) -> None: ...
        def _request_confirm(self) -> None: ...
        def cancel_timer(self) -> None: ...
        def allows(self, device: Any) -> bool:
            return bool(device)

    assert Door().allows(PHONE)


@pytest.mark.parametrize(
    ("name", "method", "message"),
    [
        (
            "request_confirmation",
            lambda self, device: (self, device),
            "(self, device) cannot be called; write def request_confirmation(self, device, passkey)",
        ),
        (
            "cancel",
            lambda self, device: (self, device),
            "Door.cancel(self, device) cannot be called; write def cancel(self)",
        ),
        ("release", True, "Door.release = True is no method; write def release(self)"),
        (
            "display_passkey",
            staticmethod(lambda device, passkey: (device, passkey)),
            "(device, passkey) cannot be called; write def display_passkey(self, device, passkey, entered)",
        ),
    ],
)
def test_methods_that_cannot_be_called(name: str, method: Any, message: str) -> None:
    """A method that does not take what BlueZ calls it with is refused when the class is made: how is it written?"""
    with pytest.raises(TypeError, match=re.escape(message)):
        type("Door", (JustWorks,), {name: method})


def test_methods_that_can_be_called() -> None:
    """Parameters may be called anything, and there may be more that have a default."""

    class Door(Agent):
        capability = "DisplayYesNo"

        def request_confirmation(self, _: Any, number: str, tries: int = 3) -> bool:  # type: ignore[override]
            return len(number) == 2 * tries

        def display_passkey(self, *_: Any) -> None: ...

        @staticmethod
        def request_passkey(_: Any) -> int:
            return 1

        @classmethod
        def cancel(cls) -> None: ...

    assert Door().request_confirmation(PHONE, "123456") is True


def test_an_agent_that_forgets_its_parent() -> None:
    """Without ``super().__init__()`` all phones may pair, always, and the class is checked all the same."""

    class Door(Agent):
        capability = "NoInputNoOutput"

        def __init__(self, screen: str) -> None:
            self.screen = screen

        def request_authorization(self, device: Any) -> bool:
            return bool(device)

    class Silent(Agent):
        def __init__(self) -> None: ...

    door = Door("e-paper")
    assert (door.screen, door.allow, door.window, door.default, door.allows(PHONE)) == (
        "e-paper",
        None,
        None,
        True,
        True,
    )
    with pytest.raises(TypeError, match="Silent says no capability"):
        Silent()


@pytest.mark.parametrize("name", ["allow", "window", "default"])
def test_parameters_are_not_written_in_the_body(name: str) -> None:
    """They would be without effect: the error says where they belong."""
    with pytest.raises(
        TypeError, match=rf"^Door.{name}: it is a parameter; write super\(\).__init__\({name}=…\) in Door"
    ):
        type("Door", (JustWorks,), {name: None})
