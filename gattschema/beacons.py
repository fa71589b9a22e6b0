"""Beacons, as advertisements with flat attributes: iBeacon, Eddystone and BTHome.

>>> beacon = IBeacon(uuid="7e2a0000-5f4c-4b8e-9a52-0d1c3e9f1a10", major=1, minor=2, measured_power=-59)
>>> async with Peripheral(beacon) as running:
...     beacon.minor = 3

They are :class:`~gattschema.Advertisement` with ``connectable=False`` unless they are told otherwise, and take all its
keywords beside their own; an assignment is on the air at once. What BlueZ puts in no packet of a beacon are the flags:
with ``connectable=True`` it does. A subclass may add fields for other companies and services than those of the format.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

import attrs
from typing_extensions import Unpack

from gattschema.advertising import Advertisement, Attribute, Packet, attribute
from gattschema.advertising._advertisement import Defaults
from gattschema.advertising._convert import Convert, flag, optional
from gattschema.advertising._fields import Whose, fields
from gattschema.schema import expand, parse_uuid
from gattschema.values import (
    Fault,
    Octets,
    Range,
    Scale,
    SInt8,
    SInt16,
    SInt32,
    UInt8,
    UInt16,
    UInt24,
    UInt32,
    Unit,
    Unknown,
    Utf8,
    codec,
    struct,
)
from gattschema.values._hints import read

__all__ = ["BTHome", "Button", "Command", "EddystoneTlm", "EddystoneUid", "EddystoneUrl", "IBeacon"]

_NUMBERS = (int, float)
_APPLE = 0x004C
_EDDYSTONE = expand(0xFEAA)
_BTHOME = expand(0xFCD2)


def _typed(hint: Any) -> Convert:
    """A converter to what the type's values are: 1 to ``Button.PRESS``, 21 to 21.0; a yes or no is no number."""
    made, base = codec(hint), read(hint).bases[0]

    def convert(value: Any, where: str) -> Any:
        if isinstance(value, bool) and base is not bool:
            raise TypeError(f"{where} is {value!r}, which is no {base.__name__}")
        octets = made.encode(value, where)
        if value is None:
            return None
        return base(value) if base in _NUMBERS else made.decode(octets)  # numbers keep what the octets would round

    return convert


class _Beacon(Advertisement, connectable=False):
    """An advertisement that is not connectable unless somebody says so."""


# --- iBeacon -----------------------------------------------------------------------------------------------------


def _uuid(value: Any, where: str) -> UUID:
    try:
        return parse_uuid(value)
    except Fault as fault:
        raise ValueError(f"{where} is {value!r}, which is no UUID; write {fault.allowed}") from None


class _IBeaconDefaults(Defaults, total=False):
    uuid: UUID | str | int
    major: int
    minor: int
    measured_power: int


class IBeacon(_Beacon):
    """Apple's beacon: where a phone is, by a UUID and two numbers (Proximity Beacon Specification).

    Args:
        uuid: which organisation's beacon it is.
        major: 0 … 65535, a building for example.
        minor: 0 … 65535, a room for example.
        measured_power: dBm that a phone hears a metre away, -128 … 127.

    Raises:
        EncodeError: a number is out of its range.
        ValueError: it is no UUID.
    """

    if TYPE_CHECKING:

        def __init_subclass__(cls, **defaults: Unpack[_IBeaconDefaults]) -> None: ...

    _gatt_composes: ClassVar[Whose] = ("manufacturer_data", _APPLE)
    uuid: Attribute[UUID, UUID | str | int] = attribute(_uuid)
    major: Attribute[int, int] = attribute(_typed(UInt16))
    minor: Attribute[int, int] = attribute(_typed(UInt16))
    measured_power: Attribute[int, int] = attribute(_typed(SInt8))

    def _gatt_composed(self) -> Packet:
        """Give the data of Apple's company identifier."""
        numbers = self.major.to_bytes(2, "big") + self.minor.to_bytes(2, "big")
        data = b"\x02\x15" + self.uuid.bytes + numbers + self.measured_power.to_bytes(1, "big", signed=True)
        return _with_company(super()._gatt_composed(), _APPLE, data)


def _with_company(packet: Packet, company: int, data: bytes) -> Packet:
    return attrs.evolve(packet, manufacturer_data={company: data, **packet.manufacturer_data})


def _with_service(packet: Packet, uuid: UUID, data: bytes) -> Packet:
    return attrs.evolve(packet, service_data={uuid: data, **packet.service_data})


# --- Eddystone ---------------------------------------------------------------------------------------------------


class _Frame(enum.IntEnum):
    UID = 0x00
    URL = 0x10
    TLM = 0x20


class _Eddystone(_Beacon):
    def _gatt_frame(self) -> bytes:
        """Give the octets behind the UUID."""
        raise NotImplementedError

    def _gatt_composed(self) -> Packet:
        """Give the list of services that scanners filter by, and the frame."""
        packet = super()._gatt_composed()
        listed = attrs.evolve(packet, services=(_EDDYSTONE, *packet.services))
        return _with_service(listed, _EDDYSTONE, self._gatt_frame())


def _digits(count: int) -> Convert:
    """A converter to *count* octets, from these or from their hexadecimal digits."""

    def convert(value: Any, where: str) -> bytes:
        example = f"write {count} octets, or their {2 * count} hexadecimal digits"
        if not isinstance(value, str | bytes):
            raise TypeError(f"{where} is {value!r}; {example}")
        try:
            octets = bytes.fromhex(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError(f"{where} is {value!r}; {example}") from None
        if len(octets) != count:
            raise ValueError(f"{where} has {len(octets)} octets; {example}")
        return octets

    return convert


class _EddystoneUidDefaults(Defaults, total=False):
    namespace: bytes | str
    instance: bytes | str
    power: int


class EddystoneUid(_Eddystone):
    """Eddystone-UID: which beacon it is (github.com/google/eddystone, frame type 0x00).

    Args:
        namespace: 10 octets, or their hexadecimal digits: the organisation's.
        instance: 6 octets, or their hexadecimal digits: the beacon's.
        power: dBm that a phone would hear right beside it, -128 … 127.

    Raises:
        EncodeError: the power is out of its range.
        TypeError, ValueError: there are more or fewer octets.
    """

    if TYPE_CHECKING:

        def __init_subclass__(cls, **defaults: Unpack[_EddystoneUidDefaults]) -> None: ...

    _gatt_composes: ClassVar[Whose] = ("service_data", _EDDYSTONE)
    namespace: Attribute[bytes, bytes | str] = attribute(_digits(10))
    instance: Attribute[bytes, bytes | str] = attribute(_digits(6))
    power: Attribute[int, int] = attribute(_typed(SInt8))

    def _gatt_frame(self) -> bytes:
        """Give the octets behind the UUID; two at the end are reserved."""
        power = self.power.to_bytes(1, "big", signed=True)
        return bytes([_Frame.UID]) + power + self.namespace + self.instance + bytes(2)


_SCHEMES = ("http://www.", "https://www.", "http://", "https://")
_DOMAINS = (".com", ".org", ".edu", ".net", ".info", ".biz", ".gov")
_PARTS = (*[f"{domain}/" for domain in _DOMAINS], *_DOMAINS)
_LONGEST_URL = 17
_GRAPHIC = range(0x21, 0x7F)


def _url(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{where} is {value!r}; write an URL: 'https://example.com'")
    if not any(value.startswith(scheme) for scheme in _SCHEMES):
        raise ValueError(f"{where} is {value!r}; write an URL that begins with http:// or https://")
    if any(ord(letter) not in _GRAPHIC for letter in value):
        raise ValueError(f"{where} is {value!r}; write what is no graphic ASCII as %xx")
    length = len(_compressed(value)) - 1
    if not length:
        raise ValueError(f"{where} is {value!r}, and there is no URL behind it; write all of it: 'https://example.com'")
    if length > _LONGEST_URL:
        raise ValueError(
            f"{where} takes {length} octets, and there are {_LONGEST_URL} (the scheme and .com/ and its like "
            "take one or none); write a shorter URL that leads there"
        )
    return value


def _compressed(url: str) -> bytes:
    """The scheme in one octet, the usual endings of a host in one each."""
    scheme = next(index for index, one in enumerate(_SCHEMES) if url.startswith(one))
    rest = url.removeprefix(_SCHEMES[scheme])
    pattern = "|".join(map(re.escape, _PARTS))
    shortened = re.sub(pattern, lambda found: chr(_PARTS.index(found[0])), rest)
    return bytes([scheme]) + shortened.encode("ascii")


class _EddystoneUrlDefaults(Defaults, total=False):
    url: str
    power: int


class EddystoneUrl(_Eddystone):
    """Eddystone-URL: a link (github.com/google/eddystone, frame type 0x10).

    Args:
        url: ``http://`` or ``https://``; 17 octets behind it, of which ``.com/`` and its like are one.
        power: dBm that a phone would hear right beside it, -128 … 127.

    Raises:
        EncodeError: the power is out of its range.
        TypeError, ValueError: it is no URL, or too long a one.
    """

    if TYPE_CHECKING:

        def __init_subclass__(cls, **defaults: Unpack[_EddystoneUrlDefaults]) -> None: ...

    _gatt_composes: ClassVar[Whose] = ("service_data", _EDDYSTONE)
    url: Attribute[str, str] = attribute(_url)
    power: Attribute[int, int] = attribute(_typed(SInt8))

    def _gatt_frame(self) -> bytes:
        """Give the octets behind the UUID."""
        return bytes([_Frame.URL]) + self.power.to_bytes(1, "big", signed=True) + _compressed(self.url)


_Volts = Annotated[float | None, UInt16, Scale(decimal=-3), Unit.VOLT, Unknown(0)]
_Degrees = Annotated[float | None, SInt16, Scale(binary=-8), Unit.DEGREE_CELSIUS, Unknown(-0x8000)]
_Tenths = Annotated[float, UInt32, Scale(decimal=-1), Unit.SECOND]


@struct(byteorder="big")
class _Telemetry:
    frame: UInt8
    version: UInt8
    battery: _Volts
    temperature: _Degrees
    advertisements: UInt32
    uptime: _Tenths


def _uptime(value: Any, where: str) -> Any:
    """Seconds, which a timedelta has, too."""
    return _typed_uptime(value.total_seconds() if isinstance(value, dt.timedelta) else value, where)


_typed_uptime = _typed(_Tenths)


class _EddystoneTlmDefaults(Defaults, total=False):
    battery: float | None
    temperature: float | None
    advertisements: int
    uptime: float | dt.timedelta


class EddystoneTlm(_Eddystone):
    """Eddystone-TLM: how a beacon is, unencrypted (github.com/google/eddystone, frame type 0x20).

    Args:
        battery: volts, up to 65.535; ``None``: it has none.
        temperature: °C, -127.99 … 127.99; ``None``: not known.
        advertisements: how many it has sent since it was started.
        uptime: seconds since it was started, or a timedelta.

    Raises:
        EncodeError: a number is out of its range.
    """

    if TYPE_CHECKING:

        def __init_subclass__(cls, **defaults: Unpack[_EddystoneTlmDefaults]) -> None: ...

    _gatt_composes: ClassVar[Whose] = ("service_data", _EDDYSTONE)
    battery: Attribute[float | None, float | None] = attribute(_typed(_Volts), default=None)
    temperature: Attribute[float | None, float | None] = attribute(_typed(_Degrees), default=None)
    advertisements: Attribute[int, int] = attribute(_typed(UInt32), default=0)
    uptime: Attribute[float, float | dt.timedelta] = attribute(_uptime, default=0.0)

    def _gatt_frame(self) -> bytes:
        """Give the octets behind the UUID."""
        telemetry = _Telemetry(
            frame=_Frame.TLM,
            version=0,
            battery=self.battery,
            temperature=self.temperature,
            advertisements=self.advertisements,
            uptime=self.uptime,
        )
        return codec(_Telemetry).pack(telemetry)


# --- BTHome ------------------------------------------------------------------------------------------------------


class Button(enum.IntEnum):
    """What was done to a button (BTHome v2, object 0x3A)."""

    NONE = 0x00
    PRESS = 0x01
    DOUBLE_PRESS = 0x02
    TRIPLE_PRESS = 0x03
    LONG_PRESS = 0x04
    LONG_DOUBLE_PRESS = 0x05
    LONG_TRIPLE_PRESS = 0x06
    HOLD_PRESS = 0x80


class Command(enum.IntEnum):
    """What a remote control wants done (BTHome v2, object 0x3B); the last two by a number of steps."""

    OFF = 0x00
    ON = 0x01
    TOGGLE = 0x02
    STEP_UP = 0x03
    STEP_DOWN = 0x04


class _Object(Attribute[Any, Any]):
    """An attribute that is one object of BTHome where it is not ``None``."""

    def __init__(self, convert: Convert, default: Any, number: int, pack: Callable[[Any], bytes]) -> None:
        super().__init__(convert, default)
        self.number = number
        self.pack = pack

    def octets(self, value: Any) -> bytes:
        """Number and value."""
        return bytes([self.number]) + self.pack(value)


def _object(number: int, hint: Any, *, default: None = None) -> Any:
    return _Object(optional(_typed(hint)), default, number, codec(hint).pack)


def _special(number: int, convert: Convert, pack: Callable[[Any], bytes], *, default: None = None) -> Any:
    return _Object(optional(convert), default, number, pack)


def _prefixed(hint: Any) -> Callable[[Any], bytes]:
    """A packer that puts the length in front."""
    made = codec(hint)

    def pack(value: Any) -> bytes:
        octets = made.pack(value)
        return bytes([len(octets)]) + octets

    return pack


_STEPS = range(-255, 256)
_FOUR = 4


def _steps(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in _STEPS:
        raise ValueError(f"{where} is {value!r}; write steps, -255 (to the left) … 255 (to the right)")
    return value


_Commanded: TypeAlias = Command | tuple[Command, int]
_STEPPING = (Command.STEP_UP, Command.STEP_DOWN)
_typed_command, _typed_count = _typed(Command), _typed(Annotated[int, UInt8, Range(1, 255)])


def _command(value: Any, where: str) -> Any:
    """A command, or one with its number of steps."""
    if not issubclass(type(value), tuple):
        return _typed_command(value, where)
    if len(value) != 2 or value[0] not in _STEPPING:  # noqa: PLR2004  (which and how many)
        raise ValueError(f"{where} is {value!r}; write a Command, or one with steps: (Command.STEP_UP, 5)")
    return Command(value[0]), _typed_count(value[1], where)


def _pack_command(value: _Commanded) -> bytes:
    """The length of the arguments, the command, the steps: one unless it is said."""
    command, *steps = value if isinstance(value, tuple) else (value, *[1] * (value in _STEPPING))
    return bytes([len(steps), command, *steps])


def _pack_steps(steps: int) -> bytes:
    turn = 0 if not steps else 1 if steps < 0 else 2
    return bytes([turn, abs(steps)])


def _moment(value: Any, where: str) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise ValueError(f"{where} is {value!r}; write a datetime with a time zone: datetime.now(UTC)")
    codec(UInt32).encode(int(value.timestamp()), where)
    return value


def _pack_moment(moment: dt.datetime) -> bytes:
    return int(moment.timestamp()).to_bytes(4, "little")


def _version(value: Any, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,3}(\.\d{1,3}){2,3}", value):
        raise ValueError(f"{where} is {value!r}; write three or four numbers: '4.2.1'")
    if max(_parts(value)) > 0xFF:  # noqa: PLR2004  (an octet each)
        raise ValueError(f"{where} is {value!r}; each number is 0 … 255")
    return value


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _pack_version(version: str) -> bytes:
    return bytes(reversed(_parts(version)))


class _Version(_Object):
    """Four numbers have one object, three another."""

    def octets(self, value: str) -> bytes:
        packed = self.pack(value)
        return bytes([self.number if len(packed) == _FOUR else self.number + 1]) + packed


def _firmware(*, default: None = None) -> Any:
    return _Version(optional(_version), default, 0xF1, _pack_version)


def _scaled(whole: Any, decimal: int) -> Any:
    return Annotated[float, whole, Scale(decimal=decimal)]


_Percent = Annotated[int, UInt8, Range(0, 100)]
_Percents = Annotated[float, UInt16, Scale(decimal=-2), Range(0, 100)]
_Text = Annotated[str, Utf8(max=255)]
_Raw = Annotated[bytes, Octets(max=255)]
_Real = Attribute[float | None, float | None]
_Whole = Attribute[int | None, int | None]
_Binary = Attribute[bool | None, bool | None]

_VERSION_2, _TRIGGERED = 0x40, 0x04


class BTHome(_Beacon):
    """BTHome v2, unencrypted: measurements that Home Assistant finds by itself (bthome.io/format).

    >>> sensor = BTHome(temperature=21.5, humidity=40.0, battery=97, packet_id=0)
    >>> sensor.temperature = 21.6

    Each attribute is one object of the format; ``None`` leaves it out. They go on the air in the order of their
    numbers. Where the format has several widths for one thing, the name says which: ``_tenths``, ``_whole``,
    ``_u32`` (32 bits, no sign), ``_s16`` (16 bits, with a sign). A new reading has another ``packet_id``:

    >>> with sensor.batch():
    ...     sensor.packet_id = ((sensor.packet_id or 0) + 1) % 256
    ...     sensor.temperature = 21.7

    Measurements, with the unit and its steps: battery (%), temperature (°C, 0.01), humidity (%, 0.01), pressure
    (hPa, 0.01), illuminance (lux, 0.01), mass (kg, 0.01), mass_lb (lb, 0.01), dew_point (°C, 0.01), count, energy
    (kWh, 0.001), power (W, 0.01), voltage (V, 0.001), pm2_5 (µg/m³), pm10 (µg/m³), co2 (ppm), tvoc (µg/m³),
    moisture (%, 0.01), humidity_whole (%), moisture_whole (%), count_u16, count_u32, rotation (°, 0.1), distance_mm
    (mm), distance (m, 0.1), elapsed (s, 0.001), current (A, 0.001), speed (m/s, 0.01), temperature_tenths (°C,
    0.1), uv_index (0.1), volume (l, 0.1), volume_ml (ml), volume_flow_rate (m³/h, 0.001), voltage_tenths (V, 0.1),
    gas (m³, 0.001), gas_u32 (m³, 0.001), energy_u32 (kWh, 0.001), volume_u32 (l, 0.001), water (l, 0.001),
    timestamp (a datetime with a time zone), acceleration (m/s², 0.001), gyroscope (°/s, 0.001), text, raw,
    volume_storage (l, 0.001), conductivity (µS/cm), temperature_whole (°C), temperature_coarse (°C, 0.35),
    count_s8, count_s16, count_s32, power_s32 (W, 0.01), current_s16 (A, 0.001), direction (°, 0.01), precipitation
    (mm, 0.1), channel, rotational_speed (rpm), speed_s32 (m/s, 0.000001), acceleration_s32 (m/s², 0.000001),
    light_level, settings_revision.

    Yes or no: generic, power_on, opening, battery_low, battery_charging, carbon_monoxide, cold, connectivity, door,
    garage_door, gas_detected, heat, light, lock (True: unlocked), moisture_detected, motion, moving, occupancy,
    plug, presence, problem, running, safety (True: safe), smoke, sound, tamper, vibration, window.

    Events: button (Button), command (Command, or ``(Command.STEP_UP, 5)`` for 5 steps; one if none are said), dimmer
    (steps, to the left below 0).

    The device: device_type, firmware_version ("4.2.1").

    The format advises flags, without which some receivers pass over the data: ``connectable=True`` brings them.

    Args:
        packet_id: counts 0 … 255 and begins anew, another one with each new reading, so that receivers take a repeated
            one for what it is.
        trigger: whether it sends when something happens, not regularly, as buttons do.

    Raises:
        EncodeError: a number is out of its range.
        TypeError, ValueError: a value is of another type.
    """

    if TYPE_CHECKING:

        def __init_subclass__(cls, **defaults: Any) -> None: ...  # a hundred of them: only run time knows their types

    _gatt_composes: ClassVar[Whose] = ("service_data", _BTHOME)
    trigger: Attribute[bool, bool] = attribute(flag, default=False)
    packet_id: _Whole = _object(0x00, UInt8, default=None)

    # measurements
    battery: _Whole = _object(0x01, _Percent, default=None)
    """%."""
    temperature: _Real = _object(0x02, _scaled(SInt16, -2), default=None)
    """°C in steps of 0.01."""
    humidity: _Real = _object(0x03, _Percents, default=None)
    """% in steps of 0.01."""
    pressure: _Real = _object(0x04, _scaled(UInt24, -2), default=None)
    """hPa in steps of 0.01."""
    illuminance: _Real = _object(0x05, _scaled(UInt24, -2), default=None)
    """lux in steps of 0.01."""
    mass: _Real = _object(0x06, _scaled(UInt16, -2), default=None)
    """kg in steps of 0.01."""
    mass_lb: _Real = _object(0x07, _scaled(UInt16, -2), default=None)
    """lb in steps of 0.01."""
    dew_point: _Real = _object(0x08, _scaled(SInt16, -2), default=None)
    """°C in steps of 0.01."""
    count: _Whole = _object(0x09, UInt8, default=None)
    energy: _Real = _object(0x0A, _scaled(UInt24, -3), default=None)
    """kWh in steps of 0.001."""
    power: _Real = _object(0x0B, _scaled(UInt24, -2), default=None)
    """W in steps of 0.01."""
    voltage: _Real = _object(0x0C, _scaled(UInt16, -3), default=None)
    """V in steps of 0.001."""
    pm2_5: _Whole = _object(0x0D, UInt16, default=None)
    """µg/m³."""
    pm10: _Whole = _object(0x0E, UInt16, default=None)
    """µg/m³."""
    co2: _Whole = _object(0x12, UInt16, default=None)
    """ppm."""
    tvoc: _Whole = _object(0x13, UInt16, default=None)
    """µg/m³."""
    moisture: _Real = _object(0x14, _Percents, default=None)
    """% in steps of 0.01."""
    humidity_whole: _Whole = _object(0x2E, _Percent, default=None)
    """%."""
    moisture_whole: _Whole = _object(0x2F, _Percent, default=None)
    """%."""
    count_u16: _Whole = _object(0x3D, UInt16, default=None)
    count_u32: _Whole = _object(0x3E, UInt32, default=None)
    rotation: _Real = _object(0x3F, _scaled(SInt16, -1), default=None)
    """° in steps of 0.1."""
    distance_mm: _Whole = _object(0x40, UInt16, default=None)
    """mm."""
    distance: _Real = _object(0x41, _scaled(UInt16, -1), default=None)
    """m in steps of 0.1."""
    elapsed: _Real = _object(0x42, _scaled(UInt24, -3), default=None)
    """A duration: s in steps of 0.001."""
    current: _Real = _object(0x43, _scaled(UInt16, -3), default=None)
    """A in steps of 0.001."""
    speed: _Real = _object(0x44, _scaled(UInt16, -2), default=None)
    """m/s in steps of 0.01."""
    temperature_tenths: _Real = _object(0x45, _scaled(SInt16, -1), default=None)
    """°C in steps of 0.1."""
    uv_index: _Real = _object(0x46, _scaled(UInt8, -1), default=None)
    """In steps of 0.1."""
    volume: _Real = _object(0x47, _scaled(UInt16, -1), default=None)
    """l in steps of 0.1."""
    volume_ml: _Whole = _object(0x48, UInt16, default=None)
    """ml."""
    volume_flow_rate: _Real = _object(0x49, _scaled(UInt16, -3), default=None)
    """m³/h in steps of 0.001."""
    voltage_tenths: _Real = _object(0x4A, _scaled(UInt16, -1), default=None)
    """V in steps of 0.1."""
    gas: _Real = _object(0x4B, _scaled(UInt24, -3), default=None)
    """m³ in steps of 0.001."""
    gas_u32: _Real = _object(0x4C, _scaled(UInt32, -3), default=None)
    """m³ in steps of 0.001."""
    energy_u32: _Real = _object(0x4D, _scaled(UInt32, -3), default=None)
    """kWh in steps of 0.001."""
    volume_u32: _Real = _object(0x4E, _scaled(UInt32, -3), default=None)
    """l in steps of 0.001."""
    water: _Real = _object(0x4F, _scaled(UInt32, -3), default=None)
    """l in steps of 0.001."""
    timestamp: Attribute[dt.datetime | None, dt.datetime | None] = _special(0x50, _moment, _pack_moment, default=None)
    """A moment with a time zone, in whole seconds."""
    acceleration: _Real = _object(0x51, _scaled(UInt16, -3), default=None)
    """m/s² in steps of 0.001."""
    gyroscope: _Real = _object(0x52, _scaled(UInt16, -3), default=None)
    """°/s in steps of 0.001."""
    text: Attribute[str | None, str | None] = _special(0x53, _typed(_Text), _prefixed(_Text), default=None)
    raw: Attribute[bytes | None, bytes | None] = _special(0x54, _typed(_Raw), _prefixed(_Raw), default=None)
    volume_storage: _Real = _object(0x55, _scaled(UInt32, -3), default=None)
    """l in steps of 0.001."""
    conductivity: _Whole = _object(0x56, UInt16, default=None)
    """µS/cm."""
    temperature_whole: _Whole = _object(0x57, SInt8, default=None)
    """°C."""
    temperature_coarse: _Real = _object(0x58, Annotated[float, SInt8, Scale(multiplier=35, decimal=-2)], default=None)
    """°C in steps of 0.35."""
    count_s8: _Whole = _object(0x59, SInt8, default=None)
    count_s16: _Whole = _object(0x5A, SInt16, default=None)
    count_s32: _Whole = _object(0x5B, SInt32, default=None)
    power_s32: _Real = _object(0x5C, _scaled(SInt32, -2), default=None)
    """W in steps of 0.01."""
    current_s16: _Real = _object(0x5D, _scaled(SInt16, -3), default=None)
    """A in steps of 0.001."""
    direction: _Real = _object(0x5E, _scaled(UInt16, -2), default=None)
    """° in steps of 0.01."""
    precipitation: _Real = _object(0x5F, _scaled(UInt16, -1), default=None)
    """mm in steps of 0.1."""
    channel: _Whole = _object(0x60, UInt8, default=None)
    rotational_speed: _Whole = _object(0x61, UInt16, default=None)
    """Revolutions per minute."""
    speed_s32: _Real = _object(0x62, _scaled(SInt32, -6), default=None)
    """m/s in steps of 0.000001."""
    acceleration_s32: _Real = _object(0x63, _scaled(SInt32, -6), default=None)
    """m/s² in steps of 0.000001."""
    light_level: _Whole = _object(0x64, UInt8, default=None)
    settings_revision: _Whole = _object(0x65, UInt8, default=None)

    # yes or no
    generic: _Binary = _object(0x0F, bool, default=None)
    power_on: _Binary = _object(0x10, bool, default=None)
    opening: _Binary = _object(0x11, bool, default=None)
    battery_low: _Binary = _object(0x15, bool, default=None)
    battery_charging: _Binary = _object(0x16, bool, default=None)
    carbon_monoxide: _Binary = _object(0x17, bool, default=None)
    cold: _Binary = _object(0x18, bool, default=None)
    connectivity: _Binary = _object(0x19, bool, default=None)
    door: _Binary = _object(0x1A, bool, default=None)
    garage_door: _Binary = _object(0x1B, bool, default=None)
    gas_detected: _Binary = _object(0x1C, bool, default=None)
    heat: _Binary = _object(0x1D, bool, default=None)
    light: _Binary = _object(0x1E, bool, default=None)
    lock: _Binary = _object(0x1F, bool, default=None)
    """``True``: unlocked."""
    moisture_detected: _Binary = _object(0x20, bool, default=None)
    motion: _Binary = _object(0x21, bool, default=None)
    moving: _Binary = _object(0x22, bool, default=None)
    occupancy: _Binary = _object(0x23, bool, default=None)
    plug: _Binary = _object(0x24, bool, default=None)
    presence: _Binary = _object(0x25, bool, default=None)
    problem: _Binary = _object(0x26, bool, default=None)
    running: _Binary = _object(0x27, bool, default=None)
    safety: _Binary = _object(0x28, bool, default=None)
    """``True``: safe."""
    smoke: _Binary = _object(0x29, bool, default=None)
    sound: _Binary = _object(0x2A, bool, default=None)
    tamper: _Binary = _object(0x2B, bool, default=None)
    vibration: _Binary = _object(0x2C, bool, default=None)
    window: _Binary = _object(0x2D, bool, default=None)

    # events
    button: Attribute[Button | None, Button | None] = _object(0x3A, Button, default=None)
    command: Attribute[_Commanded | None, _Commanded | None] = _special(0x3B, _command, _pack_command, default=None)
    """A step up or down is one, unless the number stands with it: ``(Command.STEP_UP, 5)``."""
    dimmer: _Whole = _special(0x3C, _steps, _pack_steps, default=None)
    """Steps that it was turned: to the left below 0, to the right above."""

    # the device
    device_type: _Whole = _object(0xF0, UInt16, default=None)
    firmware_version: Attribute[str | None, str | None] = _firmware(default=None)
    """Three or four numbers: ``"4.2.1"``."""

    def _gatt_composed(self) -> Packet:
        """Give the service data of BTHome."""
        head = _VERSION_2 | (_TRIGGERED if self.trigger else 0)
        return _with_service(super()._gatt_composed(), _BTHOME, bytes([head]) + b"".join(self._objects()))

    def _objects(self) -> Iterator[bytes]:
        """Those that have a value, by their numbers."""
        known: Mapping[str, Attribute[Any, Any]] = fields(type(self))
        objects = [(one.number, name, one) for name, one in known.items() if isinstance(one, _Object)]
        for _, name, one in sorted(objects, key=lambda entry: entry[0]):
            if self._gatt_value(name) is not None:
                yield one.octets(self._gatt_value(name))
