"""What the declared flavour does not permit is refused here, even where bluetoothd lets it through.

And whatever goes wrong in a handler is a definite ATT error on the phone and a traceback in the log.
"""

import asyncio
import logging

from gattschema import AttError, Notify, Peripheral, ReadWrite, Request, Service, UInt8, characteristic
from tests.lab.air import radio, refused

NOTIFY_ONLY, MOODY, SLOW = "AAAA", "AAAB", "AAAC"


class Moods(Service, uuid="1a3b0000-7e57-4c0d-8a11-0123456789ac"):
    notify_only: Notify[UInt8] = characteristic(default=1, uuid=NOTIFY_ONLY)
    moody: ReadWrite[UInt8] = characteristic(default=1, uuid=MOODY)
    slow: ReadWrite[UInt8] = characteristic(default=1, uuid=SLOW)

    @moody.on_read
    def _moody(self) -> int:
        raise RuntimeError("not today")

    @moody.on_write
    def _change_mood(self, value: int) -> None:
        raise AttError(0x90 + value)

    @slow.on_write
    async def _slow(self, value: int, request: Request) -> None:
        await asyncio.sleep(0.05)
        if value == 0:
            raise AttError(0x85, f"{request.device} over {request.link} with an MTU of {request.mtu}")


class Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


async def story() -> None:
    log = Log()
    logging.getLogger("gattschema").addHandler(log)
    logging.getLogger("gattschema").setLevel(logging.INFO)
    moods = Moods()
    async with radio() as air, Peripheral(moods, name="Moods"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Moods"))
        with refused(0x02):
            await peer.read(NOTIFY_ONLY)
        with refused(0x03):
            await peer.write(NOTIFY_ONLY, b"\x05")
        with refused(0x0E):
            await peer.read(MOODY)
        with refused(0x92):
            await peer.write(MOODY, b"\x02")
        with refused(0x85):
            await peer.write(SLOW, b"\x00")
        await peer.write(SLOW, b"\x07")
        assert (moods.notify_only, moods.slow) == (1, 7)
        await peer.disconnect()
    texts = [record.getMessage() for record in log.records]
    print(*texts, sep="\n")
    assert any(record.exc_info and "not today" in str(record.exc_info[1]) for record in log.records)
    assert any("F0:00:00:00:00:01 over LE with an MTU of " in text for text in texts), "the handler knows who asks"
