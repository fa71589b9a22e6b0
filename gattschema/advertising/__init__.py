"""What phones hear without connecting: advertisements as annotated classes, to the octet. Knows nothing of D-Bus."""

from gattschema.advertising._advertisement import Advertisement, ScanResponse
from gattschema.advertising._base import AdvertLink
from gattschema.advertising._budget import check
from gattschema.advertising._fields import Attribute, attribute, manufacturer_data, service_data
from gattschema.advertising._host import Host
from gattschema.advertising._layout import Layout, Row
from gattschema.advertising._structures import Packet
from gattschema.advertising._waiting import Ends, Waiting, let_go

__all__ = [
    "AdvertLink",
    "Advertisement",
    "Attribute",
    "Ends",
    "Host",
    "Layout",
    "Packet",
    "Row",
    "ScanResponse",
    "Waiting",
    "attribute",
    "check",
    "let_go",
    "manufacturer_data",
    "service_data",
]
