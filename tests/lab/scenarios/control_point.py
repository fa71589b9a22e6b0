"""A ready-made control point: every request is answered by just one indication, even a request that nobody knows.

It is the Fitness Machine Control Point (Fitness Machine Service 1.0, section 4.16). Its handler sees structs and
answers with one; what is no request at all is an ATT error, and the handler never hears of it.
"""

import asyncio
from typing import Any

from gattschema import Peripheral, UnknownOperation, encode
from gattschema.sig import (
    FitnessMachine,
    FitnessMachineControlPoint,
    FitnessMachineFeature,
    MachineFeature,
    TargetSettingFeature,
    fitness_machine_status,
)
from gattschema.sig import fitness_machine_control_point as ftms
from tests.lab.air import Heard, Peer, radio, refused

FEATURE, CONTROL_POINT, STATUS = "2ACC", "2AD9", "2ADA"
Result = ftms.Result


class Bike(FitnessMachine):
    """It obeys whoever asked for control, and sets nothing but the power."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.controlled = False
        self.seen: list[FitnessMachineControlPoint] = []

    @FitnessMachine.fitness_machine_control_point.on_write
    def _obey(self, operation: FitnessMachineControlPoint) -> None:
        self.seen.append(operation)
        asked = ftms.Opcode(encode(FitnessMachineControlPoint, operation)[0])
        if asked is ftms.Opcode.SPIN_DOWN_CONTROL:
            speeds = {"target_speed_low": 8.0, "target_speed_high": 32.5}
            self.fitness_machine_control_point = ftms.Response(request=asked, result=Result.SUCCESS, **speeds)
        else:
            self.fitness_machine_control_point = ftms.Response(request=asked, result=self._done(operation))

    def _done(self, operation: FitnessMachineControlPoint) -> Result:
        match operation:
            case UnknownOperation():
                return Result.OPCODE_NOT_SUPPORTED
            case ftms.RequestControl():
                self.controlled = True
            case _ if not self.controlled:
                return Result.CONTROL_NOT_PERMITTED
            case ftms.SetTargetPower(power=power) if not 0 <= power <= 500:
                return Result.INVALID_PARAMETER
            case ftms.SetTargetPower(power=power):
                self.fitness_machine_status = fitness_machine_status.TargetPowerChanged(power=power)
            case _:
                return Result.OPCODE_NOT_SUPPORTED
        return Result.SUCCESS


async def ask(peer: Peer, answers: Heard, request: str, answer: str) -> None:
    """One request, and just one answer: nothing else follows it."""
    before = len(answers.values)
    await peer.write(CONTROL_POINT, bytes.fromhex(request))
    await answers.wait(before + 1)
    await asyncio.sleep(0.1)
    heard = [value.hex(" ") for value in answers.values[before:]]
    print(f"asked {request}, answered {', '.join(heard)}")
    assert heard == [bytes.fromhex(answer).hex(" ")]


async def what_is_known(peer: Peer, answers: Heard, bike: Bike) -> None:
    """Control has to be asked for; then the power can be set, within limits; phones hear of what was set."""
    status = await peer.subscribe(STATUS)
    await ask(peer, answers, "05 FA00", "80 05 05")
    await ask(peer, answers, "00", "80 00 01")
    await ask(peer, answers, "05 FA00", "80 05 01")
    await ask(peer, answers, "05 F501", "80 05 03")
    await ask(peer, answers, "13 01", "80 13 01 2003 B20C")
    assert await status.wait(1) == [bytes.fromhex("08 FA00")]
    assert bike.seen[1:3] == [ftms.RequestControl(), ftms.SetTargetPower(power=250)]


async def what_is_not(peer: Peer, answers: Heard, bike: Bike) -> None:
    """What the machine does not do and what nobody knows are answered alike."""
    await ask(peer, answers, "06 78", "80 06 02")
    await ask(peer, answers, "7F 0102", "80 7F 02")
    assert bike.seen[-2:] == [ftms.SetTargetHeartRate(heart_rate=120), UnknownOperation(opcode=0x7F, operand=b"\1\2")]


async def what_is_no_request(peer: Peer, answers: Heard, bike: Bike) -> None:
    """Too short, too long, or nothing: the phone learns it at once, and nobody else."""
    seen, answered = len(bike.seen), len(answers.values)
    for octets in ("", "05", "05 FA", "05 FA00 00", "11 0000"):
        with refused(0x0D):
            await peer.write(CONTROL_POINT, bytes.fromhex(octets))
    assert (len(bike.seen), len(answers.values)) == (seen, answered)


async def story() -> None:
    bike = Bike(
        fitness_machine_feature=FitnessMachineFeature(
            machine=MachineFeature.CADENCE | MachineFeature.POWER_MEASUREMENT,
            target_setting=TargetSettingFeature.POWER | TargetSettingFeature.SPIN_DOWN_CONTROL,
        ),
        fitness_machine_status=fitness_machine_status.Reset(),
    )
    async with radio() as air, Peripheral(bike, name="Bike"):
        phone = await air.phone("Ann")
        peer = await phone.connect(await phone.find(name="Bike", uuid="1826"))
        assert peer.offers("1826") == ["2ACC: read", "2AD9: write, indicate; 2902", "2ADA: notify; 2902"], peer.tree()
        assert await peer.read(FEATURE) == bytes.fromhex("02400000 08800000")
        answers = await peer.subscribe(CONTROL_POINT)
        await what_is_known(peer, answers, bike)
        await what_is_not(peer, answers, bike)
        await what_is_no_request(peer, answers, bike)
        await peer.disconnect()
