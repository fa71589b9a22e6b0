"""What a connected phone does with the attributes of the other side."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bumble.att import (
    ATT_PDU,
    ATT_Error,
    ATT_Execute_Write_Request,
    ATT_Handle_Value_Confirmation,
    ATT_Prepare_Write_Request,
    ATT_Read_By_Group_Type_Request,
    ATT_Read_By_Type_Request,
    ATT_Signed_Write_Command,
    ErrorCode,
    Opcode,
)
from bumble.core import UUID, ProtocolError
from bumble.crypto import aes_cmac
from bumble.device import Peer as BumblePeer
from bumble.gatt import GATT_INCLUDE_ATTRIBUTE_TYPE, GATT_SECONDARY_SERVICE_ATTRIBUTE_TYPE, Characteristic
from bumble.gatt_client import AttributeProxy, CharacteristicProxy, ServiceProxy

from tests.lab._advert import short, uuid_text

_APPLICATION = range(0x80, 0xA0)
_UNTIL_KNOWN = 0.1
"""Seconds until the program knows of a subscriber: bluetoothd answers the phone before StartNotify has arrived."""
_UNTIL_IDENTIFIED = 0.4
"""Seconds until the kernel tracks a private phone's channels by its identity: reads before fail (ID_ADDR_TIMEOUT)."""
_LAST = 0xFFFF
_SIGNING_KEY = bytes(16)
"""The key that every Bumble hands out."""


class PairingFailed(Exception):
    """The two sides did not pair; the message says why, as far as the phone knows."""


class AttRefused(Exception):
    """The other side answered with an ATT error: `.code` is its number."""

    def __init__(self, what: str, code: int) -> None:
        meaning = "an error of the application" if code in _APPLICATION else ErrorCode(code).name
        super().__init__(f"{what} was refused: ATT error 0x{code:02X}, {meaning}")
        self.code = code


@contextmanager
def _att(what: str) -> Iterator[None]:
    """Bumble's errors in our words; a connection that breaks under a request is a ConnectionError."""
    try:
        yield
    except ATT_Error as error:
        raise AttRefused(what, error.error_code) from None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        msg = f"{what}: disconnected before the answer came"
        raise ConnectionError(msg) from None


@contextmanager
def refused(code: int) -> Iterator[None]:
    """The block must end in this ATT error."""
    try:
        yield
    except AttRefused as error:
        print(error)
        if error.code != code:
            msg = f"refused, but with 0x{error.code:02X} instead of 0x{code:02X}"
            raise AssertionError(msg) from error
    else:
        msg = f"not refused, where 0x{code:02X} was expected"
        raise AssertionError(msg)


class Heard:
    """A subscription: `.values` are the notifications or indications so far, in order, `.times` when they came (s)."""

    def __init__(self, what: str) -> None:
        self.values: list[bytes] = []
        self.times: list[float] = []
        self._what = what
        self._news = asyncio.Event()

    def take(self, value: bytes) -> None:
        """One more value."""
        self.values.append(bytes(value))
        self.times.append(time.monotonic())
        self._news.set()

    async def wait(self, count: int = 1, within: float = 30) -> list[bytes]:
        """All values, once there are `count` of them since the subscription; TimeoutError says how many came."""
        try:
            async with asyncio.timeout(within):
                while len(self.values) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            came = [value.hex() for value in self.values]
            msg = f"{self._what}: heard {len(came)} of {count} within {within} s: {came}"
            raise TimeoutError(msg) from None
        return self.values


class Peer:
    """The other side of a connection. Characteristics are named by UUID, "2A37" or in full.

    Where a UUID occurs more than once, `service=` and `index=` (from 0, in handle order) tell which one is meant, and
    `descriptor=` means that descriptor of it. Every method raises AttRefused for an ATT error, and LookupError with the
    tree for something that is not there. `.confirmed` counts the indications that the phone has confirmed.
    """

    def __init__(self, bumble: BumblePeer) -> None:
        self.bumble = bumble
        self.confirmed = 0
        self._signatures = itertools.count()
        self._disconnected = asyncio.Event()
        self._confirm = bumble.gatt_client.send_confirmation
        bumble.gatt_client.send_confirmation = self._count_confirmation
        self.reason: int | None = None
        """Why the connection has ended: 0x08 timeout, 0x13 the other side's user, 0x15 it was switched off."""
        bumble.connection.on("disconnection", self._end)

    def _end(self, reason: int) -> None:
        self.reason = int(reason)
        self._disconnected.set()

    @property
    def mtu(self) -> int:
        """The ATT_MTU that both sides agreed on."""
        return int(self.bumble.gatt_client.mtu)

    async def discover(self, *, descriptors: bool = True) -> None:
        """Discover everything, again if need be: then nothing that was known before counts.

        Without `descriptors` those are found when they are needed for a subscription.
        """
        client = self.bumble.gatt_client
        client.services.clear()
        with _att("discovery"):
            await self.bumble.discover_services()
            client.services.extend(await self._secondary_services())
            client.services.sort(key=lambda service: service.handle)
            for service in client.services:
                service.included_services = await self._included_services(service)
                await service.discover_characteristics()
                for characteristic in service.characteristics if descriptors else ():
                    await characteristic.discover_descriptors()

    async def _secondary_services(self) -> list[ServiceProxy]:
        """The services that only others include, found by their own group type: Bumble looks for primary ones."""
        found: list[ServiceProxy] = []
        first = 1
        while groups := await self._listed(
            ATT_Read_By_Group_Type_Request(first, _LAST, GATT_SECONDARY_SERVICE_ATTRIBUTE_TYPE)
        ):
            for begin, end, uuid in groups:
                found.append(ServiceProxy(self.bumble.gatt_client, begin, end, UUID.from_bytes(uuid), primary=False))
            first = found[-1].end_group_handle + 1
        return found

    async def _included_services(self, service: ServiceProxy) -> list[ServiceProxy]:
        """What a service includes, by handle: the declaration names no UUID of 128 bits, and Bumble wants one."""
        found: list[int] = []
        first = service.handle
        while includes := await self._listed(
            ATT_Read_By_Type_Request(first, service.end_group_handle, GATT_INCLUDE_ATTRIBUTE_TYPE)
        ):
            found += (int.from_bytes(value[:2], "little") for _, value in includes)
            first = includes[-1][0] + 1
        return [known for handle in found for known in self.bumble.services if known.handle == handle]

    async def _listed(self, request: ATT_Read_By_Group_Type_Request | ATT_Read_By_Type_Request) -> list[Any]:
        """Some of the attributes of a kind in a range of handles, nothing behind the last."""
        if request.starting_handle > request.ending_handle:
            return []
        try:
            return list((await self._request(request)).attributes)
        except ATT_Error as error:
            if error.error_code != ErrorCode.ATTRIBUTE_NOT_FOUND:
                raise
            return []

    async def _request(self, request: ATT_PDU) -> ATT_PDU:
        """The answer to a request of ATT's own; ATT_Error where it is one."""
        answer = await self.bumble.gatt_client.send_request(request)
        if answer.op_code == Opcode.ATT_ERROR_RESPONSE:
            raise ATT_Error(answer.error_code)
        return answer

    def tree(self) -> str:
        """All that was discovered, one attribute a line, for printing and comparing."""
        return "\n".join(line for service in self.bumble.services for line in _service_lines(service))

    def handle(self, uuid: str, *, service: str | None = None, index: int = 0, descriptor: str | None = None) -> int:
        """The handle of a characteristic's value, or of a descriptor."""
        return int(self._find(uuid, service, index, descriptor).handle)

    def offers(self, service: str, *, index: int = 0) -> list[str]:
        """Each characteristic of one service with its properties and descriptors: "2A37: notify; 2902"."""
        found = [each for each in self.bumble.services if _name(each) == short(service)]
        if index >= len(found):
            msg = f"no service {service} (index {index}) in\n{self.tree()}"
            raise LookupError(msg)
        return [_offer(characteristic) for characteristic in found[index].characteristics]

    async def read(
        self,
        uuid: str,
        *,
        service: str | None = None,
        index: int = 0,
        descriptor: str | None = None,
    ) -> bytes:
        """The whole value, however many requests it takes."""
        attribute = self._find(uuid, service, index, descriptor)
        with _att(f"reading {descriptor or uuid}"):
            return bytes(await self.bumble.gatt_client.read_value(attribute))

    async def write(
        self,
        uuid: str,
        value: bytes,
        *,
        service: str | None = None,
        index: int = 0,
        descriptor: str | None = None,
    ) -> None:
        """Write with response; what does not fit one request goes as a long write."""
        attribute = self._find(uuid, service, index, descriptor)
        with _att(f"writing {descriptor or uuid}"):
            await self.bumble.gatt_client.write_value(attribute, value, with_response=True)

    async def command(self, uuid: str, value: bytes, *, service: str | None = None, index: int = 0) -> None:
        """Write without response: nobody tells whether it arrived."""
        await self.bumble.gatt_client.write_value(self._characteristic(uuid, service, index), value)

    async def prepare(self, uuid: str, offset: int, octets: bytes) -> None:
        """Queue a part of a write; the other side must repeat it to the letter."""
        handle = self.handle(uuid)
        request = ATT_Prepare_Write_Request(attribute_handle=handle, value_offset=offset, part_attribute_value=octets)
        with _att(f"preparing {len(octets)} octets of {uuid} at {offset}"):
            echo = await self._request(request)
        assert (echo.attribute_handle, echo.value_offset, echo.part_attribute_value) == (handle, offset, octets), echo

    async def execute(self, *, commit: bool = True) -> None:
        """Write what was prepared, or have it forgotten."""
        with _att("executing what was prepared" if commit else "forgetting what was prepared"):
            await self._request(ATT_Execute_Write_Request(flags=int(commit)))

    async def signed_command(self, uuid: str, value: bytes) -> None:
        """Write without response, signed with the key that the phone has handed out (Core, Vol 3, Part H, 2.4.5)."""
        counter = next(self._signatures).to_bytes(4, "little")
        command = bytes(ATT_Signed_Write_Command(attribute_handle=self.handle(uuid), attribute_value=value))
        mac = aes_cmac((command + counter)[::-1], _SIGNING_KEY)[:8]
        self.bumble.gatt_client.send_gatt_pdu(command + counter + mac[::-1])

    async def subscribe(
        self,
        uuid: str,
        *,
        service: str | None = None,
        index: int = 0,
        indications: bool = False,
    ) -> Heard:
        """Subscribe to notifications, or to indications where there are no others or `indications` asks for them."""
        characteristic = self._characteristic(uuid, service, index)
        heard = Heard(uuid)
        with _att(f"subscribing to {uuid}"):
            await self.bumble.gatt_client.subscribe(characteristic, heard.take, prefer_notify=not indications)
        await asyncio.sleep(_UNTIL_KNOWN)
        return heard

    async def unsubscribe(self, uuid: str, *, service: str | None = None, index: int = 0) -> None:
        """End every subscription to a characteristic."""
        with _att(f"unsubscribing from {uuid}"):
            await self.bumble.gatt_client.unsubscribe(self._characteristic(uuid, service, index), force=True)

    def _count_confirmation(self, confirmation: ATT_Handle_Value_Confirmation) -> None:
        """Confirm an indication, as phones do."""
        self.confirmed += 1
        self._confirm(confirmation)

    @contextmanager
    def unconfirmed(self) -> Iterator[None]:
        """Inside the block indications are heard and not confirmed; at its end the phone confirms what it owes."""
        owed: list[ATT_Handle_Value_Confirmation] = []
        self.bumble.gatt_client.send_confirmation = owed.append
        try:
            yield
        finally:
            self.bumble.gatt_client.send_confirmation = self._count_confirmation
            for confirmation in owed:
                self._count_confirmation(confirmation)

    async def pair(self) -> None:
        """Pair and encrypt, in the way the phone was told to (`air.phone(..., pairing=…)`); PairingFailed if not."""
        try:
            await self.bumble.connection.pair()
        except ProtocolError as error:
            raise PairingFailed(str(error)) from None
        if self.bumble.connection.self_address.is_resolvable:
            await asyncio.sleep(_UNTIL_IDENTIFIED)

    async def encrypt(self) -> None:
        """Encrypt with the keys of an earlier pairing."""
        await self.bumble.connection.encrypt()

    async def disconnect(self) -> None:
        """Hang up; returns when both sides know, also where the other side does the same at the same time.

        Bumble would then wait for an answer that never comes.
        """
        if self.is_connected:
            hanging_up = asyncio.ensure_future(self.bumble.connection.disconnect())
            await self.disconnected()
            hanging_up.cancel()
            await asyncio.gather(hanging_up, return_exceptions=True)

    async def disconnected(self, within: float = 10) -> None:
        """Wait for the other side to hang up."""
        async with asyncio.timeout(within):
            await self._disconnected.wait()

    @property
    def is_connected(self) -> bool:
        """Whether the phone believes so."""
        return not self._disconnected.is_set()

    def _characteristic(self, uuid: str, service: str | None, index: int) -> CharacteristicProxy[bytes]:
        """The characteristic meant."""
        found = [
            characteristic
            for owner in self.bumble.services
            if service is None or _name(owner) == short(service)
            for characteristic in owner.characteristics
            if _name(characteristic) == short(uuid)
        ]
        if index >= len(found):
            msg = f"no characteristic {uuid} (service {service}, index {index}) in\n{self.tree()}"
            raise LookupError(msg)
        return found[index]

    def _find(self, uuid: str, service: str | None, index: int, descriptor: str | None) -> AttributeProxy[bytes]:
        """The characteristic meant, or one of its descriptors."""
        owner = self._characteristic(uuid, service, index)
        if descriptor is None:
            return owner
        for found in owner.descriptors:
            if uuid_text(bytes(found.type)) == short(descriptor):
                return found
        msg = f"no descriptor {descriptor} of {uuid} in\n{self.tree()}"
        raise LookupError(msg)


def _name(attribute: ServiceProxy | CharacteristicProxy[bytes]) -> str:
    """The UUID of a service or characteristic as text, short where it is one of the SIG's."""
    return short(uuid_text(bytes(attribute.uuid)))


def _properties(characteristic: CharacteristicProxy[bytes]) -> str:
    """`read, write-without-response, notify`."""
    properties = (flag for flag in Characteristic.Properties if flag in characteristic.properties)
    return ", ".join(str(flag.name).lower().replace("_", "-") for flag in properties)


def _offer(characteristic: CharacteristicProxy[bytes]) -> str:
    """`2A37: notify; 2902`."""
    descriptors = " ".join(uuid_text(bytes(descriptor.type)) for descriptor in characteristic.descriptors)
    return f"{_name(characteristic)}: {_properties(characteristic)}" + (f"; {descriptors}" if descriptors else "")


def _service_lines(service: ServiceProxy) -> Iterator[str]:
    """A service and all below it."""
    kind = "secondary service" if service.type == GATT_SECONDARY_SERVICE_ATTRIBUTE_TYPE else "service"
    yield f"0x{service.handle:04X} {kind} {_name(service)} to 0x{service.end_group_handle:04X}"
    for included in service.included_services:
        yield f"         includes {_name(included)}"
    for characteristic in service.characteristics:
        yield f"0x{characteristic.handle:04X}   {_name(characteristic)}: {_properties(characteristic)}"
        for descriptor in characteristic.descriptors:
            yield f"0x{descriptor.handle:04X}     {uuid_text(bytes(descriptor.type))}"
