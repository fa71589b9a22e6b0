"""Stands where bluetoothd stands: a process of its own that takes notifications, reads, writes and registers.

It speaks D-Bus over a plain blocking socket, so that it is quicker than any producer. Of each ``PropertiesChanged`` it
takes the octets of ``Value`` into a count and a checksum; like libdbus it answers ``Peer.Ping`` by itself.

The benchmark asks it to act by calling methods whose names say what they do; the object paths are the benchmark's.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from zlib import crc32

from .wire import (
    CALL,
    DESTINATION,
    INTERFACE,
    MEMBER,
    PATH,
    REPLY_SERIAL,
    RETURN,
    SENDER,
    SIGNAL,
    SIGNATURE,
    Incoming,
    Writer,
    bounds,
    message,
    u32,
)

CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DAEMON = "org.freedesktop.DBus"
VALUE_AT = 56
"""Where the length of the octets stands in the body of ``PropertiesChanged(CHARACTERISTIC, {"Value": ay}, [])``."""
OPTIONS = ("/org/bluez/hci0/dev_00_11_22_33_44_55", "LE", 247)


class Consumer:
    """One connection to the bus."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.received = bytearray()
        self.serial = 0
        self.replies: dict[int, Incoming] = {}
        self.count = self.checksum = self.registered = 0
        self.awaited: tuple[int, Incoming] | None = None
        """How many values somebody waits for, and the call to answer then."""

    # --- the connection -------------------------------------------------------------------------------------------

    def introduce(self) -> str:
        """Log in, own org.bluez and ask for broadcasts; give the unique name."""
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self.socket.recv(4096)
        self.socket.sendall(b"BEGIN\r\n")
        name = self.ask_daemon("Hello", "", Writer())
        self.ask_daemon("RequestName", "su", Writer().text("org.bluez").number(0))
        rule = "type='signal',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'"
        self.ask_daemon("AddMatch", "s", Writer().text(rule))
        return name.body[4:-1].decode()

    def ask_daemon(self, member: str, signature: str, body: Writer) -> Incoming:
        made = message(CALL, 0, _call(DAEMON, "/org/freedesktop/DBus", DAEMON, member, signature), body.octets)
        return self.exchange(made)

    def call_back(self, call: Incoming, interface: str, member: str) -> Incoming:
        """Call a method of the object that *call* names, without arguments."""
        made = message(CALL, 0, _call(str(call.fields()[SENDER]), _path(call), interface, member))
        return self.exchange(made)

    def exchange(self, made: bytearray) -> Incoming:
        """Send a call, numbered anew, and wait for its answer."""
        self.serial += 1
        made[8:12] = self.serial.to_bytes(4, "little")
        self.socket.sendall(made)
        while self.serial not in self.replies:
            self.receive()
        return self.replies.pop(self.serial)

    def reply(self, call: Incoming, signature: str = "", body: Writer | None = None) -> None:
        self.serial += 1
        fields: dict[int, str | int] = {DESTINATION: call.fields()[SENDER], REPLY_SERIAL: call.serial}
        octets = body.octets if body else b""
        made = message(RETURN, self.serial, fields | ({SIGNATURE: signature} if signature else {}), octets)
        self.socket.sendall(made)

    def receive(self) -> None:
        """Take what has arrived apart."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            sys.exit()
        octets = self.received + chunk
        at, calls = 0, []
        while span := bounds(octets, at):
            body_at, end = span
            if octets[at + 1] == SIGNAL:
                self.take(octets, body_at, end)
            else:
                calls.append(Incoming(bytes(octets[at:end]), body_at - at))
            at = end
        self.received = octets[at:]
        for incoming in calls:
            self.dispatch(incoming)

    def dispatch(self, incoming: Incoming) -> None:
        if incoming.kind == CALL:
            member = str(incoming.fields()[MEMBER])
            act: Callable[[Incoming], None] = getattr(self, member)
            act(incoming)
        else:
            self.replies[int(incoming.fields()[REPLY_SERIAL])] = incoming

    # --- notifications --------------------------------------------------------------------------------------------

    def take(self, octets: bytearray, body_at: int, end: int) -> None:
        """Count a notification; the daemon's own signals are shorter."""
        if end - body_at <= VALUE_AT:
            return
        (length,) = u32(octets, body_at + VALUE_AT)
        begin = body_at + VALUE_AT + 4
        self.checksum = crc32(octets[begin : begin + length], self.checksum)
        self.count += 1
        if self.awaited and self.count >= self.awaited[0]:
            self.report(self.awaited[1])

    def report(self, call: Incoming) -> None:
        self.reply(call, "uuu", Writer().number(self.count).number(self.checksum).number(self.registered))
        self.count = self.checksum = 0
        self.awaited = None

    # --- what can be asked of it ----------------------------------------------------------------------------------

    def Ping(self, call: Incoming) -> None:
        self.reply(call)

    def Report(self, call: Incoming) -> None:
        """() -> (values since the last report, their checksum, characteristics of the last registration)."""
        self.report(call)

    def Await(self, call: Incoming) -> None:
        """(u) -> as ``Report``, as soon as there are that many values."""
        (wanted,) = u32(call.body)
        if self.count >= wanted:
            self.report(call)
        else:
            self.awaited = wanted, call

    def Subscribe(self, call: Incoming) -> None:
        """(o): call ``StartNotify`` of the caller's object."""
        self.call_back(call, CHARACTERISTIC, "StartNotify")
        self.reply(call)

    def Unsubscribe(self, call: Incoming) -> None:
        """(o): call ``StopNotify`` of the caller's object."""
        self.call_back(call, CHARACTERISTIC, "StopNotify")
        self.reply(call)

    def RegisterApplication(self, call: Incoming) -> None:
        """(oa{sv}): fetch the objects, as bluetoothd does before it answers."""
        answer = self.call_back(call, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        self.registered = answer.body.count(CHARACTERISTIC.encode())
        self.reply(call)

    def UnregisterApplication(self, call: Incoming) -> None:
        self.reply(call)

    def Read(self, call: Incoming) -> None:
        """(ou) -> as ``Report``: read the caller's object so many times, one after the other."""
        self.drive(call, "ReadValue", "a{sv}", Writer().options(*OPTIONS))

    def Write(self, call: Incoming) -> None:
        """(ouay) -> as ``Report``: write the octets so many times, one after the other."""
        begin = _after_path(call) + 4
        (length,) = u32(call.body, begin)
        octets = call.body[begin + 4 : begin + 4 + length]
        self.drive(call, "WriteValue", "aya{sv}", Writer().blob(octets).options(*OPTIONS))

    def drive(self, call: Incoming, member: str, signature: str, body: Writer) -> None:
        fields = _call(str(call.fields()[SENDER]), _path(call), CHARACTERISTIC, member, signature)
        made = message(CALL, 0, fields, body.octets)
        for _ in range(u32(call.body, _after_path(call))[0]):
            answer = self.exchange(made)
            self.count += answer.kind == RETURN
            self.checksum = crc32(answer.body[4:], self.checksum)
        self.report(call)


def _call(destination: str, path: str, interface: str, member: str, signature: str = "") -> dict[int, str | int]:
    """Give the header of a method call."""
    fields: dict[int, str | int] = {DESTINATION: destination, PATH: path, INTERFACE: interface, MEMBER: member}
    return fields | ({SIGNATURE: signature} if signature else {})


def _path(call: Incoming) -> str:
    return call.body[4 : 4 + u32(call.body)[0]].decode()


def _after_path(call: Incoming) -> int:
    end: int = 4 + u32(call.body)[0] + 1
    return end + (-end & 3)


def main(path: str) -> None:
    """Serve until the bus goes away."""
    made = Consumer(path)
    sys.stdout.write(made.introduce() + "\n")
    sys.stdout.flush()
    while True:
        made.receive()


if __name__ == "__main__":
    main(sys.argv[1])
