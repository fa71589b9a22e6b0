"""What D-Bus answers when something goes wrong, in both directions."""

from __future__ import annotations

from dbus_fast import Message

from gattschema.schema import AttError


class CallFailed(Exception):
    """A D-Bus call that was answered with an error."""

    def __init__(self, message: Message) -> None:
        self.name = message.error_name or ""
        self.text = str(message.body[0]) if message.body else ""
        super().__init__(f"{self.name}: {self.text}")


_ERROR_NAMES = {
    0x02: "org.bluez.Error.NotPermitted",
    0x03: "org.bluez.Error.NotPermitted",
    0x06: "org.bluez.Error.NotSupported",
    0x07: "org.bluez.Error.InvalidOffset",
    0x08: "org.bluez.Error.NotAuthorized",
    0x0D: "org.bluez.Error.InvalidValueLength",
    0xFE: "org.bluez.Error.InProgress",
}
_UNLIKELY = "org.gattschema.Error.Unlikely"
"""bluetoothd turns every name that it does not know into 0x0E, Unlikely Error."""


def error_reply(call: Message, error: AttError) -> Message:
    """Give the D-Bus error that bluetoothd turns into *error* on the air (``dbus_error_to_att_ecode``).

    An application's code travels as the number in the text of ``Failed``.
    """
    if error.code in _ERROR_NAMES:
        return Message.new_error(call, _ERROR_NAMES[error.code], error.reason)
    if error.code < 0x80:  # noqa: PLR2004  (where the application's own codes begin)
        return Message.new_error(call, _UNLIKELY, error.reason)
    return Message.new_error(call, "org.bluez.Error.Failed", f"{error.code:#04x}")
