"""The air and the adapter's radio: Bumble's, corrected where it is simpler than the real ones."""

import asyncio

from bumble import ll
from bumble.controller import AdvertisingSet, Controller, LegacyAdvertiser
from bumble.core import PhysicalTransport
from bumble.hci import (
    HCI_COMMAND_STATUS_PENDING,
    Address,
    HCI_Disconnect_Command,
    HCI_ErrorCode,
    HCI_LE_Set_Extended_Advertising_Parameters_Command,
    HCI_LE_Set_Extended_Advertising_Parameters_ReturnParameters,
    HCI_Reset_Command,
    HCI_StatusReturnParameters,
    LeFeatureMask,
)
from bumble.link import LocalLink
from typing_extensions import override

from tests.lab._advert import Advert

_SLOT = 0.000625
"""Seconds: the unit of advertising intervals (Core, Vol 4, Part E, 7.8.5)."""
_CONNECTABLE, _SCANNABLE, _LEGACY = 0x01, 0x02, 0x10
_LEGACY_CONNECTABLE, _LEGACY_SCANNABLE = {0}, {0, 2}
_EXTENDED = LeFeatureMask.LE_EXTENDED_ADVERTISING | LeFeatureMask.LE_PERIODIC_ADVERTISING


class Link(LocalLink):
    """Bumble's air, corrected: who sends.

    Bumble labels every LE packet with the sender's random address, but the kernel's controller is known by its public
    one. What `hci0` advertises the phones hear here: Bumble repeats the data where a scan response belongs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listeners: set[asyncio.Queue[Advert]] = set()

    @override
    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Deliver under the address that the connection was made with."""
        receiver = self.find_le_controller(destination_address)
        connection = sender_controller.le_connections.get(destination_address)
        source = connection.self_address if connection else sender_controller.random_address
        if receiver:
            asyncio.get_running_loop().call_soon(receiver.on_link_acl_data, source, transport, data)

    def hear(self, advert: Advert) -> None:
        """Let the listening phones hear both packets of an advertisement."""
        for listener in self.listeners:
            listener.put_nowait(advert)


class _Set(AdvertisingSet):
    """An advertising set that phones cannot connect by unless it says so, and whose scan response is its own."""

    def says(self, bit: int) -> bool:
        """Whether a bit of the event's properties is set (Core, Vol 4, Part E, 7.8.53)."""
        return bool(self.parameters and self.parameters.advertising_event_properties & bit)

    @override
    def start(self) -> None:
        """Bumble would start a second timer beside the one that runs."""
        self.stop()
        super().start()

    @override
    def send_extended_advertising_data(self) -> None:
        radio, address = self.controller, self.address
        assert isinstance(radio, Hci0)
        assert address
        response = bytes(self.scan_response_data) if self.says(_SCANNABLE) else b""
        radio.hear(self, address, bytes(self.data), response)
        if self.says(_CONNECTABLE):
            super().send_extended_advertising_data()


class _Legacy(LegacyAdvertiser):
    """What advertises in a controller without sets: one at a time, which the kernel takes turns with."""

    @override
    def _on_timer_fired(self) -> None:
        self.send_advertising_data()
        interval = max(self.advertising_interval_min * _SLOT, 0.01)
        self.timer_handle = asyncio.get_running_loop().call_later(interval, self._on_timer_fired)

    @override
    def send_advertising_data(self) -> None:
        radio = self.controller
        assert isinstance(radio, Hci0)
        response = bytes(self.scan_response_data) if self.advertising_type in _LEGACY_SCANNABLE else b""
        radio.hear(self, self.address, bytes(self.advertising_data), response)
        super().send_advertising_data()


class Hci0(Controller):
    """The adapter's radio, behind /dev/vhci; `extended=False` is one from before Bluetooth 5."""

    def __init__(self, *, link: Link, extended: bool = True, **transport: object) -> None:
        super().__init__("hci0", link=link, **transport)
        self.le_legacy_advertiser = _Legacy(self)
        self._air = link
        self._last_heard: int | None = None
        if not extended:
            self.le_features &= ~_EXTENDED

    def hear(self, sender: _Set | _Legacy, address: Address, data: bytes, response: bytes) -> None:
        """One advertisement goes out."""
        is_set = isinstance(sender, _Set)
        self._last_heard = sender.handle if is_set else None
        advert = Advert(
            address.to_string(with_type_qualifier=False),
            data,
            response,
            address.is_public,
            number=sender.handle if is_set else 0,
            is_connectable=sender.says(_CONNECTABLE) if is_set else sender.advertising_type in _LEGACY_CONNECTABLE,
            is_extended=is_set and not sender.says(_LEGACY),
            interval=_interval(sender),
        )
        self._air.hear(advert)

    @override
    def on_hci_le_set_extended_advertising_parameters_command(
        self, command: HCI_LE_Set_Extended_Advertising_Parameters_Command
    ) -> HCI_LE_Set_Extended_Advertising_Parameters_ReturnParameters:
        handle = command.advertising_handle
        if handle not in self.advertising_sets:
            self.advertising_sets[handle] = _Set(self, handle)
        return super().on_hci_le_set_extended_advertising_parameters_command(command)

    @override
    def on_le_connect_ind(self, packet: ll.ConnectInd) -> None:
        """The phone has answered the set that it heard last; Bumble would take the first of that address."""
        sets = self.advertising_sets
        can = {handle: one for handle, one in sets.items() if isinstance(one, _Set) and one.says(_CONNECTABLE)}
        first = {handle: one for handle, one in can.items() if handle == self._last_heard}
        self.advertising_sets = first | can
        try:
            super().on_le_connect_ind(packet)
        finally:
            self.advertising_sets = sets

    @override
    def on_hci_disconnect_command(self, command: HCI_Disconnect_Command) -> None:
        """Who hangs up learns that it was itself; Bumble gives it the reason that the other side gets."""
        if not (connection := self.find_le_connection_by_handle(command.connection_handle)):
            super().on_hci_disconnect_command(command)
            return
        self._send_hci_command_status(HCI_COMMAND_STATUS_PENDING, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.on_le_disconnected(connection, HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    @override
    def on_hci_reset_command(self, _command: HCI_Reset_Command) -> HCI_StatusReturnParameters:
        """Silence on every channel; phones that were connected hear nothing more and give up."""
        self.fall_silent()
        return HCI_StatusReturnParameters(HCI_ErrorCode.SUCCESS)

    def fall_silent(self) -> None:
        """Advertise nothing, and be gone for everybody: their supervision timeout is not waited for."""
        self.le_legacy_advertiser.stop()
        for one in self.advertising_sets.values():
            one.stop()
        self.advertising_sets.clear()
        for connection in self.le_connections.values():
            if phone := self._air.find_le_controller(connection.peer_address):
                theirs = phone.le_connections[connection.self_address]
                phone.on_le_disconnected(theirs, HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        self.le_connections.clear()

    def unplug(self) -> None:
        """Leave the air."""
        self.fall_silent()
        self._air.remove_controller(self)


def _interval(sender: _Set | _Legacy) -> tuple[float, float]:
    """The shortest and the longest advertising interval in seconds."""
    if isinstance(sender, _Set):
        asked = sender.parameters
        assert asked
        return asked.primary_advertising_interval_min * _SLOT, asked.primary_advertising_interval_max * _SLOT
    return sender.advertising_interval_min * _SLOT, sender.advertising_interval_max * _SLOT
