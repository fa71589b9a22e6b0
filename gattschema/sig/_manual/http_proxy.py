"""The HTTP Proxy Service: 0x2AB6 to 0x2ABB."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from gattschema.values import Octets, OpenEnum, UInt16, Utf8, struct

__all__ = [
    "HttpControlPoint",
    "HttpDataStatus",
    "HttpEntityBody",
    "HttpHeaders",
    "HttpStatusCode",
    "HttpsSecurity",
    "Uri",
]

UUID_NUMBERS = {
    "Uri": 0x2AB6,
    "HttpHeaders": 0x2AB7,
    "HttpStatusCode": 0x2AB8,
    "HttpEntityBody": 0x2AB9,
    "HttpControlPoint": 0x2ABA,
    "HttpsSecurity": 0x2ABB,
}

Uri: TypeAlias = Annotated[str, Utf8(max=512)]
"""Where the request goes (HTTP Proxy Service 1.0, section 3, URI)."""
HttpHeaders: TypeAlias = Annotated[bytes, Octets(max=512)]
"""Headers of the request or the answer (HTTP Proxy Service 1.0, section 3, HTTP Headers)."""
HttpEntityBody: TypeAlias = Annotated[bytes, Octets(max=512)]
"""The body of the request or the answer (HTTP Proxy Service 1.0, section 3, HTTP Entity Body)."""
HttpsSecurity: TypeAlias = bool
"""Whether the server's certificate was checked and found good (HTTP Proxy Service 1.0, section 3, HTTPS Security)."""


class HttpControlPoint(OpenEnum):
    """The request to make (HTTP Proxy Service 1.0, section 3, HTTP Control Point)."""

    HTTP_GET = 0x01
    HTTP_HEAD = 0x02
    HTTP_POST = 0x03
    HTTP_PUT = 0x04
    HTTP_DELETE = 0x05
    HTTPS_GET = 0x06
    HTTPS_HEAD = 0x07
    HTTPS_POST = 0x08
    HTTPS_PUT = 0x09
    HTTPS_DELETE = 0x0A
    CANCEL = 0x0B


class HttpDataStatus(enum.IntFlag):
    """What there is of the answer."""

    HEADERS_RECEIVED = 0x01
    HEADERS_TRUNCATED = 0x02
    BODY_RECEIVED = 0x04
    BODY_TRUNCATED = 0x08


@struct
class HttpStatusCode:
    """How the request ended (HTTP Proxy Service 1.0, section 3, HTTP Status Code)."""

    status_code: UInt16
    data_status: HttpDataStatus = HttpDataStatus(0)
