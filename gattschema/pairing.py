"""Who may pair, and how: what a :class:`~gattschema.Peripheral` answers when BlueZ asks (``org.bluez.Agent.rst``).

What the two sides can show and type decides how they pair (Core Specification, Vol 3, Part H, 2.3.5.1). Phones can do
both, and then:

============================  ===================================================================================
``JustWorks``                 nobody sees a number; encrypted, but whoever stands between the two is not noticed
``Confirm``                   both show one number, and both users say whether it is the same
``DisplayPasskey``            the peripheral shows a number, the phone's user types it
``EnterPasskey``              the phone shows a number, the peripheral's user types it
============================  ===================================================================================

All but the first make the ``security="authenticated"`` of a characteristic possible. A phone that cannot do its part,
or does not ask for protection, falls back to just works, which all but :class:`JustWorks` refuse. Linux asks about just
works since 5.8; older kernels let a phone in without a question where the capability is ``NoInputNoOutput``, and
``allow=`` and ``window=`` are enforced right behind, unless ``default=False``.

A phone that has forgotten its bond while BlueZ has not is refused by BlueZ itself when it just works
(``JustWorksRepairing`` in ``main.conf``): ``await device.remove()`` lets it in again.
"""

# ruff: noqa: ARG002  (what refuses has no use for its arguments, but those who override it have)

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast, get_args

from gattschema._agent_class import CALLBACKS, can_be_called, check_capability, check_class

if TYPE_CHECKING:
    from gattschema.link import Device

__all__ = [
    "Agent",
    "Capability",
    "Confirm",
    "DisplayPasskey",
    "EnterPasskey",
    "JustWorks",
    "PairingRejected",
    "Pin",
]

Capability: TypeAlias = Literal["DisplayOnly", "DisplayYesNo", "KeyboardOnly", "NoInputNoOutput", "KeyboardDisplay"]
"""What the peripheral's user can see and do."""

Allow: TypeAlias = "Collection[str] | Callable[[Device], bool] | None"

MAX_PASSKEY = 999_999
"""Passkeys have six decimal digits (Vol 3, Part H, 2.3.5.3)."""
MAX_PIN = 16
"""Octets of a PIN in UTF-8 (Vol 3, Part C, 3.2.3)."""

_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")


class PairingRejected(Exception):
    """A handler's no: the pairing is refused. The text is what ``PairingRefused.why`` tells.

    A passkey in it is masked. Where the handler alone knows the secret, in :meth:`Agent.request_passkey` and
    :meth:`Agent.request_pin_code`, every number is, and bluetoothd, which logs what it is told, hears none of it.
    """


class Agent:
    """What is asked when a phone wants to pair: a subclass says what it can do and answers what it can answer.

    >>> class Door(Agent):
    ...     capability = "DisplayYesNo"
    ...
    ...     async def request_confirmation(self, device: Device, passkey: str) -> bool:
    ...         return await self.screen.ask(f"{device.address} shows {passkey}?")

    Each method that BlueZ calls is plain or ``async``, and refuses unless it is overridden; raising
    :class:`PairingRejected` refuses, as does any other exception, which is logged. An answer may take 55 seconds;
    phones wait for 30 at most (Vol 3, Part H, 3.4), and then :meth:`cancel` is called. A plain method that waits, for
    ``input()`` say, stops the whole program: ``await asyncio.to_thread(input)`` in an ``async`` one does not, though
    nothing but Enter ends it. BlueZ asks one thing at a time: while an answer is awaited it refuses the next phone.

    BlueZ asks its default agent about the devices of all adapters, and goes by its capability. Those at the adapter of
    another peripheral of the same process are for the agent of that one. Of the others this one is asked, and its
    ``allow=`` and ``window=`` hold, too; but the refusals are no events, and who hides behind a changing address is
    refused at once if there is an ``allow=``, as nobody would remove it.

    Parameters:
        allow: the identity addresses of the phones that may pair (``"AA:BB:CC:DD:EE:FF"``), or a function that is
            called with the device and says ``True`` or ``False`` at once (it is plain, not ``async``); ``None``: all.
            Most phones show a changing address until they are paired: whether they may is then decided right after
            that, and those that may not are removed. So is whoever else pairs at this adapter and is not among them,
            be it by ``bluetoothctl pair``; not so with ``default=False``. Whom the program itself pairs with, by
            ``device.pair()``, is not asked for.
        window: seconds in which phones may pair, from the start and from each ``open_pairing()`` on; 0: not before
            that; ``None``: always. In between, Adapter1's ``Pairable`` is off; its old value comes back at the end.
            Whoever pairs in between nevertheless, through another program for example, is removed as above.
        default: BlueZ asks its default agent when a phone begins. ``True``: while the peripheral runs, that is this
            one; then it is again who was it before. ``False``: this one, only if there is no other; ``allow=`` and
            ``window=`` are then for those only that this one was asked about, and others' pairings are left alone.

    A subclass that has an ``__init__`` of its own passes these on to ``super().__init__``; where it does not, all
    phones may pair, always, and the agent is the default one.

    Raises:
        TypeError: the class says no capability, or does not answer what is asked of one that has it; or a parameter has
            the wrong type. A method that BlueZ does not call, but nearly, or cannot call, is refused as soon as the
            class is made.
        ValueError: ``allow`` is empty or has what is no address, or the window has no length.
    """

    capability: Capability
    """What the user can see and do, which decides which methods are called (Vol 3, Part H, 2.3.5.1)."""

    allow: frozenset[str] | Callable[[Device], bool] | None = None
    window: float | None = None
    default: bool = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_class(cls, Agent, CALLBACKS)

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Check the class, whatever its ``__init__`` does."""
        check_capability(cls, Agent, get_args(Capability))
        return super().__new__(cls)

    def __init__(self, *, allow: Allow = None, window: float | None = None, default: bool = True) -> None:
        self.allow = _allowed(allow)
        self.window = None if window is None else seconds(window, "window", "without window= pairing is always open")
        self.default = _flag(default)

    def allows(self, device: Device) -> bool:
        """Whether ``allow=`` has the device, by the address that it has now.

        Raises:
            PairingRejected: the function in ``allow=`` says neither ``True`` nor ``False``.
        """
        if self.allow is None:
            return True
        if callable(self.allow):
            return _verdict(self.allow(device))
        return device.address.upper() in self.allow

    # --- BR/EDR before Secure Simple Pairing ----------------------------------------------------------------------

    def request_pin_code(self, device: Device) -> str | Awaitable[str]:
        """Give a PIN, 1 to 16 octets: BR/EDR devices from before Bluetooth 2.1 alone ask for it."""
        raise self._does_not("give PINs")

    def display_pin_code(self, device: Device, pin: str) -> Awaitable[None] | None:
        """Show a PIN, which an old keyboard's user types, until :meth:`cancel` is called.

        Pairing goes on when this has returned.
        """
        raise self._does_not("show PINs")

    # --- a passkey: one side shows it, the other types it ---------------------------------------------------------

    def request_passkey(self, device: Device) -> int | Awaitable[int]:
        """Give the number that the phone shows, 0 to 999999: keyboards are asked."""
        raise self._does_not("type passkeys")

    def display_passkey(self, device: Device, passkey: str, entered: int) -> Awaitable[None] | None:
        """Show six digits, which the phone's user types, until :meth:`cancel` is called; *entered* are there already.

        BlueZ does not say when they are typed: :meth:`cancel` is called when the phone has paired or left, or after 30
        seconds. It does not take a no, either: what is not shown cannot be typed.
        """
        raise self._does_not("show passkeys")

    # --- yes or no ------------------------------------------------------------------------------------------------

    def request_confirmation(self, device: Device, passkey: str) -> bool | Awaitable[bool]:
        """Whether the phone shows the same six digits; only ``True`` says so."""
        raise self._does_not("compare numbers")

    def request_authorization(self, device: Device) -> bool | Awaitable[bool]:
        """Whether a phone may pair that will just work; only ``True`` lets it."""
        raise self._does_not("let phones in that neither show nor type a number")

    def authorize_service(self, device: Device, uuid: str) -> bool | Awaitable[bool]:
        """Whether a paired BR/EDR device that is not trusted may use a profile; only ``True`` lets it."""
        raise self._does_not("authorize profiles")

    # --- the end --------------------------------------------------------------------------------------------------

    def cancel(self) -> Awaitable[None] | None:
        """The pairing under way is over, however it ended: take away what was shown.

        A handler that still runs is cancelled before, and has a second to end. What is asked next, or the end of the
        block, waits for that and for this one, but no longer than two seconds.
        """
        return None

    def release(self) -> Awaitable[None] | None:
        """BlueZ ends, and asks no more."""
        return None

    def _does_not(self, what: str) -> PairingRejected:
        return PairingRejected(f"{type(self).__name__} does not {what}")


class JustWorks(Agent):
    """Lets phones in without a number: an encrypted link, with nobody able to tell who is at its other end."""

    capability: Capability = "NoInputNoOutput"

    def request_authorization(self, device: Device) -> bool:
        """Yes."""
        return True


class Confirm(Agent):
    """Both sides show one number, and *ask* says whether it is the same: ``Confirm(ask)``.

    *ask* is a plain or ``async`` function that takes the six digits, or the device and the digits, and says ``True`` or
    not. Phones from before Bluetooth 4.2 can't compare numbers and are refused.
    """

    capability: Capability = "DisplayYesNo"

    def __init__(
        self,
        ask: Callable[[str], bool | Awaitable[bool]] | Callable[[Device, str], bool | Awaitable[bool]],
        *,
        allow: Allow = None,
        window: float | None = None,
        default: bool = True,
    ) -> None:
        super().__init__(allow=allow, window=window, default=default)
        self._ask = _adapted(ask, "Confirm", "passkey")

    def request_confirmation(self, device: Device, passkey: str) -> bool | Awaitable[bool]:
        """What *ask* says."""
        return cast("bool | Awaitable[bool]", self._ask(device, passkey))


class DisplayPasskey(Agent):
    """The peripheral shows a number, and the phone's user types it: ``DisplayPasskey(print)``.

    *show* is a plain or ``async`` function that takes the six digits, or the device and the digits. The number is made
    anew for each pairing, by the kernel (in LE there is no other way: Vol 3, Part H, 2.3.5.3). A subclass's
    :meth:`~Agent.cancel` takes it off the display.
    """

    capability: Capability = "DisplayOnly"

    def __init__(
        self,
        show: Callable[[str], object] | Callable[[Device, str], object],
        *,
        allow: Allow = None,
        window: float | None = None,
        default: bool = True,
    ) -> None:
        super().__init__(allow=allow, window=window, default=default)
        self._show = _adapted(show, "DisplayPasskey", "passkey")

    def display_passkey(self, device: Device, passkey: str, entered: int) -> Awaitable[None] | None:
        """Show it."""
        return cast("Awaitable[None] | None", self._show(device, passkey))


class EnterPasskey(Agent):
    """The phone shows a number, and the peripheral's user types it: ``EnterPasskey(ask)``.

    *ask* is a plain or ``async`` function that takes nothing, or the device, and gives the number that was typed.

    A fixed number, ``EnterPasskey(123456)``, is answered without asking anybody. Mind what it is good for: phones can
    show numbers, and then show one of their own making, which is a different one each time. A fixed number meets its
    like only where the central can type but not show, too, and has the same number: a gateway of one's own, for
    example. BlueZ has no way of showing a number of one's own choice, since the kernel makes it.

    Raises:
        TypeError: it is neither a number nor a function.
        ValueError: the number is not from 0 to 999999.
    """

    capability: Capability = "KeyboardOnly"

    def __init__(
        self,
        ask: int | Callable[[], int | Awaitable[int]] | Callable[[Device], int | Awaitable[int]],
        *,
        allow: Allow = None,
        window: float | None = None,
        default: bool = True,
    ) -> None:
        super().__init__(allow=allow, window=window, default=default)
        self._ask = _fixed(_passkey(ask)) if not callable(ask) else _adapted(ask, "EnterPasskey")

    def request_passkey(self, device: Device) -> int | Awaitable[int]:
        """What *ask* gives."""
        return cast("int | Awaitable[int]", self._ask(device))


class Pin(Agent):
    """A PIN for BR/EDR devices from before Bluetooth 2.1 (2007): ``Pin("0000")``. LE has none, and phones are refused.

    Instead of the PIN there may be a plain or ``async`` function that takes nothing, or the device, and gives it.

    Raises:
        TypeError: it is neither a text nor a function.
        ValueError: the PIN does not have 1 to 16 octets.
    """

    capability: Capability = "KeyboardOnly"

    def __init__(
        self,
        pin: str | Callable[[], str | Awaitable[str]] | Callable[[Device], str | Awaitable[str]],
        *,
        allow: Allow = None,
        window: float | None = None,
        default: bool = True,
    ) -> None:
        super().__init__(allow=allow, window=window, default=default)
        self._ask = _fixed(_pin(pin)) if not callable(pin) else _adapted(pin, "Pin")

    def request_pin_code(self, device: Device) -> str | Awaitable[str]:
        """The PIN."""
        return cast("str | Awaitable[str]", self._ask(device))


# --- what is checked, without a word about secrets -------------------------------------------------------------------


def is_passkey(value: object) -> bool:
    """Whether it is a whole number of at most six digits."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_PASSKEY


def is_pin(value: object) -> bool:
    """Whether it is a text that BlueZ takes for a PIN."""
    return isinstance(value, str) and value.isprintable() and 1 <= len(value.encode()) <= MAX_PIN


def _passkey(given: object) -> object:
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError("EnterPasskey() takes the passkey as an int, or a function that gives it: EnterPasskey(ask)")
    if not is_passkey(given):
        raise ValueError("EnterPasskey(): a passkey is a whole number from 0 to 999999")
    return given


def _pin(given: object) -> object:
    if not isinstance(given, str):
        raise TypeError('Pin() takes the PIN as a str, or a function that gives it: Pin("0000")')
    if not is_pin(given):
        raise ValueError("Pin(): a PIN has 1 to 16 octets in UTF-8, all of them printable")
    return given


def _fixed(value: object) -> Callable[[Device], object]:
    return lambda _: value


def seconds(given: object, name: str, otherwise: str) -> float:
    """Check how long a window shall be open; *otherwise* is what else may be meant.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or not finite.
    """
    if not isinstance(given, (int, float)) or isinstance(given, bool):
        raise TypeError(f"{name}={given!r}: it takes a number of seconds; {otherwise}")
    if not math.isfinite(given) or given < 0:
        raise ValueError(f"{name}={given!r}: it takes 0 or more seconds; {otherwise}")
    return given


def check_opening(agent: Agent, given: object) -> float:
    """Check for how many seconds the window of *agent* shall be open from now on.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or not finite, or the agent has no window.
    """
    checked = seconds(given, "seconds", "60 opens the window for a minute, 0 closes it")
    if agent.window is None:
        name = type(agent).__name__
        finding = f"{name} has no window to open, and lets phones pair at any time"
        raise ValueError(f"{finding}; to let them pair only after this, write pairing={name}(…, window=0)")
    return checked


def _flag(default: object) -> bool:
    if not isinstance(default, bool):
        raise TypeError(
            f"default={default!r} is neither True (BlueZ asks this agent first) nor False (others before it)"
        )
    return default


# --- those who may ---------------------------------------------------------------------------------------------------


def _verdict(answer: object) -> bool:
    """Give what the function in ``allow=`` has said."""
    if isinstance(answer, bool):
        return answer
    if inspect.iscoroutine(answer):
        answer.close()
    raise PairingRejected(f"the function in allow= has said {answer!r:.40}, which is neither True nor False")


def _allowed(allow: Any) -> frozenset[str] | Callable[[Device], bool] | None:
    if callable(allow):
        return cast("Callable[[Device], bool]", _plain(allow))
    if isinstance(allow, str):
        raise TypeError(f"allow={allow!r} is one text; it takes several addresses: allow=[{allow!r}]")
    if allow is not None and (isinstance(allow, bytes) or not isinstance(allow, Iterable)):
        raise TypeError(f"allow={allow!r:.60}: it takes addresses, allow=['AA:BB:CC:DD:EE:FF'], a function, or None")
    addresses = None if allow is None else frozenset(map(_address, cast("Iterable[object]", allow)))
    if addresses is not None and not addresses:
        raise ValueError(f"allow={allow!r:.60} lets nobody in; write allow=None for everybody, window=0 for nobody yet")
    return addresses


def _plain(allow: Callable[..., object]) -> Callable[..., object]:
    """Check a function for ``allow=``."""
    if inspect.iscoroutinefunction(allow) or inspect.iscoroutinefunction(cast("Any", allow).__call__):
        raise TypeError("allow= is an async function; it takes a plain one, which says True or False at once")
    if not can_be_called(allow, 1):
        name = getattr(allow, "__name__", repr(allow))
        raise TypeError(f"allow={name}: it is called with the device, and takes a function of (device)")
    return allow


def _address(given: object) -> str:
    if not isinstance(given, str) or not _ADDRESS.fullmatch(given.upper()):
        raise ValueError(f"allow= has {given!r}, which is no address; write six octets: 'AA:BB:CC:DD:EE:FF'")
    return given.upper()


# --- functions that may leave the device out -------------------------------------------------------------------------


def _adapted(function: Callable[..., object], agent: str, *arguments: str) -> Callable[..., object]:
    """A function of the device and *arguments*, whether the given one takes the device or not."""
    if not callable(function):
        raise TypeError(f"{agent}({function!r}): it takes a function, of {_written(arguments)}")
    if _takes_device(function, agent, arguments):
        return function

    def without_device(_: Device, *values: object) -> object:
        return function(*values)

    return without_device


def _takes_device(function: Callable[..., Any], agent: str, arguments: tuple[str, ...]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # one of those built in that do not tell
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    keyword_only = any(p.kind is p.KEYWORD_ONLY for p in required)
    too_few = len(positional) < len(arguments) and not takes_any
    if keyword_only or too_few or len(required) > len(arguments) + 1:
        name = getattr(function, "__name__", repr(function))
        raise TypeError(f"{agent}({name}): it takes a function of {_written(arguments)}")
    return len(required) > len(arguments)


def _written(arguments: tuple[str, ...]) -> str:
    return f"({', '.join(arguments)}) or ({', '.join(('device', *arguments))})"
