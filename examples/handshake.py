"""A handshake: choose how phones pair, begin to pair in the phone's settings, and see what both sides are asked.

It shows three pairing agents: one lets everybody in, one asks, one shows a passkey. It equals bluez-peripheral's page
"Pairing".
"""

import asyncio

from gattschema import pairing, serve, sig

battery = sig.Battery(battery_level=100)


async def is_same(passkey: str) -> bool:
    return await asyncio.to_thread(input, f"Does the phone show {passkey}, too? ") == "yes"


if __name__ == "__main__":
    agents = [pairing.JustWorks(), pairing.Confirm(is_same), pairing.DisplayPasskey(print)]
    serve(battery, name="Handshake", pairing=agents[int(input("0 to let in, 1 to compare, 2 to show a passkey: "))])
