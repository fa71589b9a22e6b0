"""A clipboard: what one phone wrote is what the next one reads.

It shows the least that a service of one's own takes. It equals the program of bless's page "Usage".
"""

from typing import Annotated

from gattschema import Octets, ReadWrite, Service, characteristic, serve


class Clipboard(Service, namespace="example.com"):
    content: ReadWrite[Annotated[bytes, Octets(max=500)]] = characteristic(default=b"")


if __name__ == "__main__":
    serve(Clipboard(), name="Clipboard")
