"""A poster: for a minute phones nearby see a name, what sort of thing has it, and a service.

It shows an advertisement without anything behind it. It equals bluez-peripheral's page "Advertising Services".
"""

from gattschema import Advertisement, serve, sig

serve(Advertisement(name="Scales", services=["Weight Scale"], appearance=sig.appearance("weight_scale"), timeout=60))
