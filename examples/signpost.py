"""A signpost: phones read a text and what it is about, and leave a message for whoever keeps it.

It shows a characteristic that is only read, one that is only written, and a descriptor that is read. It equals the
quickstart of bluez-peripheral 0.1.7.
"""

from typing import Annotated, TypeAlias

from gattschema import Read, Service, Utf8, Write, characteristic, descriptor, serve

Text: TypeAlias = Annotated[str, Utf8(max=60)]


class Signpost(Service, namespace="example.com"):
    text: Read[Text] = characteristic(default="Summit 2 h")
    note: Read[Text] = descriptor(of=text, default="Only in summer")
    message: Write[Text] = characteristic(init=False)


if __name__ == "__main__":
    serve(Signpost(), name="Signpost")
