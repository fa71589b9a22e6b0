"""Generated code can be read: by ``inspect.getsource``, in tracebacks and in a debugger."""

import ast
import inspect
import linecache
import traceback
from typing import Annotated, Any

import pytest

from gattschema import Notify, Read, Service, UInt8, UInt16, UInt24, Utf8, characteristic, struct, values
from gattschema._source import compile_functions


@struct
class Sample:
    number: UInt16
    count: UInt24
    label: Annotated[str, Utf8(max=5)]


class Meter(Service, uuid="FFF0"):
    rate: Notify[UInt16]
    name: Read[UInt8] = characteristic(init=False)

    @name.on_read
    def _name(self) -> int:
        msg = "no name"
        raise LookupError(msg)


@pytest.mark.parametrize("step", ["pack", "unpack"])
def test_the_codec_of_a_struct_can_be_read(step: str) -> None:
    """``inspect.getsource`` shows one function that names the fields."""
    source = inspect.getsource(getattr(values.codec(Sample), step))
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == step
    for field in ("number", "count", "label"):
        assert field in source


@pytest.mark.parametrize("hint", [UInt24, bool], ids=["uint24", "bool"])
def test_the_codec_of_a_scalar_can_be_read(hint: Any) -> None:
    """Where there is code around ``Struct.pack`` it can be seen, too."""
    made = values.codec(hint)
    assert inspect.getsource(made.pack).startswith("def pack(value):\n")
    assert inspect.getsource(made.unpack).startswith("def unpack(octets):\n")


def test_the_accessors_of_a_field_can_be_read() -> None:
    """The getter and the setter of a characteristic are functions of its own, named after it."""
    rate: Any = Meter.rate
    assert inspect.getsource(rate.fget).startswith("def get_rate(service):\n")
    setter = inspect.getsource(rate.fset)
    assert setter.startswith("def set_rate(service, value):\n")
    assert "'Meter.rate'" in setter


def test_a_traceback_shows_the_generated_line() -> None:
    """An error that passes through generated code has a file name that says what it is, and the line's text."""
    meter = Meter(rate=1)
    with pytest.raises(LookupError) as caught:
        _ = meter.name
    frames = traceback.extract_tb(caught.value.__traceback__)
    (generated,) = [frame for frame in frames if frame.filename.startswith("<gattschema ")]
    assert "Meter.name" in generated.filename
    assert generated.name == "get_name"
    assert generated.line == "return compute(service)"


def test_a_traceback_through_a_struct_shows_its_line() -> None:
    """So does one from within the codec of a struct."""
    with pytest.raises(TypeError) as caught:
        values.codec(Sample).pack(3)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename.startswith("<gattschema ")
    assert "Sample" in last.filename
    assert last.line == "raise TypeError"


def test_the_source_outlives_a_check_of_the_cache() -> None:
    """Debuggers call ``linecache.checkcache``; generated code is no file that has gone."""
    before = inspect.getsource(values.codec(Sample).pack)
    linecache.checkcache()
    assert inspect.getsource(values.codec(Sample).pack) == before


def test_two_compilations_of_one_title_are_two_files() -> None:
    """Classes of one name show each their own code."""
    one = compile_functions("same", "def made():\n    return 1\n", {})["made"]
    two = compile_functions("same", "def made():\n    return 2\n", {})["made"]
    assert (one(), two()) == (1, 2)
    assert inspect.getsource(one) != inspect.getsource(two)


def test_only_what_was_defined_comes_out() -> None:
    """Functions that come in as names do not come out as results."""
    made = compile_functions("names", "def made():\n    return given()\n", {"given": lambda: 5})
    assert list(made) == ["made"]
    assert made["made"]() == 5
