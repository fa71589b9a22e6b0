"""What can be missing or refused between the program and the air, each with the command that mends it.

Exception
├── PeripheralError
│   ├── NoBus                 no system bus to connect to
│   ├── NoBlueZ               the bus is there, bluetoothd is not
│   ├── NotAllowed            the bus or BlueZ does not let this user in
│   ├── NoAdapter             no adapter, or not the one asked for
│   ├── NoPeripheralRole      the adapter cannot be a peripheral
│   ├── AdapterBlocked        the adapter cannot be switched on
│   ├── RegistrationError     BlueZ refuses the services
│   ├── AdvertisementError    BlueZ refuses the advertisement
│   ├── RequestRefused        BlueZ refuses to change or do something with an adapter or a device
│   └── ConnectionLost        bluetoothd or the bus went away while the peripheral ran
└── BufferError
    └── QueueFull             policy "every": 1024 values are waiting already
"""

from __future__ import annotations


class PeripheralError(Exception):
    """Why the peripheral cannot run: ``finding`` says what is wrong, ``remedy`` is the command that mends it."""

    remedy = "journalctl -u bluetooth -n 20"

    def __init__(self, finding: str, remedy: str | None = None) -> None:
        self.finding = finding
        self.remedy = remedy or self.remedy
        super().__init__(f"{finding}\n    try: {self.remedy}")


class NoBus(PeripheralError):
    """There is no system bus to connect to."""

    remedy = "sudo systemctl start dbus"


class NoBlueZ(PeripheralError):
    """The bus is there, bluetoothd is not."""

    remedy = "sudo systemctl enable --now bluetooth (if it is not there: sudo apt install bluez)"


class NotAllowed(PeripheralError):
    """The bus or BlueZ does not let this user in."""

    remedy = "sudo usermod -aG bluetooth $USER, then log out and in again"


class NoAdapter(PeripheralError):
    """There is no Bluetooth adapter, or not the one asked for."""

    remedy = "bluetoothctl list; lsusb; rfkill list bluetooth"


class NoPeripheralRole(PeripheralError):
    """The adapter cannot be a peripheral."""

    remedy = "bluetoothctl show (look at Roles), then check ControllerMode in /etc/bluetooth/main.conf"


class AdapterBlocked(PeripheralError):
    """The adapter cannot be switched on."""

    remedy = "sudo rfkill unblock bluetooth"


class RegistrationError(PeripheralError):
    """BlueZ refuses the services."""


class AdvertisementError(PeripheralError):
    """BlueZ refuses the advertisement."""


class RequestRefused(PeripheralError):
    """BlueZ refuses to change or do something with an adapter or a device."""


class ConnectionLost(PeripheralError):
    """bluetoothd or the bus went away while the peripheral ran."""

    remedy = "systemctl status bluetooth"


class QueueFull(BufferError):
    """A field with the policy ``"every"`` has 1024 values waiting; ``await drain(service)`` makes room."""
