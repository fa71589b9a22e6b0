"""Keeps what a peripheral consists of on the air: begins, comes back after every loss, and takes everything back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import attrs

from gattschema._errors import AdvertisementError, NoBus, PeripheralError
from gattschema._notify import notify
from gattschema.advertising import Waiting, check, let_go

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gattschema.advertising import Advertisement, Host
    from gattschema.bluez import Away, Contents, Session
    from gattschema.link import Adapter
    from gattschema.schema import Service

PAUSES = (0.1, 2.0)
"""Seconds between two attempts to come back: at first, and at most."""

logger = logging.getLogger("gattschema.peripheral")


class Keeper:
    """One life of a peripheral; made by :meth:`begin`."""

    def __init__(self, contents: Contents, session: Session) -> None:
        self.contents = contents
        self.session: Session | None = session
        """``None`` while something is lost."""
        self.adapter: Adapter = session.adapter
        """The one used last."""
        self.changing = asyncio.Lock()
        """Held while something is registered or taken back."""
        self._host: Host = session.host
        """What it could advertise when it was lost."""
        self._task = asyncio.get_running_loop().create_task(self._keep(session))
        self._task.add_done_callback(_tell_end)

    @classmethod
    async def begin(cls, contents: Contents) -> Keeper:
        """Put everything on the air.

        Raises:
            PeripheralError: something is missing, or refused.
        """
        from gattschema.bluez import begin_session  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        session = await begin_session(contents)
        try:
            await session.register()
        except BaseException:
            await session.close()
            raise
        notify("READY=1\nSTATUS=on the air")
        return cls(contents, session)

    async def end(self) -> None:
        """Take everything back, also if it is cancelled meanwhile."""
        self._task.cancel()
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(notify, "STATUS=off the air")
            stack.callback(self.contents.end)
            stack.push_async_callback(self._close)
            stack.push_async_callback(asyncio.wait, [self._task])
            await asyncio.wait([self._task])

    async def _close(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.close()

    @staticmethod
    def _forget(services: Iterable[Service]) -> None:
        """Keep nothing more for phones that were subscribed before a loss."""
        from gattschema.bluez import forget_kept  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        for service in services:
            forget_kept(service)

    # --- changes, made by whoever holds the lock ------------------------------------------------------------------

    async def serve(self, services: Sequence[Service]) -> None:
        """Serve more, by an application of their own."""
        from gattschema.bluez import included_first  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        group = list(services)
        if self.session is not None:
            await self.session.serve(group)
        else:
            included_first(group)  # raises what registering would
        self.contents.groups.append(group)

    async def stop_serving(self, service: Service) -> None:
        """Serve one no more."""
        from gattschema.bluez import check_not_included  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        group = next(group for group in self.contents.groups if service in group)
        session = self.session
        try:
            if session is not None:
                await session.stop_serving(service)
            else:
                check_not_included(service, group)
                group.remove(service)
        finally:
            if session is not None and not session.serves(service):
                group.remove(service)
            if service not in group:
                self._forget([service])
            self.contents.groups = [one for one in self.contents.groups if one]

    def includers_first(self, services: Sequence[Service]) -> list[Service]:
        """Give *services* in the order in which they can be taken back."""
        from gattschema.bluez import included_first  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        ordered = [one for group in self.contents.groups for one in included_first(group)]
        return [one for one in reversed(ordered) if one in services]

    async def advertise(self, advertisement: Advertisement) -> None:
        """Put one more on the air."""
        if self.session is not None:
            await self.session.advertise(advertisement)
        else:
            _let_wait(advertisement, self._host)
        self.contents.advertisements.append(advertisement)

    async def stop_advertising(self, advertisement: Advertisement) -> None:
        """Take one off the air, if nobody else has done so meanwhile."""
        if advertisement in self.contents.advertisements:
            self.contents.advertisements.remove(advertisement)  # first: what BlueZ releases now, the program removes
        try:
            if self.session is not None:
                await self.session.stop_advertising(advertisement)
        finally:
            let_go(advertisement)

    async def open_pairing(self, seconds: float) -> None:
        """Open the window of the pairing agent, now or for the time that is left of it when BlueZ is back."""
        async with self.changing:  # a return that is on its way has read how long it is open
            if self.session is not None:
                await self.session.open_pairing(seconds)
            else:
                self.contents.keep_open(seconds)

    # --- losses ---------------------------------------------------------------------------------------------------

    async def _keep(self, session: Session) -> None:
        from gattschema.bluez import Away  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        while True:
            loss = await session.lost
            away = Away(self.contents.hub, session.adapter)
            async with self.changing:
                self.session, self._host = None, session.host
                await session.abandon()
            away.lose(loss)
            notify(f"STATUS=off the air: {loss.value} is gone")
            try:
                session = await self._return(away)
                away.end(session.adapter)
            finally:
                away.forget_held()
            notify("STATUS=on the air")

    async def _return(self, away: Away) -> Session:
        """Try until everything is registered again."""
        from gattschema.bluez import Loss  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        pause, longest = PAUSES
        while True:
            try:
                return await self._begin_again(away)
            except PeripheralError as error:
                if isinstance(error, NoBus):
                    away.lose(Loss.BUS)
                away.note(error)
            except Exception:
                logger.exception("not back yet, and this should not happen")
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _begin_again(self, away: Away) -> Session:
        from gattschema.bluez import begin_session  # noqa: PLC0415  (importing gattschema must not load dbus-fast)

        session = await begin_session(self.contents, away)
        try:
            async with self.changing:
                await session.register(is_return=True)
                self.session, self.adapter = session, session.adapter
        except asyncio.CancelledError:
            self.session = session  # which end() closes
            raise
        except BaseException:
            await session.abandon()
            raise
        return session


def _let_wait(advertisement: Advertisement, host: Host) -> None:
    """Let one go on the air of *host* when BlueZ is back.

    Raises:
        AdvertisementError: what registering would raise: it is there already, or does not fit.
    """
    name = type(advertisement).__name__
    if advertisement._gatt_link is not None:  # noqa: SLF001  (the slot that says so)
        raise AdvertisementError(f"this {name} is there already, and comes back with BlueZ", f"{name}(…), another one")
    host = attrs.evolve(host, left=None)  # how many there is room for then, nobody knows now
    check(advertisement, host)
    advertisement._gatt_link = Waiting(host)  # noqa: SLF001


def _tell_end(task: asyncio.Task[None]) -> None:
    """Say that nothing will come back any more, if nobody has asked for that."""
    if task.cancelling():
        return
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if not isinstance(error, SystemExit | KeyboardInterrupt):
        logger.critical("what is lost does not come back from now on, and this should not happen", exc_info=error)
