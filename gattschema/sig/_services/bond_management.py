"""Bond Management Service (0x181E)."""

from __future__ import annotations

from gattschema.schema import Read, Service, Write, characteristic
from gattschema.sig._manual.bond_management import BondManagementControlPoint, BondManagementFeature

__all__ = ["BondManagement"]

SERVICES = {"BondManagement": 0x181E}


class BondManagement(Service, uuid=0x181E):
    """Lets a phone delete bonds (Bond Management Service 1.0, section 3)."""

    bond_management_control_point: Write[BondManagementControlPoint] = characteristic(init=False, security="encrypted")
    bond_management_feature: Read[BondManagementFeature] = characteristic(security="encrypted")
