"""What D-Bus answers when something goes wrong, in both directions."""

from __future__ import annotations

from dbus_fast import Message

from gattschema.schema import APPLICATION_ERRORS, AttError, ErrorCode


class CallFailed(Exception):
    """A D-Bus call that was answered with an error."""

    def __init__(self, message: Message) -> None:
        self.name = message.error_name or ""
        self.text = str(message.body[0]) if message.body else ""
        super().__init__(f"{self.name}: {self.text}")

    @property
    def gone(self) -> bool:
        """Whether it failed since what it was about is not there."""
        return self.name in _GONE or self.name.startswith(_NOT_STARTED)


_GONE = {
    "org.bluez.Error.DoesNotExist",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownObject",
}
_NOT_STARTED = "org.freedesktop.DBus.Error.Spawn."
"""What the bus says when it cannot start bluetoothd again."""


_ERROR_NAMES: dict[int, str] = {
    ErrorCode.READ_NOT_PERMITTED: "org.bluez.Error.NotPermitted",
    ErrorCode.WRITE_NOT_PERMITTED: "org.bluez.Error.NotPermitted",
    ErrorCode.REQUEST_NOT_SUPPORTED: "org.bluez.Error.NotSupported",
    ErrorCode.INVALID_OFFSET: "org.bluez.Error.InvalidOffset",
    ErrorCode.INSUFFICIENT_AUTHORIZATION: "org.bluez.Error.NotAuthorized",
    ErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH: "org.bluez.Error.InvalidValueLength",
    ErrorCode.IMPROPERLY_CONFIGURED: "org.bluez.Error.ImproperlyConfigured",
    ErrorCode.PROCEDURE_ALREADY_IN_PROGRESS: "org.bluez.Error.InProgress",
}
_UNLIKELY = "org.gattschema.Error.Unlikely"
"""bluetoothd turns every name that it does not know into 0x0E, Unlikely Error; 0xFD before 5.76, too."""


def error_reply(call: Message, error: AttError) -> Message:
    """Give the D-Bus error that bluetoothd turns into *error* on the air (``dbus_error_to_att_ecode``).

    An application's code travels as the number in the text of ``Failed``; BlueZ before 5.66 takes any text for 0x80.
    """
    reason = _utf8(error.reason)
    if error.code in _ERROR_NAMES:
        return Message.new_error(call, _ERROR_NAMES[error.code], reason)
    if error.code not in APPLICATION_ERRORS:
        return Message.new_error(call, _UNLIKELY, reason)
    return Message.new_error(call, "org.bluez.Error.Failed", f"{error.code:#04x}")


def _utf8(text: str) -> str:
    """The text without what no D-Bus string may have: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
