"""Stands where bluetoothd stands: a process of its own that takes notifications, reads, writes and registers.

It speaks D-Bus over a plain blocking socket, so that it is quicker than any producer. Of each ``PropertiesChanged``,
and of each packet on a socket that ``AcquireNotify`` gave, it takes the octets into a count and a checksum; like
libdbus it answers ``Peer.Ping`` by itself.

The benchmark asks it to act by calling methods whose names say what they do; the object paths are the benchmark's.
"""

from __future__ import annotations

import array
import fcntl
import os
import select
import socket
import sys
import termios
import time
from collections import deque
from collections.abc import Callable
from functools import cache
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
STAMP = 8
"""Octets of a value that say when it was assigned: nanoseconds of the monotonic clock, little-endian."""
ROOM = socket.CMSG_SPACE(4)
"""For one file descriptor: no message that comes here carries more."""


class Values:
    """What has arrived since the last report, on whichever way."""

    def __init__(self) -> None:
        self.count = self.checksum = 0
        self.delays: list[int] | None = None
        """Of each value, while somebody wants to know."""

    def take(self, octets: bytes | memoryview, now: int) -> None:
        """Count a value that has arrived *now*."""
        self.count += 1
        self.checksum = crc32(octets, self.checksum)
        if self.delays is not None:
            self.delays.append(_delay(octets, now))


def _delay(octets: bytes | memoryview, now: int) -> int:
    """Give the nanoseconds from a value's stamp until *now*."""
    return now - int.from_bytes(octets[:STAMP], "little")


class Packets:
    """The end of a socket that ``AcquireNotify`` gave: what bluetoothd would send to a phone is counted."""

    def __init__(self, descriptor: int, sender: str, values: Values) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.socket.settimeout(0)
        self.sender = sender
        """Who gave it."""
        self.values = values
        self.packet = memoryview(bytearray(512))

    def drain(self) -> bool:
        """Take packets until there is none; say whether more can follow."""
        packet, take, receive, clock = self.packet, self.values.take, self.socket.recv_into, time.monotonic_ns
        try:
            while size := receive(packet):
                take(packet[:size], clock())
        except BlockingIOError:
            return True
        except ConnectionResetError:
            pass
        self.socket.close()
        return False

    def wait_for(self, count: int) -> None:
        """Take that many packets, and nothing else meanwhile."""
        packet, take, receive, clock = self.packet, self.values.take, self.socket.recv_into, time.monotonic_ns
        self.socket.settimeout(None)
        for _ in range(count):
            size, now = receive(packet), clock()
            take(packet[:size], now)
        self.socket.settimeout(0)


class Consumer:
    """One connection to the bus."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.chunk = memoryview(bytearray(1 << 18))
        self.received = bytearray()
        self.descriptors: list[int] = []
        """Those that have arrived and that nobody has taken yet."""
        self.serial = 0
        self.replies: dict[int, Incoming] = {}
        self.values = Values()
        self.delays: list[int] = []
        self.registered = 0
        self.awaited: tuple[int, Callable[[], None]] | None = None
        """How many values somebody waits for, and what answers then."""
        self.packets: dict[int, Packets] = {}
        self.poller = select.poll()
        self.poller.register(self.socket, select.POLLIN)
        self.outgoing: dict[str, socket.socket] = {}
        """What ``AcquireWrite`` gave, by the name of who gave it."""

    # --- the connection -------------------------------------------------------------------------------------------

    def introduce(self) -> str:
        """Log in, own org.bluez and ask for broadcasts; give the unique name."""
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self.socket.recv(4096)
        self.socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
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
        return self.exchange(_about(call, interface, member))

    def exchange(self, made: bytearray) -> Incoming:
        """Send a call, numbered anew, and wait for its answer."""
        self.send(made)
        return self.answer(self.serial)

    def send(self, made: bytearray) -> None:
        """Send a message, numbered anew."""
        self.serial += 1
        made[8:12] = self.serial.to_bytes(4, "little")
        self.socket.sendall(made)

    def answer(self, serial: int) -> Incoming:
        """Wait for the answer to the call of that number."""
        while serial not in self.replies:
            self.receive()
        return self.replies.pop(serial)

    def reply(self, call: Incoming, signature: str = "", body: Writer | None = None) -> None:
        fields: dict[int, str | int] = {DESTINATION: call.fields()[SENDER], REPLY_SERIAL: call.serial}
        octets = body.octets if body else b""
        self.send(message(RETURN, 0, fields | ({SIGNATURE: signature} if signature else {}), octets))

    def serve(self) -> None:
        """Take what arrives, on the bus and on sockets, until the bus goes away."""
        while True:
            for ready, _ in self.poller.poll():
                if ready == self.socket.fileno():
                    self.receive()
                elif ready in self.packets:
                    self.drain(ready)

    def receive(self) -> None:
        """Take apart what has arrived on the bus."""
        size, ancillary, _, _ = self.socket.recvmsg_into((self.chunk,), ROOM)
        now = time.monotonic_ns()
        if not size:
            sys.exit()
        for _, _, passed in ancillary:
            self.descriptors += array.array("i", passed)
        octets = self.received + self.chunk[:size]
        at, calls = 0, []
        while span := bounds(octets, at):
            body_at, end = span
            if octets[at + 1] == SIGNAL:
                self.take(octets, body_at, end, now)
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

    def take(self, octets: bytearray, body_at: int, end: int, now: int) -> None:
        """Count a notification; the daemon's own signals are shorter."""
        if end - body_at <= VALUE_AT:
            return
        (length,) = u32(octets, body_at + VALUE_AT)
        begin = body_at + VALUE_AT + 4
        self.values.take(octets[begin : begin + length], now)
        self.answer_awaited()

    def drain(self, descriptor: int) -> None:
        """Count the packets on a socket; forget it when its other end is closed."""
        if not self.packets[descriptor].drain():
            self.poller.unregister(descriptor)
            del self.packets[descriptor]
        self.answer_awaited()

    def answer_awaited(self) -> None:
        if self.awaited and self.values.count >= self.awaited[0]:
            self.awaited[1]()

    def wait_for(self, wanted: int, act: Callable[[], None]) -> None:
        """Let *act* answer as soon as there are that many values."""
        self.awaited = wanted, act
        self.answer_awaited()

    def report(self, call: Incoming) -> None:
        values, self.values.count, self.values.checksum = (self.values.count, self.values.checksum), 0, 0
        self.reply(call, "uuu", Writer().number(values[0]).number(values[1]).number(self.registered))
        self.awaited = None

    # --- what can be asked of it ----------------------------------------------------------------------------------

    def Ping(self, call: Incoming) -> None:
        self.reply(call)

    def Report(self, call: Incoming) -> None:
        """() -> (values since the last report, their checksum, characteristics of the last registration)."""
        self.report(call)

    def Await(self, call: Incoming) -> None:
        """(u) -> as ``Report``, as soon as there are that many values."""
        self.wait_for(u32(call.body)[0], lambda: self.report(call))

    def Watch(self, call: Incoming) -> None:
        """(u): answer at once, then wait for that many values, which bear a stamp; ``Delays`` tells."""
        (count,) = u32(call.body)
        sockets = [packets for packets in self.packets.values() if packets.sender == call.fields()[SENDER]]
        self.values.delays = self.delays = []
        self.reply(call)
        for packets in sockets:
            packets.wait_for(count)
        while len(self.delays) < count:
            self.receive()
        self.values.delays = None
        self.values.count = self.values.checksum = 0

    def Delays(self, call: Incoming) -> None:
        """() -> at: the nanoseconds from the stamp of each value to its arrival."""
        self.reply(call, "at", Writer().numbers(self.delays))

    def Subscribe(self, call: Incoming) -> None:
        """(o): call ``StartNotify`` of the caller's object."""
        self.call_back(call, CHARACTERISTIC, "StartNotify")
        self.reply(call)

    def Unsubscribe(self, call: Incoming) -> None:
        """(o): call ``StopNotify`` of the caller's object."""
        self.call_back(call, CHARACTERISTIC, "StopNotify")
        self.reply(call)

    def Acquire(self, call: Incoming) -> None:
        """(o): call ``AcquireNotify`` of the caller's object, and count what comes on its socket from now on."""
        packets = Packets(self.acquire(call, "AcquireNotify"), str(call.fields()[SENDER]), self.values)
        self.packets[packets.socket.fileno()] = packets
        self.poller.register(packets.socket, select.POLLIN)
        self.reply(call)

    def AcquireWriting(self, call: Incoming) -> None:
        """(o): call ``AcquireWrite`` of the caller's object; ``Pour``, of the same caller, writes into its socket."""
        outgoing = socket.socket(fileno=self.acquire(call, "AcquireWrite"))
        outgoing.settimeout(None)
        self.outgoing[str(call.fields()[SENDER])] = outgoing
        self.reply(call)

    def acquire(self, call: Incoming, member: str) -> int:
        made = _about(call, CHARACTERISTIC, member, "a{sv}", Writer().options(*OPTIONS))
        answer = self.exchange(made)
        if answer.kind != RETURN:
            sys.exit(f"{member} was refused: {answer.body!r}")
        return self.descriptors.pop(0)

    def Release(self, call: Incoming) -> None:
        """(): close all sockets."""
        for descriptor, packets in self.packets.items():
            self.poller.unregister(descriptor)
            packets.socket.close()
        self.packets.clear()
        for outgoing in self.outgoing.values():
            outgoing.close()
        self.outgoing.clear()
        self.reply(call)

    def GetManagedObjects(self, call: Incoming) -> None:
        """() -> a{oa{sa{sv}}}: no phone is connected, none has a bond."""
        self.reply(call, "a{oa{sa{sv}}}", Writer().number(0).number(0))

    def RegisterApplication(self, call: Incoming) -> None:
        """(oa{sv}): fetch the objects, as bluetoothd does before it answers."""
        answer = self.call_back(call, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        self.registered = answer.body.count(CHARACTERISTIC.encode())
        self.reply(call)

    def UnregisterApplication(self, call: Incoming) -> None:
        self.reply(call)

    def Read(self, call: Incoming) -> None:
        """(ouu) -> as ``Report``: read the caller's object so many times, so many of them under way."""
        self.drive(call, _about(call, CHARACTERISTIC, "ReadValue", "a{sv}", Writer().options(*OPTIONS)))

    def Write(self, call: Incoming) -> None:
        """(ouuay) -> as ``Report``: write the octets so many times, so many of them under way.

        If they are more than four, the first four are replaced by the number of each write.
        """
        begin = _after_path(call) + 12
        octets = call.body[begin : begin + u32(call.body, begin - 4)[0]]
        body = Writer().blob(octets).options(*OPTIONS)
        made = _about(call, CHARACTERISTIC, "WriteValue", "aya{sv}", body)
        self.drive(call, made, len(made) - len(body.octets) + 4 if len(octets) > 4 else None)

    def drive(self, call: Incoming, made: bytearray, number_at: int | None = None) -> None:
        """Call, count the answers and take what they carry into the checksum."""
        count, window = (u32(call.body, _after_path(call) + skipped)[0] for skipped in (0, 4))
        under_way: deque[int] = deque()
        for number in range(count):
            if len(under_way) == window:
                self.take_answer(under_way.popleft())
            if number_at is not None:
                made[number_at : number_at + 4] = number.to_bytes(4, "little")
            self.send(made)
            under_way.append(self.serial)
        for serial in under_way:
            self.take_answer(serial)
        self.report(call)

    def take_answer(self, serial: int) -> None:
        answer = self.answer(serial)
        self.values.count += answer.kind == RETURN
        self.values.checksum = crc32(answer.body[4:], self.values.checksum)

    def Pour(self, call: Incoming) -> None:
        """(uay) -> as ``Report``: write so many packets into the socket, until the other end has taken them all.

        The first four octets are replaced by the number of each packet.
        """
        outgoing = self.outgoing[str(call.fields()[SENDER])]
        send = outgoing.send
        for packet in _packets(u32(call.body)[0], call.body[8 : 8 + u32(call.body, 4)[0]]):
            send(packet)
            self.values.count += 1
        while _unread(outgoing):
            time.sleep(20e-6)
        self.report(call)


@cache
def _packets(count: int, octets: bytes) -> list[bytes]:
    return [number.to_bytes(4, "little") + octets[4:] for number in range(count)]


def _unread(sent_to: socket.socket) -> int:
    """Say how much memory the packets take that the other end has not taken yet."""
    amount = array.array("i", [0])
    fcntl.ioctl(sent_to, termios.TIOCOUTQ, amount)
    return amount[0]


def _call(destination: str, path: str, interface: str, member: str, signature: str = "") -> dict[int, str | int]:
    """Give the header of a method call."""
    fields: dict[int, str | int] = {DESTINATION: destination, PATH: path, INTERFACE: interface, MEMBER: member}
    return fields | ({SIGNATURE: signature} if signature else {})


def _about(call: Incoming, interface: str, member: str, signature: str = "", body: Writer | None = None) -> bytearray:
    """Give a call of a method of the object that *call* names."""
    fields = _call(str(call.fields()[SENDER]), _path(call), interface, member, signature)
    return message(CALL, 0, fields, body.octets if body else b"")


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
    made.serve()


if __name__ == "__main__":
    main(sys.argv[1])
