"""User Control Point (0x2A9F).

A handler tells operations apart with ``match`` and answers by giving the characteristic a ``Response``, which is
indicated. In a subclass of the service::

    from gattschema import opcode_of
    from gattschema.sig import user_control_point as cp

    @UserData.user_control_point.on_write
    def _asked(self, operation: cp.UserControlPoint) -> None:
        match operation:
            case cp.Consent(user_index=user):
                self.user_index = user
                result = cp.Result.SUCCESS
            case _:  # what is not done here, and UnknownOperation: an opcode that is nobody's
                result = cp.Result.OPCODE_NOT_SUPPORTED
        self.user_control_point = cp.Response(request=cp.Opcode(opcode_of(operation)), result=result)
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from gattschema.values import OpenEnum, Range, UInt8, UInt16, UnknownOperation, When, struct

__all__ = [
    "Consent",
    "ConsentCode",
    "DeleteUserData",
    "Opcode",
    "RegisterNewUser",
    "Response",
    "Result",
    "UnknownOperation",
    "UserControlPoint",
]

ALSO_IN_SIG = ("UserControlPoint",)

UUID_NUMBERS = {"UserControlPoint": 0x2A9F}


class Opcode(OpenEnum):
    """What is asked for."""

    REGISTER_NEW_USER = 0x01
    CONSENT = 0x02
    DELETE_USER_DATA = 0x03
    RESPONSE = 0x20


class Result(OpenEnum):
    """How it ended."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    OPERATION_FAILED = 0x04
    USER_NOT_AUTHORIZED = 0x05


ConsentCode: TypeAlias = Annotated[int, UInt16, Range(0, 9999)]
"""Four decimal digits."""


@struct(opcode=Opcode.REGISTER_NEW_USER)
class RegisterNewUser:
    """Make a user; the answer has the user's index."""

    consent_code: ConsentCode


@struct(opcode=Opcode.CONSENT)
class Consent:
    """Let this client see a user's data."""

    user_index: UInt8
    consent_code: ConsentCode


@struct(opcode=Opcode.DELETE_USER_DATA)
class DeleteUserData:
    """Delete the data of the user who consented."""


@struct(opcode=Opcode.RESPONSE)
class Response:
    """The answer to any of the others."""

    request: Opcode
    result: Result
    user_index: Annotated[
        int | None,
        UInt8,
        When(field="request", equals=Opcode.REGISTER_NEW_USER),
        When(field="result", equals=Result.SUCCESS),
    ] = None


UserControlPoint: TypeAlias = RegisterNewUser | Consent | DeleteUserData | Response | UnknownOperation
"""Users and their consent (User Data Service 1.0, section 3.4)."""
