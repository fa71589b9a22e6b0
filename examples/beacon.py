"""Two beacons at once: one has a link, the other a number that means something to an app of one's own.

It shows a ready-made beacon, and manufacturer data. It equals python-bluezero's `eddystone_url_beacon.py` and
`manufacturer_data_beacon.py`.
"""

from gattschema import Advertisement, serve
from gattschema.beacons import EddystoneUrl

shelf = Advertisement(connectable=False, manufacturer_data={0xFFFF: b"shelf 7"})

if __name__ == "__main__":
    serve(EddystoneUrl(url="https://example.com/", power=-20), shelf)
