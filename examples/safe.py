"""A safe: what a phone may do depends on its link, on what it did before and on what is going on.

It shows security, authorization, the request and ATT errors, for which bluez-peripheral's page "Creating a Service" has
tables: attribute flags, access options, legal errors. For "authenticated" people type a passkey into the phone,
which the pairing agent prints.
"""

import asyncio
from typing import Annotated

from gattschema import (
    AttError,
    ProcedureAlreadyInProgress,
    ReadWrite,
    Request,
    Service,
    UInt32,
    Utf8,
    Write,
    characteristic,
    serve,
)
from gattschema.pairing import DisplayPasskey


class Safe(Service, namespace="example.com"):
    code: Write[UInt32] = characteristic(init=False, security={"write": "authenticated"})
    contents: ReadWrite[Annotated[str, Utf8(max=200)]] = characteristic(default="", security="encrypted")
    wheel = asyncio.Lock()
    owner = ""

    @code.on_write
    async def _turn(self, code: int, request: Request) -> None:
        async with self.wheel:
            await asyncio.sleep(1)
        if code != 4711:
            raise AttError(0x81, f"{request.device} tries {code:04}")
        self.owner = request.device

    @contents.on_authorize
    def _is_owner(self, request: Request) -> bool:
        if self.wheel.locked():
            raise ProcedureAlreadyInProgress("the wheel turns")
        return request.device == self.owner


if __name__ == "__main__":
    serve(Safe(), name="Safe", pairing=DisplayPasskey(print))
