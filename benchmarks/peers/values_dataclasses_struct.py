"""The same values with dataclasses-struct: layouts that never change are all that it has."""

import dataclasses_struct as dcs


@dcs.dataclass_struct(size="std", byteorder="little")
class Four:
    kind: dcs.U8
    one: dcs.U16
    two: dcs.U16
    three: dcs.U16


CODINGS = {"struct B,H,H,H": (Four.pack, Four(1, 1000, 2000, 40000), Four.from_packed)}
