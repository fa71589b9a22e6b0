"""Record Access Control Point (0x2A52).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import record_access_control_point as cp

    @Glucose.record_access_control_point.on_write
    def _asked(self, operation: cp.RecordAccessControlPoint) -> None:
        match operation:
            case cp.AbortOperation():
                self.sending = False
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.record_access_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import Count, DateTime, Octets, OpenEnum, UInt16, UnknownOperation, struct

__all__ = [
    "AbortOperation",
    "CombinedReport",
    "CombinedReportResponse",
    "DeleteStoredRecords",
    "FilterByNumber",
    "FilterByTime",
    "NumberOfStoredRecordsResponse",
    "Opcode",
    "Operand",
    "Operator",
    "RecordAccessControlPoint",
    "RecordFilter",
    "ReportNumberOfStoredRecords",
    "ReportStoredRecords",
    "Response",
    "Result",
    "UnknownOperation",
]

ALSO_IN_SIG = ("FilterByNumber", "FilterByTime", "RecordAccessControlPoint", "RecordFilter")

UUID_NUMBERS = {"RecordAccessControlPoint": 0x2A52}


class Opcode(OpenEnum):
    """What is asked for, or answered."""

    REPORT_STORED_RECORDS = 0x01
    DELETE_STORED_RECORDS = 0x02
    ABORT_OPERATION = 0x03
    REPORT_NUMBER_OF_STORED_RECORDS = 0x04
    NUMBER_OF_STORED_RECORDS_RESPONSE = 0x05
    RESPONSE = 0x06
    COMBINED_REPORT = 0x07
    COMBINED_REPORT_RESPONSE = 0x08


class Operator(OpenEnum):
    """Which records are meant; the operand has the bounds."""

    NULL = 0x00
    ALL_RECORDS = 0x01
    LESS_THAN_OR_EQUAL_TO = 0x02
    GREATER_THAN_OR_EQUAL_TO = 0x03
    WITHIN_RANGE_OF = 0x04
    FIRST_RECORD = 0x05
    LAST_RECORD = 0x06


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_OPERATOR = 0x03
    OPERATOR_NOT_SUPPORTED = 0x04
    INVALID_OPERAND = 0x05
    NO_RECORDS_FOUND = 0x06
    ABORT_UNSUCCESSFUL = 0x07
    PROCEDURE_NOT_COMPLETED = 0x08
    OPERAND_NOT_SUPPORTED = 0x09
    SERVER_BUSY = 0x0A


Operand: TypeAlias = Annotated[bytes, Octets(max=18)]
"""Whatever the service defines; where that is a filter, ``encode(RecordFilter, …)`` makes it."""


@struct(opcode=0x01)
class FilterByNumber:
    """By sequence number (glucose) or by minutes since the session began (continuous glucose monitoring)."""

    bounds: Annotated[tuple[UInt16, ...], Count(min=1, max=2)]
    """One for the operators with one bound, the lower and the upper one for ``WITHIN_RANGE_OF``."""


@struct(opcode=0x02)
class FilterByTime:
    """By the time that the user sees: base time and offset together."""

    bounds: Annotated[tuple[DateTime, ...], Count(min=1, max=2)]
    """One for the operators with one bound, the lower and the upper one for ``WITHIN_RANGE_OF``."""


RecordFilter: TypeAlias = FilterByNumber | FilterByTime
"""The operand of the glucose services (Glucose Service 1.0, section 3.4), filter type first."""


@struct(opcode=Opcode.REPORT_STORED_RECORDS)
class ReportStoredRecords:
    """Send the records."""

    operator: Operator = Operator.ALL_RECORDS
    operand: Operand = b""


@struct(opcode=Opcode.DELETE_STORED_RECORDS)
class DeleteStoredRecords:
    """Delete the records."""

    operator: Operator = Operator.ALL_RECORDS
    operand: Operand = b""


@struct(opcode=Opcode.ABORT_OPERATION)
class AbortOperation:
    """Stop what is under way."""

    operator: Operator = Operator.NULL


@struct(opcode=Opcode.REPORT_NUMBER_OF_STORED_RECORDS)
class ReportNumberOfStoredRecords:
    """Say how many records there are."""

    operator: Operator = Operator.ALL_RECORDS
    operand: Operand = b""


@struct(opcode=Opcode.NUMBER_OF_STORED_RECORDS_RESPONSE)
class NumberOfStoredRecordsResponse:
    """How many records there are."""

    operator: Operator = Operator.NULL
    number: UInt16


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to the others, where they have none of their own."""

    operator: Operator = Operator.NULL
    request: Opcode
    result: Result


@struct(opcode=Opcode.COMBINED_REPORT)
class CombinedReport:
    """Send the records and say how many there were."""

    operator: Operator = Operator.ALL_RECORDS
    operand: Operand = b""


@struct(opcode=Opcode.COMBINED_REPORT_RESPONSE)
class CombinedReportResponse:
    """How many records were sent."""

    operator: Operator = Operator.NULL
    number: UInt16


RecordAccessControlPoint: TypeAlias = (
    ReportStoredRecords
    | DeleteStoredRecords
    | AbortOperation
    | ReportNumberOfStoredRecords
    | NumberOfStoredRecordsResponse
    | Response
    | CombinedReport
    | CombinedReportResponse
    | UnknownOperation
)
"""Reports, counts and deletes stored records (Glucose Service 1.0, section 3.4).

The specification leaves the width of a number of records to the service; here it is two octets, as in the glucose,
blood pressure and pulse oximeter services.
"""
