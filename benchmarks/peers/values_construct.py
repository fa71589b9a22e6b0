"""The same values with construct, compiled. It leaves numbers raw, so that it has less to do than the others."""

from construct import Container, GreedyRange, If, IfThenElse, Int8ul, Int16sl, Int16ul, Int32ul, Struct, this

WHEEL = Struct("revolutions" / Int32ul, "time" / Int16ul)
CRANK = Struct("revolutions" / Int16ul, "time" / Int16ul)
HEART_RATE = Struct(
    "flags" / Int8ul,
    "heart_rate" / IfThenElse(this.flags & 1, Int16ul, Int8ul),
    "energy" / If(this.flags & 8, Int16ul),
    "intervals" / If(this.flags & 16, GreedyRange(Int16ul)),
).compile()
CYCLING_POWER = Struct(
    "flags" / Int16ul,
    "power" / Int16sl,
    "balance" / If(this.flags & 1, Int8ul),
    "torque" / If(this.flags & 4, Int16ul),
    "wheel" / If(this.flags & 16, WHEEL),
    "crank" / If(this.flags & 32, CRANK),
    "forces" / If(this.flags & 64, Struct("high" / Int16sl, "low" / Int16sl)),
    "torques" / If(this.flags & 128, Struct("high" / Int16sl, "low" / Int16sl)),
    "top" / If(this.flags & 512, Int16ul),
    "bottom" / If(this.flags & 1024, Int16ul),
    "energy" / If(this.flags & 2048, Int16ul),
).compile()
FOUR = Struct("kind" / Int8ul, "one" / Int16ul, "two" / Int16ul, "three" / Int16ul).compile()
HUMIDITY = Int16ul.compile()

CODINGS = {
    "Heart Rate": (
        HEART_RATE.build,
        Container(flags=0x18, heart_rate=72, energy=100, intervals=[851, 819]),
        HEART_RATE.parse,
    ),
    "Cycling Power": (
        CYCLING_POWER.build,
        Container(
            flags=0x30,
            power=210,
            wheel=Container(revolutions=1000, time=2048),
            crank=Container(revolutions=50, time=1024),
            **dict.fromkeys(("balance", "torque", "forces", "torques", "top", "bottom", "energy")),
        ),
        CYCLING_POWER.parse,
    ),
    "struct B,H,H,H": (FOUR.build, Container(kind=1, one=1000, two=2000, three=40000), FOUR.parse),
    "scaled u16": (HUMIDITY.build, 5037, HUMIDITY.parse),
}
