"""Weight Scale (0x181D) and Body Composition (0x181B) Services."""

from __future__ import annotations

from gattschema.schema import PRESENT, Indicate, Read, Service, characteristic
from gattschema.sig._characteristics.body_composition_feature import BodyCompositionFeature
from gattschema.sig._characteristics.body_composition_measurement import BodyCompositionMeasurement
from gattschema.sig._characteristics.weight_measurement import WeightMeasurement
from gattschema.sig._characteristics.weight_scale_feature import WeightScaleFeature

__all__ = ["BodyComposition", "WeightScale"]

SERVICES = {"WeightScale": 0x181D, "BodyComposition": 0x181B}


class WeightScale(Service, uuid=0x181D):
    """A bathroom scale (Weight Scale Service 1.0, section 3)."""

    weight_scale_feature: Read[WeightScaleFeature]
    weight_measurement: Indicate[WeightMeasurement] = characteristic(default=PRESENT)


class BodyComposition(Service, uuid=0x181B):
    """What a body is made of (Body Composition Service 1.0, section 3)."""

    body_composition_feature: Read[BodyCompositionFeature]
    body_composition_measurement: Indicate[BodyCompositionMeasurement] = characteristic(default=PRESENT)
