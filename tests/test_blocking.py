"""Programs without an event loop: start, stop, ``with``, serve; from any thread, and however the process ends."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from inspect import signature
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from dbus_fast import Variant

from gattschema import NoBlueZ, Notify, Peripheral, PeripheralError, ReadNotify, Service, UInt8, UInt16, characteristic
from gattschema import serve as serve_forever
from gattschema.events import AdapterChanged, BluezBack, BluezLost, Connected
from tests.fake_bluez import ANN, PATIENCE, Daemon, FakeBlueZ, FakeDevice, Refusal, heed_interrupts

LIFE = [
    "hci0 RegisterApplication",
    "hci0 RegisterAdvertisement",
    "hci0 UnregisterAdvertisement",
    "hci0 UnregisterApplication",
]


class Lamp(Service, uuid="AAD0"):
    level: ReadNotify[UInt8] = characteristic(default=1)
    step: Notify[UInt16] = characteristic(default=0, policy="every")


class Fan(Service, uuid="AAD1"):
    speed: ReadNotify[UInt8] = characteristic(default=2)


async def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function that blocks, in a thread of its own: BlueZ runs on the test's event loop."""
    async with asyncio.timeout(2 * PATIENCE):
        return await asyncio.to_thread(function, *arguments)


def our_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "gattschema"]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- start, stop, with, run --------------------------------------------------------------------------------------


async def test_with(bluez: FakeBlueZ) -> None:
    """The block begins when all is registered, and ends when all is taken back."""
    lamp = Lamp()

    def work() -> None:
        with Peripheral(lamp, name="Hall") as running:
            assert isinstance(running, Peripheral)
            assert bluez.calls == LIFE[:2]
            assert running.services == (lamp,)
            assert running.adapter.name == "hci0"
        assert bluez.calls == LIFE

    await apart(work)
    assert our_threads() == []


async def test_start_and_stop(bluez: FakeBlueZ) -> None:
    """So do they, as often as one likes; stopping what does not run is nothing."""
    running = Peripheral(Lamp())
    await apart(running.stop)
    for life in range(1, 4):
        await apart(running.start)
        assert len(our_threads()) == 1
        assert len(bluez.applications) == 1
        await apart(running.stop)
        await apart(running.stop)
        assert our_threads() == []
        assert bluez.calls == LIFE * life


async def test_nothing_is_left_behind(bluez: FakeBlueZ) -> None:
    """No thread, no connection, no event loop."""
    assert bluez.calls == []
    await apart(lambda: None)  # the executor's own thread stays
    before = open_files()
    for _ in range(3):
        running = Peripheral(Lamp())
        await apart(running.start)
        assert open_files() > before
        await apart(running.stop)
    assert open_files() == before


async def test_started_twice(bluez: FakeBlueZ) -> None:
    """It is refused, and the first start goes on; so it is from within ``async with``."""
    running = Peripheral(Lamp())
    await apart(running.start)
    with pytest.raises(RuntimeError, match="started already"):
        await apart(running.start)
    assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
    await apart(running.stop)
    assert bluez.calls == LIFE
    async with running:
        with pytest.raises(RuntimeError, match="runs already"):
            await apart(running.start)
        assert our_threads() == []
        assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"


@pytest.mark.usefixtures("system_bus")
async def test_what_entering_raises_start_raises() -> None:
    """In the thread that called it; the service is free, and it can be tried again."""
    running = Peripheral(lamp := Lamp())
    for _ in range(2):
        with pytest.raises(NoBlueZ, match="bluetoothd does not run"):
            await apart(running.start)
    assert our_threads() == []
    Peripheral(lamp)
    await apart(running.stop)


async def test_what_leaving_raises_stop_raises(bluez: FakeBlueZ) -> None:
    """And the thread is over all the same."""
    running = Peripheral(Lamp())
    await apart(running.start)
    bluez.refusals["UnregisterApplication"] = Refusal("org.bluez.Error.Failed", "not now")
    with pytest.raises(PeripheralError, match="not now"):
        await apart(running.stop)
    assert our_threads() == []
    bluez.refusals.clear()
    await apart(running.stop)
    await apart(running.start)
    await apart(running.stop)
    assert bluez.applications == {}


async def test_run(bluez: FakeBlueZ) -> None:
    """It waits for something asynchronous, and gives its result or what it raises."""
    lamp, fan = Lamp(), Fan()

    def work() -> None:
        with Peripheral(lamp) as running:
            running.run(running.add(fan))
            assert running.services == (lamp, fan)
            assert len(bluez.applications) == 2
            assert running.run(asyncio.sleep(0, "result")) == "result"
            with pytest.raises(ValueError, match="is not served here"):
                running.run(running.remove(Fan()))
            future: asyncio.Future[int] = running.run(_future())
            assert future.done()

    await apart(work)
    assert bluez.applications == {}


async def _future() -> asyncio.Future[int]:
    made: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    made.set_result(1)
    return made


async def test_run_needs_a_start(bluez: FakeBlueZ) -> None:
    """Before it and behind it the error says what to write, and so it does on the loop, which would wait forever."""
    running = Peripheral(Lamp())
    caught: list[str] = []

    def run(_: Connected) -> None:
        work = asyncio.sleep(0)
        try:
            running.run(work)
        except RuntimeError as error:
            caught.append(str(error))
        work.close()

    for life in range(2):
        work = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match=r"is for what start\(\) has started"):
            running.run(work)
        work.close()
        await apart(running.start)
        await bluez.settled()
        if not life:
            running.on(Connected, run)
        bluez.tell_device(ANN, connected=False)
        bluez.tell_device(ANN, connected=True)
        await bluez.settled()
        await apart(running.stop)
    assert caught[-1] == "run() waits for the event loop that it is called on; write: await …"


@pytest.mark.usefixtures("bluez")
async def test_run_ends_with_a_stop() -> None:
    """Whatever another thread still waits for when all is stopped, it is told so, and waits no longer."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    running = Peripheral(Lamp())

    async def forever() -> None:
        loop.call_soon_threadsafe(begun.set)
        await asyncio.Event().wait()

    await apart(running.start)
    waiting = asyncio.create_task(apart(lambda: running.run(forever())))
    await begun.wait()
    await apart(running.stop)
    with pytest.raises(RuntimeError, match=r"was stopped while run\(\) waited; call stop\(\) when"):
        await waiting


@pytest.mark.usefixtures("bluez")
async def test_run_at_any_moment_of_a_stop() -> None:
    """It gives its result or says that all was stopped, and leaves nothing that was never awaited."""
    running = Peripheral(Lamp())
    ends: list[str] = []

    def ask() -> None:
        while True:
            work = asyncio.sleep(0)
            try:
                running.run(work)
            except RuntimeError as error:
                ends.append(str(error))
                work.close()
                return

    for life in range(1, 11):
        await apart(running.start)
        threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        await apart(running.stop)
        for thread in threads:
            await apart(thread.join, PATIENCE)
        assert len(ends) == 4 * life
    assert all("stopped while run() waited" in end or "is for what start()" in end for end in ends)


def test_serve_takes_what_a_peripheral_takes() -> None:
    """All of it, with the same defaults."""
    assert signature(serve_forever).parameters == signature(Peripheral).parameters


async def test_from_within_a_running_loop() -> None:
    """Blocking it would stop everything: refused, before anything is done, with what to write instead."""
    for call in (Peripheral(Lamp()).start, Peripheral(Lamp()).__enter__, lambda: serve_forever(Lamp())):
        with pytest.raises(TypeError, match=r"blocks; .* write: async with Peripheral"):
            call()
    assert our_threads() == []


async def test_handlers_and_events_run_in_its_thread(bluez: FakeBlueZ) -> None:
    """All of them in the same one, so that they need no locks among themselves."""
    threads: set[str] = set()

    class Busy(Service, uuid="AAD2"):
        level: ReadNotify[UInt8] = characteristic(init=False)

        @level.on_read
        async def _level(self) -> int:
            threads.add(threading.current_thread().name)
            return 1

    running = Peripheral(Busy())
    running.on(Connected, lambda _: threads.add(threading.current_thread().name))
    await apart(running.start)
    assert await bluez.read(bluez.path(Busy.level.uuid)) == b"\x01"
    await apart(running.stop)
    assert threads == {"gattschema"}


async def test_threads_assign_while_bluez_comes_and_goes(system_bus: Daemon) -> None:
    """From any thread, at any moment; the newest value is what is read at last, and it is heard."""
    lamp = Lamp()
    running = Peripheral(lamp)
    lost, back, done = asyncio.Event(), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    running.on(BluezLost, lambda _: loop.call_soon_threadsafe(lost.set))
    running.on(BluezBack, lambda _: loop.call_soon_threadsafe(back.set))
    failures: list[BaseException] = []

    def assign(first: int) -> None:
        number = first
        try:
            while not done.wait(0.0005):
                number = (number + 1) % 200
                lamp.level = number
        except BaseException as error:  # noqa: BLE001  (what the test looks for)
            failures.append(error)

    bluez = await FakeBlueZ(devices={ANN: FakeDevice()}).join(system_bus.address)
    await apart(running.start)
    threads = [threading.Thread(target=assign, args=(first,)) for first in (0, 100)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        await bluez.start_notify(bluez.path(Lamp.level.uuid))
        await bluez.until(bluez.heard.__len__)
        await bluez.leave()
        async with asyncio.timeout(PATIENCE):
            await lost.wait()
        bluez = await FakeBlueZ(devices={ANN: FakeDevice()}).join(system_bus.address)
        async with asyncio.timeout(PATIENCE):
            await back.wait()
        lost.clear()
        back.clear()
    done.set()
    for thread in threads:
        await apart(thread.join)
    path = bluez.path(Lamp.level.uuid)
    await bluez.start_notify(path)
    await apart(setattr, lamp, "level", 222)
    await bluez.until(lambda: bluez.values[-1:] == [bytes([222])])
    assert await bluez.read(path) == bytes([222])
    await apart(running.stop)
    assert failures == []
    await bluez.leave()


# --- processes ---------------------------------------------------------------------------------------------------

HEAD = """
import asyncio, contextlib, os, signal, sys, threading
from gattschema import Peripheral, PeripheralError, ReadNotify, Service, UInt8, characteristic, serve

class Fan(Service, uuid="AAE2"):
    speed: ReadNotify[UInt8] = characteristic(default=2)

class Lamp(Service, uuid="AAE1"):
    level: ReadNotify[UInt8] = characteristic(default=1)

    @level.on_read
    async def _level(self):
        return 1
"""

SERVE = """
serve(Lamp(), name="Lamp")
print("after")
"""
UNTIL_SIGNAL = """
async def main():
    async with Peripheral(Lamp(), name="Lamp") as running:
        await running.until_signal()
        print("inside")
    print("after")

asyncio.run(main())
"""
RUNNING = {"serve": (SERVE, b"after\n"), "until_signal": (UNTIL_SIGNAL, b"inside\nafter\n")}

Act = Callable[[asyncio.subprocess.Process], Awaitable[None]]


async def run_script(folder: Path, source: str, act: Act) -> tuple[int | None, bytes]:
    """Run a script with all of Python's warnings shown; give its exit code and all that it printed."""
    script = folder / "script.py"
    script.write_text(HEAD + dedent(source))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "always", str(script)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=Path(__file__).parents[1],
        preexec_fn=heed_interrupts,
    )
    try:
        await act(process)
        async with asyncio.timeout(4 * PATIENCE):
            printed, _ = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return process.returncode, printed


async def at_last(bluez: FakeBlueZ, what: Callable[[], object]) -> None:
    """Wait until a script, which has to start first, has made *what* true."""
    async with asyncio.timeout(4 * PATIENCE):
        while not what():
            bluez._news.clear()
            await bluez._news.wait()


async def is_served(bluez: FakeBlueZ) -> None:
    """Wait until the script serves, and its event loop has had a turn since."""
    await at_last(bluez, lambda: bluez.advertisements)
    assert await bluez.read(list(bluez.objects)[1]) == b"\x01"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", RUNNING)
async def test_a_signal_ends_it(bluez: FakeBlueZ, tmp_path: Path, way: str, number: signal.Signals) -> None:
    """In good order: exit code 0, nothing left registered, the program goes on behind it."""
    script, expected = RUNNING[way]

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        process.send_signal(number)

    assert await run_script(tmp_path, script, interrupt) == (0, expected)
    assert bluez.calls == LIFE
    assert bluez.applications == bluez.advertisements == {}


async def test_a_second_ctrl_c(bluez: FakeBlueZ, tmp_path: Path) -> None:
    """Who does not want to wait for BlueZ's answers presses it again: the process ends soon."""
    bluez.silent.add("UnregisterAdvertisement")

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        process.send_signal(signal.SIGINT)
        await bluez.until(lambda: LIFE[2] in bluez.calls)
        process.send_signal(signal.SIGINT)

    async with asyncio.timeout(2 * PATIENCE):
        code, printed = await run_script(tmp_path, SERVE, interrupt)
    assert (code, printed) == (0, b"after\n")
    await bluez.until(lambda: not bluez.applications)


async def test_a_signal_while_bluez_is_away(bluez: FakeBlueZ, tmp_path: Path) -> None:
    """There is nothing to take back."""

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        await bluez.leave()
        process.send_signal(signal.SIGTERM)

    code, printed = await run_script(tmp_path, SERVE, interrupt)
    assert code == 0
    assert printed.endswith(b"after\n")
    assert b"Traceback" not in printed


@pytest.mark.parametrize("ending", ["pass", "sys.exit(3)", "1 / 0"])
async def test_python_ends_without_a_stop(bluez: FakeBlueZ, tmp_path: Path, ending: str) -> None:
    """All is taken back, however the main thread ends."""
    script = f"""
        running = Peripheral(Lamp())
        running.start()
        {ending}
    """

    async def wait(_: asyncio.subprocess.Process) -> None: ...

    code, printed = await run_script(tmp_path, script, wait)
    assert code == {"pass": 0, "sys.exit(3)": 3, "1 / 0": 1}[ending]
    assert bluez.calls == LIFE
    assert (b"ZeroDivisionError" in printed) is ("0" in ending)
    assert b"never" not in printed


async def test_ctrl_c_in_a_with_block(bluez: FakeBlueZ, tmp_path: Path) -> None:
    """KeyboardInterrupt leaves the block like any exception: all is taken back before Python tells of it."""
    script = """
        with Peripheral(Lamp()):
            threading.Event().wait()
    """

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        process.send_signal(signal.SIGINT)

    code, printed = await run_script(tmp_path, script, interrupt)
    assert code == -signal.SIGINT
    assert b"KeyboardInterrupt" in printed
    assert bluez.calls == LIFE


TERMINATED = {
    "events": """
        async def main() -> None:
            async with Peripheral(Lamp()) as running:
                async for _ in running.events():
                    pass

        asyncio.run(main())
    """,
    "asleep": """
        async def main() -> None:
            async with Peripheral(Lamp()):
                await asyncio.sleep(1000)

        asyncio.run(main())
    """,
    "after until_signal": """
        waited = asyncio.Event()

        class Patient(Lamp):
            async def _level(self):
                await waited.wait()
                return 1

        async def main() -> None:
            async with Peripheral(Patient()) as running:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await running.until_signal()
                waited.set()
                await asyncio.sleep(1000)

        asyncio.run(main())
    """,
    "with": """
        with Peripheral(Lamp()):
            threading.Event().wait()
    """,
    "busy": """
        with Peripheral(lamp := Lamp()):
            while True:
                lamp.level = 1
    """,
}


@pytest.mark.parametrize("way", TERMINATED)
async def test_sigterm_ends_what_does_not_expect_it(bluez: FakeBlueZ, tmp_path: Path, way: str) -> None:
    """Blocks are left, all is taken back, and the exit code is 0: systemd's stop is no failure."""

    async def terminate(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        process.send_signal(signal.SIGTERM)

    code, printed = await run_script(tmp_path, TERMINATED[way], terminate)
    assert (code, printed) == (0, b"")
    assert bluez.calls == LIFE


RAISED = {
    "raise_signal": "signal.raise_signal(signal.SIGTERM)",
    "interrupt_main": "_thread.interrupt_main(signal.SIGTERM)",
}


@pytest.mark.parametrize("way", RAISED)
@pytest.mark.parametrize(
    ("source", "expected"),
    [*RUNNING.values(), (TERMINATED["asleep"], b"")],
    ids=[*RUNNING, "asleep"],
)
async def test_a_signal_that_another_thread_raises(
    bluez: FakeBlueZ, tmp_path: Path, source: str, expected: bytes, way: str
) -> None:
    """It wakes an event loop that sleeps, though the thread of the loop is not interrupted."""
    now = tmp_path / "now"
    script = f"""
        import _thread, pathlib, time

        def wait() -> None:
            while not pathlib.Path({str(now)!r}).exists():
                time.sleep(0.2)
            {RAISED[way]}

        threading.Thread(target=wait, daemon=True).start()
    """

    async def touch(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        now.touch()
        async with asyncio.timeout(PATIENCE / 2):
            await process.wait()

    assert await run_script(tmp_path, dedent(script) + dedent(source), touch) == (0, expected)
    assert bluez.calls == LIFE


@pytest.mark.usefixtures("bluez")
async def test_a_handler_of_the_loops_own_for_sigurg() -> None:
    """It is left alone, as it wakes the loop already."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGURG, told.set)
    try:
        async with asyncio.timeout(PATIENCE), Peripheral(Lamp()):
            signal.raise_signal(signal.SIGURG)
            await told.wait()
    finally:
        loop.remove_signal_handler(signal.SIGURG)


OVERLAPPING = {
    "async with": """
        async def main() -> None:
            async with contextlib.AsyncExitStack() as first:
                await first.enter_async_context(Peripheral(Fan()))
                async with Peripheral(Lamp()):
                    await first.aclose()
                    print("first over", flush=True)
                    await asyncio.sleep(1000)

        asyncio.run(main())
    """,
    "start": """
        first, second = Peripheral(Fan()), Peripheral(Lamp())
        first.start()
        second.start()
        first.stop()
        print("first over", flush=True)
        threading.Event().wait()
    """,
    "a failed start": """
        with Peripheral(Lamp()):
            with contextlib.suppress(PeripheralError):
                Peripheral(Fan(), adapter="hci7").start()
            print("first over", flush=True)
            threading.Event().wait()
    """,
    "both": """
        async def main() -> None:
            async with Peripheral(Lamp()):
                print("first over", flush=True)
                await asyncio.sleep(1000)

        with Peripheral(Fan()):
            asyncio.run(main())
    """,
}


@pytest.mark.parametrize("way", OVERLAPPING)
async def test_sigterm_belongs_to_all_that_run(bluez: FakeBlueZ, tmp_path: Path, way: str) -> None:
    """It ends them in good order until the last one is left, whoever came first, and whoever did not get far."""

    async def terminate(process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async with asyncio.timeout(4 * PATIENCE):
            assert await process.stdout.readline() == b"first over\n"
        process.send_signal(signal.SIGTERM)

    assert await run_script(tmp_path, OVERLAPPING[way], terminate) == (0, b"")
    assert bluez.calls.count("hci0 UnregisterApplication") == bluez.calls.count("hci0 RegisterApplication")


@pytest.mark.usefixtures("bluez")
async def test_the_last_one_gives_sigterm_back() -> None:
    """Whatever the order in which blocks end."""
    before = signal.getsignal(signal.SIGTERM)
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        await first.enter_async_context(Peripheral(Lamp()))
        within = signal.getsignal(signal.SIGTERM)
        await second.enter_async_context(Peripheral(Fan()))
        await first.aclose()
        assert signal.getsignal(signal.SIGTERM) is within
        await second.aclose()
        assert before == signal.getsignal(signal.SIGTERM) != within


@pytest.mark.usefixtures("bluez")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_all_who_wait_for_a_signal_are_told(tmp_path: Path, number: signal.Signals) -> None:
    """One signal is enough for all of them, and none is lost behind them."""
    script = """
        waiting = {Lamp: asyncio.Event(), Fan: asyncio.Event()}

        async def one(service) -> None:
            async with Peripheral(service(), name="x") as running:
                waiting[service].set()
                await running.until_signal()

        async def main() -> None:
            both = asyncio.gather(one(Lamp), one(Fan))
            for event in waiting.values():
                await event.wait()
            print("waiting", flush=True)
            await both
            print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)

        asyncio.run(main())
    """

    async def tell(process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async with asyncio.timeout(4 * PATIENCE):
            assert await process.stdout.readline() == b"waiting\n"
        process.send_signal(number)

    assert await run_script(tmp_path, script, tell) == (0, b"True\n")


@pytest.mark.usefixtures("bluez")
async def test_a_block_that_ends_while_another_waits(tmp_path: Path) -> None:
    """What SIGTERM does behind until_signal() is what it does for the blocks that are left then."""
    script = """
        async def main() -> None:
            async with contextlib.AsyncExitStack() as first:
                running = await first.enter_async_context(Peripheral(Fan()))
                waiting = asyncio.create_task(running.until_signal())
                await asyncio.sleep(0)
                async with Peripheral(Lamp()):
                    await first.aclose()
                    signal.raise_signal(signal.SIGTERM)
                    await waiting
                    print("told", flush=True)
                    await asyncio.sleep(1000)

        asyncio.run(main())
    """

    async def terminate(process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async with asyncio.timeout(4 * PATIENCE):
            assert await process.stdout.readline() == b"told\n"
        process.send_signal(signal.SIGTERM)

    assert await run_script(tmp_path, script, terminate) == (0, b"")


@pytest.mark.usefixtures("bluez")
async def test_a_handler_of_the_loops_own() -> None:
    """It is called during until_signal(), too, and behind it as before."""
    told: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.put_nowait, "told")
    try:
        async with asyncio.timeout(4 * PATIENCE), Peripheral(Lamp()) as running:
            waiting = asyncio.create_task(running.until_signal())
            await asyncio.sleep(0)
            for _ in range(2):
                signal.raise_signal(signal.SIGTERM)
                assert await told.get() == "told"
                await waiting
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 0)])
async def test_a_signal_while_start_waits(bluez: FakeBlueZ, tmp_path: Path, number: signal.Signals, code: int) -> None:
    """BlueZ does not answer: that is not waited for, and the signal is all that is told."""
    bluez.silent.add("RegisterApplication")
    script = """
        with Peripheral(Lamp()):
            print("never")
    """

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        await at_last(bluez, lambda: LIFE[0] in bluez.calls)
        process.send_signal(number)
        async with asyncio.timeout(2 * PATIENCE):
            await process.wait()

    returned, printed = await run_script(tmp_path, script, interrupt)
    assert returned == code
    assert (b"KeyboardInterrupt" in printed) is (number is signal.SIGINT)
    assert b"never" not in printed
    assert b"another exception" not in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_what_waits_is_sent_at_a_signal(bluez: FakeBlueZ, tmp_path: Path, number: signal.Signals) -> None:
    """asyncio's shutdown cancels the program's tasks, and does not take the bus from the blocks that they leave."""
    bluez.held_pings = []
    script = """
        from gattschema.events import Subscribed

        class Counter(Service, uuid="AAE3"):
            count: ReadNotify[UInt8] = characteristic(default=0, policy="every")

            @count.on_read
            async def _count(self):
                return 1

        async def main() -> None:
            subscribed = asyncio.Event()
            peripheral = Peripheral(counter := Counter())
            peripheral.on(Subscribed, lambda _: subscribed.set())
            async with peripheral:
                await subscribed.wait()
                for number in range(200):
                    counter.count = number
                print("assigned", flush=True)
                try:
                    await asyncio.sleep(1000)
                finally:
                    print("leaving", flush=True)

        asyncio.run(main())
    """

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        await is_served(bluez)
        await bluez.start_notify(list(bluez.objects)[1])
        async with asyncio.timeout(4 * PATIENCE):
            assert await process.stdout.readline() == b"assigned\n"
            process.send_signal(number)
            assert await process.stdout.readline() == b"leaving\n"
        bluez.release_pings()

    await run_script(tmp_path, script, interrupt)
    assert [octets for _, octets in bluez.heard] == [bytes([number]) for number in range(200)]
    assert bluez.calls == LIFE


@pytest.mark.parametrize("block", ["with Peripheral(Lamp()): told.wait(9)", "asyncio.run(main())"])
async def test_a_handler_of_the_programs_own(bluez: FakeBlueZ, tmp_path: Path, block: str) -> None:
    """It stays the one that is called, within the block and behind it."""
    script = f"""
        told = threading.Event()
        handler = lambda *_: told.set()
        signal.signal(signal.SIGTERM, handler)

        async def main() -> None:
            async with Peripheral(Lamp()):
                while not told.is_set():
                    await asyncio.sleep(0.01)

        {block}
        assert signal.getsignal(signal.SIGTERM) is handler
        print("told", told.is_set())
    """

    async def terminate(process: asyncio.subprocess.Process) -> None:
        await is_served(bluez)
        process.send_signal(signal.SIGTERM)

    assert await run_script(tmp_path, script, terminate) == (0, b"told True\n")
    assert bluez.calls == LIFE


@pytest.mark.usefixtures("bluez")
async def test_signals_belong_to_the_main_thread() -> None:
    """Waiting for them elsewhere is refused, and says where to wait; before entering it is refused, too."""
    running = Peripheral(Lamp())
    with pytest.raises(RuntimeError, match="nothing runs yet"):
        await running.until_signal()

    def work() -> None:
        with running:
            running.run(running.until_signal())

    with pytest.raises(RuntimeError, match=r"main thread alone; wait there, with serve\(…\)"):
        await apart(work)


async def test_stopped_by_itself(bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture) -> None:
    """A handler cannot stop what it runs on: it is told so, and all goes on."""
    loop = asyncio.get_running_loop()
    running = Peripheral(Lamp())

    @running.on(Connected)
    def stop(_: Connected) -> None:
        loop.call_soon_threadsafe(loop.call_later, 0.05, bluez._news.set)
        running.stop()

    await apart(running.start)
    await bluez.until(lambda: caplog.records)
    assert "call it on the one that started" in caplog.text
    assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
    await apart(running.stop)
    assert bluez.calls == LIFE


async def test_stopped_by_a_thread_that_it_waits_for(bluez: FakeBlueZ) -> None:
    """A handler cannot stop it by asyncio.to_thread() either, whose threads end before the event loop does."""
    running, refused = Peripheral(Lamp()), asyncio.Queue[RuntimeError]()
    loop = asyncio.get_running_loop()

    async def stop(_: AdapterChanged) -> None:
        try:
            await asyncio.to_thread(running.stop)
        except RuntimeError as error:
            loop.call_soon_threadsafe(refused.put_nowait, error)

    running.on(AdapterChanged, stop)
    await apart(running.start)
    bluez.change_adapter(bluez.adapter, Discoverable=Variant("b", True))  # noqa: FBT003  (a D-Bus value)
    async with asyncio.timeout(PATIENCE):
        assert "call it on the one that started" in str(await refused.get())
    assert await bluez.read(bluez.path(Lamp.level.uuid)) == b"\x01"
    await apart(running.stop)
    assert our_threads() == []
    assert bluez.calls == LIFE
