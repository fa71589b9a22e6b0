"""``Advertisement`` as a class: declarations, values, what is refused and what it says."""

from __future__ import annotations

import copy
import inspect
import pickle
import threading
from typing import Any, ClassVar
from uuid import UUID

import attrs
import pytest

from gattschema import EncodeError, Read, SchemaError, Service, UInt8, UInt16, characteristic, struct
from gattschema.advertising import Advertisement, ScanResponse, manufacturer_data, service_data
from gattschema.beacons import BTHome

NORDIC = 0x0059


class Battery(Service):
    battery_level: Read[UInt8] = characteristic(default=100)


@struct
class Reading:
    temperature: UInt16
    humidity: UInt8


class Hall(Advertisement):
    reading: Reading = manufacturer_data("Nordic Semiconductor ASA")
    battery: UInt8 = service_data(Battery, default=100)


READING = Reading(temperature=0x0102, humidity=3)


def test_declared_fields_become_octets() -> None:
    """A field is the data of its company or service, packed as a characteristic's value is."""
    hall = Hall(reading=READING)
    packet = hall._gatt_packet()
    assert packet.manufacturer_data == {NORDIC: b"\x02\x01\x03"}
    assert packet.service_data == {UUID("0000180f-0000-1000-8000-00805f9b34fb"): b"\x64"}
    hall.battery = 79
    assert hall.battery == 79
    assert list(hall._gatt_packet().service_data.values()) == [b"\x4f"]


def test_mappings_follow_the_fields() -> None:
    """Structs and octets, companies by number and name, services in every spelling."""
    hall = Hall(
        reading=READING,
        manufacturer_data={"Google": READING, 0xFFFF: b"\1"},
        service_data={"device_information": b"\2", "1805": b"\3"},
    )
    assert list(hall._gatt_packet().manufacturer_data) == [NORDIC, 0x00E0, 0xFFFF]
    assert [str(uuid)[4:8] for uuid in hall._gatt_packet().service_data] == ["180f", "180a", "1805"]


@pytest.mark.parametrize("spelling", [Battery, Battery(), 0x180F, "180F", "0x180f", "battery"])
def test_services_are_told_by_anything_that_names_them(spelling: Any) -> None:
    """Class, instance, number, UUID or the SIG's name; each stands once."""
    plain = Advertisement(services=[spelling, 0x180F], solicited=(spelling,))
    assert plain.services == plain.solicited == (UUID("0000180f-0000-1000-8000-00805f9b34fb"),)


def test_a_subclass_inherits_and_says_defaults() -> None:
    """Fields of bases come first; class keywords are the attributes' defaults in the class and in those below it."""

    class Wide(Hall, name="Wide", battery=7, interval=0.5, connectable=False):
        level: UInt8 = service_data(0x1805, default=1)
        ROOMS: ClassVar[int] = 3
        colour = "red"

    class Wider(Wide, name=None): ...

    wide = Wide(reading=READING)
    assert (wide.name, wide.battery, wide.level, wide.interval, wide.connectable) == ("Wide", 7, 1, (0.5, 0.5), False)
    assert Wide(reading=READING, name="x").name == "x"
    assert (Wider(reading=READING).name, Wider(reading=READING).battery) == (None, 7)
    assert (Hall(reading=READING).name, Hall(reading=READING).battery) == (None, 100)


def test_defaults_stand_in_the_class_statement() -> None:
    """In the body they, and what is nearly one, are faults that say what to write; so is a wrong keyword."""
    with pytest.raises(SchemaError) as raised:

        class Bad(Advertisement, tx_power=99, intervall=0.5, mine=2):  # type: ignore[call-arg]
            name = "Hall"
            services: list[str] = ["battery"]  # noqa: RUF012
            conectable = False
            discoverabel: bool = False
            names = "any"
            mine: UInt8 = service_data(0x1805)

            def intervals(self) -> None: ...

    report = raised.value.report
    for told in (
        "7 faults",
        "name: it is an attribute, and the body of a class declares fields",
        "write:   class Bad(Advertisement, name='Hall')",
        "write:   class Bad(Advertisement, services=['battery'])",
        "conectable: did you mean connectable?",
        "write:   class Bad(Advertisement, connectable=False)",
        "discoverabel: nothing says where its octets go; did you mean the class keyword discoverable=?",
        "tx_power: Bad.tx_power is 99; write whole dBm",
        "intervall: it is no class keyword; did you mean interval?",
        "write:   mine: … = service_data(…, default=…)",
    ):
        assert told in report, told


def test_no_field_replaces_an_attribute() -> None:
    """Neither what every advertisement has nor what the base class has; a field of a base can be declared anew."""
    with pytest.raises(SchemaError) as raised:

        class Bad(Advertisement):
            name: UInt8 = service_data(0x1801)
            batch: UInt8 = service_data(0x1802)

    assert "name: every advertisement has a name" in raised.value.report
    assert "batch: every advertisement has a batch" in raised.value.report
    with pytest.raises(SchemaError, match="temperature"):

        class Hot(BTHome):
            temperature: UInt8 = service_data(0x1801)  # type: ignore[assignment]

    class Long(Hall):
        battery: UInt16 = service_data(Battery, default=300)

    assert Long(reading=READING).battery == 300


def test_several_bases_say_their_own_defaults() -> None:
    """As attributes of classes go: the nearest that says one, not the nearest that inherits another."""

    class Quiet(Advertisement, connectable=False, interval=0.5): ...

    class Named(Hall, name="Named", battery=7): ...

    class Both(Named, Quiet): ...

    class Other(Quiet, Hall, interval=1): ...

    both, other = Both(reading=READING), Other(reading=READING)
    assert (both.name, both.battery, both.connectable, both.interval) == ("Named", 7, False, (0.5, 0.5))
    assert (other.name, other.battery, other.connectable, other.interval) == (None, 100, False, (1.0, 1.0))
    assert Both.connectable.default is both.connectable


def test_fields_of_bases_do_not_vanish() -> None:
    """Neither those of a base that is no advertisement, nor one of two of one name."""

    class Plain:
        level: UInt8 = service_data(0x1805, default=1)

    class Other(Advertisement):
        battery: UInt8 = service_data(0x1805, default=1)

    with pytest.raises(SchemaError) as raised:

        class Bad(Plain, Hall, Other): ...

    for told in (
        "2 faults",
        "level: Plain declares it, which is no Advertisement",
        "write:   class Plain(Advertisement):",
        "battery: Hall and Other both have one",
    ):
        assert told in raised.value.report, told

    with pytest.raises(SchemaError, match="has 1 fault: battery"):

        class Worse(Hall, Other, battery=5): ...

    class Good(Hall, Other):
        battery: UInt16 = service_data(Battery, default=300)

    assert Good(reading=READING).battery == 300


@pytest.mark.parametrize(
    ("defaults", "told"),
    [
        ({"connectable": False, "discoverable": True}, "what is not connectable is not discoverable; leave that out"),
        ({"name": "x", "include": ["local-name"]}, 'write name= or include=["local-name"], not both'),
        ({"manufacturer_data": {NORDIC: b"x"}}, "Bad composes the data of 0x0059 itself"),
    ],
)
def test_class_keywords_do_not_contradict_each_other(defaults: dict[str, Any], told: str) -> None:
    """That is a fault of the class, whose every instance would be refused."""
    with pytest.raises(SchemaError) as raised:

        class Bad(Hall, **defaults): ...

    assert told in raised.value.report


def test_what_can_be_read_once_is_kept() -> None:
    """Iterators are read when they are given, to a class as well, and lists are not shared with their owner."""
    plain = Advertisement(services=(one for one in [0x180F]), include=(one for one in ["tx-power"]))  # type: ignore[arg-type]
    assert (len(plain.services), plain.include) == (1, {"tx-power"})
    listed: list[Any] = [0x180F]

    class Once(Advertisement, services=(one for one in [0x180F]), solicited=listed): ...  # type: ignore[arg-type]

    listed.append(0x180A)
    for once in (Once(), Once()):
        assert once.services == once.solicited == plain.services


def pickled(one: Any) -> Any:
    return pickle.loads(pickle.dumps(one))  # noqa: S301  (its own)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_a_fresh_one(copied: Any) -> None:
    """It has the values, and state of its own; neither the air nor a batch of what it is a copy of."""
    response = ScanResponse(services=[0x180F], data={0x24: b"x"})
    hall = Hall(name="Hall", reading=READING, manufacturer_data={0xFFFF: b"x"}, scan_response=response)
    hall._count = 3  # type: ignore[attr-defined]
    hall._gatt_link = link = Link(refuses=True)
    other = copied(hall)
    assert (repr(other), other._count, other._gatt_link) == (repr(hall), 3, None)
    with hall.batch(), other.batch():
        other.name = "other"
        other.battery = 3
    assert (hall.name, hall.battery, other.name, other.battery, link.names) == ("Hall", 100, "other", 3, [])
    with pytest.raises(TypeError):
        other.manufacturer_data[0xFFFF] = b"y"


def test_forward_references_wait() -> None:
    """A type that is defined later is looked up with the first instance."""

    class Late(Advertisement):
        value: Later = service_data(0x1805)  # noqa: F821  (that is the point)

    with pytest.raises(SchemaError) as raised:
        Late(value=1)
    assert "Later is not defined" in raised.value.report
    globals()["Later"] = UInt8
    assert Late(value=1).value == 1


def test_all_faults_of_a_class_at_once() -> None:
    """Each says where it is, what is allowed and what to write."""
    with pytest.raises(SchemaError) as raised:

        class Bad(Advertisement):
            nowhere: UInt8
            layout: UInt8 = service_data(0x1801)
            unknown: UInt8 = manufacturer_data("Nordik Semiconductor ASA")
            no_service: UInt8 = service_data("xyz")
            no_type: list[int] = service_data(0x1802)
            bad_default: UInt8 = service_data(0x1803, default=300)
            read: Read[UInt8] = manufacturer_data(1)
            text: UInt8 = manufacturer_data("0x0059")
            large: UInt8 = manufacturer_data(70000)
            misspelt: UInt8 = service_data("Battry")
            bare = service_data(0x1804)

    report = raised.value.report
    for told in (
        "nowhere: nothing says where its octets go",
        "layout: every advertisement has a layout",
        "unknown: no company",
        "no_service: 'xyz', which is no service",
        "no_type: list",
        "bad_default: the default is 300",
        "read: Read is for characteristics\n    allowed: the type alone, no flavour\n    write:   UInt8",
        "text: '0x0059' is text, and an identifier is a number: write 0x0059",
        "large: 70000 is no company's identifier",
        "misspelt: 'Battry', which is no service; did you mean Battery (0x180F)?",
        "bare: it has no annotation",
    ):
        assert told in report, told
    assert report.count("large: 70000") == 1
    assert report.partition("large: ")[2].partition("misspelt: ")[0].count("0xFFFF, or") == 1


def test_two_fields_of_one_company_are_a_fault() -> None:
    """Phones would hear one of them."""
    with pytest.raises(SchemaError) as raised:

        class Twice(Hall):
            again: UInt8 = manufacturer_data(NORDIC)

    assert "again: it is the manufacturer data of 0x0059, as reading is" in raised.value.report


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: Hall("x"), TypeError, r"Hall\(\) takes keywords only, not 'x': reading=…"),
        (Hall, TypeError, r"Hall\(\) needs reading="),
        (lambda: Hall(reading=READING, batery=1), TypeError, "has no attribute batery; did you mean battery"),
        (lambda: Hall(reading=1), EncodeError, "Hall.reading"),
        (lambda: Hall(reading=READING, battery=300), EncodeError, "Hall.battery: expected 0 … 255"),
        (lambda: Hall(reading=READING, manufacturer_data={NORDIC: b"x"}), ValueError, "assign its attributes"),
        (lambda: Hall(reading=READING, service_data={"battery": b"x"}), ValueError, "0x180F itself"),
        (lambda: Advertisement(name=5), TypeError, "Advertisement.name is text, not 5; write '5'"),
        (lambda: Advertisement(name=""), ValueError, "None for no name"),
        (lambda: Advertisement(name="\ud800"), ValueError, "UTF-8"),
        (lambda: Advertisement(appearance="belt"), TypeError, r"write sig.appearance\('belt'\)"),
        (lambda: Advertisement(appearance=0xFFFF), ValueError, "0 … 0xFFFE"),
        (lambda: Advertisement(services="180F"), TypeError, r"no list; write services=\[Battery\]"),
        (lambda: Advertisement(services=[None]), ValueError, "None, which is no service; write its class"),
        (lambda: Advertisement(manufacturer_data=[1]), TypeError, "no mapping; write manufacturer_data="),
        (
            lambda: Advertisement(manufacturer_data={0x10000: b"x"}),
            ValueError,
            "65536 is no company's identifier; write",
        ),
        (lambda: Advertisement(manufacturer_data={"0059": b"x"}), ValueError, "a number: write 0x0059"),
        (lambda: Advertisement(manufacturer_data={0x0059: 3}), TypeError, r"manufacturer_data\[0x0059\] is 3"),
        (lambda: Advertisement(data={0x24: 3}), TypeError, r"data\[0x24\] is 3"),
        (lambda: Advertisement(services=["Battry"]), ValueError, r"did you mean Battery \(0x180F\)"),
        (lambda: Advertisement(inter=1), TypeError, "did you mean interval"),
        (lambda: ScanResponse(name="x"), TypeError, r"takes no name; it goes into Advertisement\(name=…\), and BlueZ"),
        (lambda: ScanResponse(appearance=1), TypeError, r"it goes into Advertisement\(appearance=…\)$"),
        (lambda: ScanResponse(service=1), TypeError, "takes no service; did you mean services"),
        (lambda: ScanResponse([1]), TypeError, r"takes keywords only, not \[1\]"),
        (lambda: Advertisement(manufacturer_data={1: b""}), ValueError, "no octets, which BlueZ refuses"),
        (lambda: Advertisement(manufacturer_data={1: "x"}), TypeError, "write bytes or a value of a @struct class"),
        (lambda: Advertisement(manufacturer_data={1: bytes(255)}), ValueError, "255 octets; a structure has at most"),
        (lambda: Advertisement(service_data={0x180F: b"x", "180f": b"y"}), ValueError, "twice, in two spellings"),
        (lambda: Advertisement(data={0x09: b"x"}), ValueError, "composes itself; write name="),
        (lambda: Advertisement(data={0x0D: b"x"}), ValueError, "takes from no program"),
        (lambda: Advertisement(data={0x100: b"x"}), ValueError, "1 … 0xFF"),
        (lambda: Advertisement(data={"x": b"x"}), TypeError, "Assigned Numbers"),
        (lambda: Advertisement(scan_response={}), TypeError, "write ScanResponse"),
        (lambda: ScanResponse(data={0xFF: b"x"}), ValueError, "ScanResponse.data has the type 0xFF"),
        (lambda: Advertisement(connectable=1), TypeError, "True or False, not 1"),
        (lambda: Advertisement(timeout=1.5), ValueError, "whole seconds within 1 … 65535"),
        (lambda: Advertisement(timeout="1"), TypeError, "no number; write whole seconds"),
        (lambda: Advertisement(duration=float("nan")), ValueError, "write whole seconds"),
        (lambda: Advertisement(interval=0.01), ValueError, "0.02 … 10485"),
        (lambda: Advertisement(interval=0.1525), ValueError, "write 0.152 or 0.153"),
        (lambda: Advertisement(interval=(0.2, 0.1)), ValueError, r"the least first: \(0.1, 0.2\)"),
        (lambda: Advertisement(interval=(1, 2, 3)), ValueError, "a tuple of the least and the most"),
        (lambda: Advertisement(tx_power=21), ValueError, "-127 … 20"),
        (lambda: Advertisement(tx_power=True), TypeError, "-127 … 20"),
        (lambda: Advertisement(include=["power"]), ValueError, "has 'power'; write some of 'tx-power'"),
        (lambda: Advertisement(secondary_channel="3M"), ValueError, "write '1M' or '2M' or 'Coded'"),
        (lambda: Advertisement(name="x", include=["local-name"]), ValueError, "write name= or"),
        (lambda: Advertisement(include=["appearance"]), ValueError, "knows of no adapter; write appearance=…"),
        (lambda: Advertisement(data={0x24: b"x"}, include=["rsi"]), ValueError, "BlueZ forgets"),
        (lambda: Advertisement(connectable=False, discoverable=True), ValueError, "not discoverable"),
        (lambda: Advertisement(discoverable=False, discoverable_timeout=1), ValueError, "ends nothing"),
        (lambda: Advertisement(timeout=1, discoverable_timeout=2), ValueError, "it ends after 1 s"),
    ],
)
def test_what_is_refused(make: Any, error: type[Exception], told: str) -> None:
    """Every bad value says where it is, what it is and what to write instead."""
    with pytest.raises(error, match=told):
        make()


def test_values_are_kept_as_what_they_mean() -> None:
    """Seconds become whole ones, one interval a pair, includes a set."""
    made = Advertisement(timeout=2.0, interval=0.1, include=["tx-power", "tx-power"])
    assert (made.timeout, made.interval, made.include) == (2, (0.1, 0.1), {"tx-power"})
    assert attrs.evolve(made._gatt_packet()) == made._gatt_packet()


def test_a_refused_assignment_changes_nothing() -> None:
    """Neither the attribute nor any other; what is no attribute is refused with the one that is meant."""
    hall = Hall(name="Hall", reading=READING)
    for name, value in (("battery", -1), ("include", ["local-name"]), ("name", 3)):
        with pytest.raises((ValueError, TypeError)):
            setattr(hall, name, value)
    with pytest.raises(AttributeError, match="Hall has no attribute batery; did you mean battery"):
        hall.batery = 3  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"Hall.name cannot be deleted; assign None instead"):
        del hall.name
    assert (hall.battery, hall.name, hall.include) == (100, "Hall", frozenset())


def test_state_of_ones_own_has_an_underscore() -> None:
    """A subclass keeps what it likes under such names, and gives attributes of its own to nobody else."""

    class Counting(Hall):
        def __init__(self, **values: Any) -> None:
            self._count = 0
            super().__init__(**values)

        def beat(self) -> None:
            self._count += 1
            self.battery = self._count

    counting = Counting(reading=READING)
    counting.beat()
    assert (counting._count, counting.battery) == (1, 1)
    with pytest.raises(AttributeError, match="state of your own: _count"):
        counting.count = 1  # type: ignore[attr-defined]


def test_editors_and_help_show_what_users_need() -> None:
    """Only attributes, what is declared, and a few methods are public; the signature has them with their types."""
    common = {name for name in dir(Hall) if not name.startswith("_")} - set(inspect.signature(Advertisement).parameters)
    methods = {"batch", "layout", "is_discoverable", "bluez_instance", "chosen_tx_power"}
    assert common == {"reading", "battery"} | methods
    signature = inspect.signature(Hall)
    assert next(iter(signature.parameters.values())) == inspect.Parameter(
        "reading", inspect.Parameter.KEYWORD_ONLY, annotation=Reading
    )
    assert signature.parameters["battery"].default == 100
    assert signature.parameters["name"].annotation == str | None


def test_a_batch_is_one_assignment() -> None:
    """One check and one message at its end; in it the owner sees its values, and nobody else does."""
    hall = Hall(reading=READING)
    hall._gatt_link = link = Link(refuses=False)
    seen: list[Any] = []
    with hall.batch():
        hall.name = "one"
        with hall.batch():
            hall.battery = 1
        hall.name = "two"
        assert (hall.name, hall.battery, link.names) == ("two", 1, [])
        assert hall.layout().scan_response.endswith(b"two")
        assert "name='two'" in repr(hall)
        thread = threading.Thread(target=lambda: seen.extend([hall.name, hall.battery]))
        thread.start()
        thread.join()
    assert seen == [None, 100]
    assert (hall.name, hall.battery, link.names) == ("two", 1, [{"name", "battery"}])


def test_a_batch_may_contradict_itself_meanwhile() -> None:
    """What counts is its end: there it is refused as a whole, or taken."""
    plain = Advertisement(discoverable=True)
    with plain.batch():
        plain.connectable = False
        plain.discoverable = None
    assert (plain.connectable, plain.discoverable) == (False, None)
    with pytest.raises(ValueError, match="not discoverable"), plain.batch():  # noqa: PT012  (several are the point)
        plain.name = "x"
        plain.discoverable = True
    assert (plain.name, plain.discoverable) == (None, None)


def test_an_exception_takes_a_batch_back() -> None:
    """All of it, whether it comes from the block or from who has it on the air; other threads' values stay."""
    hall = Hall(reading=READING)
    hall._gatt_link = link = Link(refuses=False)
    with pytest.raises(KeyError), hall.batch():  # noqa: PT012  (it raises behind the assignments)
        hall.name = "one"
        thread = threading.Thread(target=lambda: setattr(hall, "battery", 3))
        thread.start()
        thread.join()
        raise KeyError
    assert (hall.name, hall.battery, link.names) == (None, 3, [{"battery"}])
    link.refuses = True
    with pytest.raises(RuntimeError, match="one"), hall.batch():
        hall.name = "one"
    assert hall.name is None


def test_what_it_looks_like() -> None:
    """The repr has what is not the default, as it would be written."""
    assert repr(Hall(name="Hall", reading=READING)) == f"Hall(name='Hall', reading={READING!r})"
    assert repr(Advertisement(connectable=False)) == "Advertisement(connectable=False)"


class Link:
    def __init__(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.names: list[set[str]] = []

    def check(self, advertisement: Advertisement) -> None:
        if self.refuses:
            raise RuntimeError(advertisement.name)

    def changed(self, names: Any) -> None:
        self.names.append(set(names))


def test_the_link_is_asked_before_and_told_after() -> None:
    """It sees the advertisement as it would be; refused, nothing changes."""
    hall = Hall(reading=READING)
    hall._gatt_link = link = Link(refuses=True)
    with pytest.raises(RuntimeError, match="new"):
        hall.name = "new"
    assert (hall.name, link.names) == (None, [])
    link.refuses = False
    hall.name = "new"
    assert (hall.name, link.names) == ("new", [{"name"}])


def test_the_link_may_come_and_go_meanwhile() -> None:
    """BlueZ releases it while a thread assigns, or comes back: who has it on the air afterwards is told."""
    links: list[Link | None] = []

    class Fickle(Hall):
        _gatt_link = property(lambda _: links.pop(0) if links else None, lambda *_: None)

    hall = Fickle(reading=READING)
    for count, names in enumerate(([], [{"battery"}])):
        links[:] = [Link(refuses=False), after := Link(refuses=False)][: count + 1]
        hall.battery = count
        assert (hall.battery, after.names, links) == (count, names, [])
