"""Environmental Sensing Service (0x181A)."""

from __future__ import annotations

from gattschema.schema import ABSENT, Indicate, ReadNotify, Service, characteristic
from gattschema.sig._characteristics.ammonia_concentration import AmmoniaConcentration
from gattschema.sig._characteristics.apparent_wind_direction import ApparentWindDirection
from gattschema.sig._characteristics.apparent_wind_speed import ApparentWindSpeed
from gattschema.sig._characteristics.barometric_pressure_trend import BarometricPressureTrend
from gattschema.sig._characteristics.carbon_monoxide_concentration import CarbonMonoxideConcentration
from gattschema.sig._characteristics.dew_point import DewPoint
from gattschema.sig._characteristics.elevation import Elevation
from gattschema.sig._characteristics.gust_factor import GustFactor
from gattschema.sig._characteristics.heat_index import HeatIndex
from gattschema.sig._characteristics.humidity import Humidity
from gattschema.sig._characteristics.irradiance import Irradiance
from gattschema.sig._characteristics.magnetic_declination import MagneticDeclination
from gattschema.sig._characteristics.magnetic_flux_density_2d import MagneticFluxDensity2D
from gattschema.sig._characteristics.magnetic_flux_density_3d import MagneticFluxDensity3D
from gattschema.sig._characteristics.methane_concentration import MethaneConcentration
from gattschema.sig._characteristics.nitrogen_dioxide_concentration import NitrogenDioxideConcentration
from gattschema.sig._characteristics.non_methane_volatile_organic_compounds_concentration import (
    NonMethaneVolatileOrganicCompoundsConcentration,
)
from gattschema.sig._characteristics.ozone_concentration import OzoneConcentration
from gattschema.sig._characteristics.particulate_matter_pm1_concentration import ParticulateMatterPm1Concentration
from gattschema.sig._characteristics.particulate_matter_pm2_5_concentration import ParticulateMatterPm25Concentration
from gattschema.sig._characteristics.particulate_matter_pm10_concentration import ParticulateMatterPm10Concentration
from gattschema.sig._characteristics.pollen_concentration import PollenConcentration
from gattschema.sig._characteristics.pressure import Pressure
from gattschema.sig._characteristics.rainfall import Rainfall
from gattschema.sig._characteristics.sulfur_dioxide_concentration import SulfurDioxideConcentration
from gattschema.sig._characteristics.sulfur_hexafluoride_concentration import SulfurHexafluorideConcentration
from gattschema.sig._characteristics.temperature import Temperature
from gattschema.sig._characteristics.true_wind_direction import TrueWindDirection
from gattschema.sig._characteristics.true_wind_speed import TrueWindSpeed
from gattschema.sig._characteristics.uv_index import UvIndex
from gattschema.sig._characteristics.wind_chill import WindChill
from gattschema.sig._manual.descriptor_value_changed import DescriptorValueChanged

__all__ = ["EnvironmentalSensing"]

SERVICES = {"EnvironmentalSensing": 0x181A}


class EnvironmentalSensing(Service, uuid=0x181A):
    """Weather, air, water and soil; at least one quantity (Environmental Sensing Service 1.0, section 3).

    A second sensor of one kind is a field of a subclass: ``cellar: ReadNotify[Temperature]`` with
    ``characteristic(uuid=0x2A6E)``.
    """

    descriptor_value_changed: Indicate[DescriptorValueChanged] = characteristic(default=ABSENT)
    """Mandatory where a client may change descriptors."""
    ammonia_concentration: ReadNotify[AmmoniaConcentration] = characteristic(default=ABSENT)
    apparent_wind_direction: ReadNotify[ApparentWindDirection] = characteristic(default=ABSENT)
    apparent_wind_speed: ReadNotify[ApparentWindSpeed] = characteristic(default=ABSENT)
    barometric_pressure_trend: ReadNotify[BarometricPressureTrend] = characteristic(default=ABSENT)
    carbon_monoxide_concentration: ReadNotify[CarbonMonoxideConcentration] = characteristic(default=ABSENT)
    dew_point: ReadNotify[DewPoint] = characteristic(default=ABSENT)
    elevation: ReadNotify[Elevation] = characteristic(default=ABSENT)
    gust_factor: ReadNotify[GustFactor] = characteristic(default=ABSENT)
    heat_index: ReadNotify[HeatIndex] = characteristic(default=ABSENT)
    humidity: ReadNotify[Humidity] = characteristic(default=ABSENT)
    irradiance: ReadNotify[Irradiance] = characteristic(default=ABSENT)
    magnetic_declination: ReadNotify[MagneticDeclination] = characteristic(default=ABSENT)
    magnetic_flux_density_2d: ReadNotify[MagneticFluxDensity2D] = characteristic(default=ABSENT)
    magnetic_flux_density_3d: ReadNotify[MagneticFluxDensity3D] = characteristic(default=ABSENT)
    methane_concentration: ReadNotify[MethaneConcentration] = characteristic(default=ABSENT)
    nitrogen_dioxide_concentration: ReadNotify[NitrogenDioxideConcentration] = characteristic(default=ABSENT)
    non_methane_volatile_organic_compounds_concentration: ReadNotify[
        NonMethaneVolatileOrganicCompoundsConcentration
    ] = characteristic(default=ABSENT)
    ozone_concentration: ReadNotify[OzoneConcentration] = characteristic(default=ABSENT)
    particulate_matter_pm10_concentration: ReadNotify[ParticulateMatterPm10Concentration] = characteristic(
        default=ABSENT
    )
    particulate_matter_pm1_concentration: ReadNotify[ParticulateMatterPm1Concentration] = characteristic(default=ABSENT)
    particulate_matter_pm2_5_concentration: ReadNotify[ParticulateMatterPm25Concentration] = characteristic(
        default=ABSENT
    )
    pollen_concentration: ReadNotify[PollenConcentration] = characteristic(default=ABSENT)
    pressure: ReadNotify[Pressure] = characteristic(default=ABSENT)
    rainfall: ReadNotify[Rainfall] = characteristic(default=ABSENT)
    sulfur_dioxide_concentration: ReadNotify[SulfurDioxideConcentration] = characteristic(default=ABSENT)
    sulfur_hexafluoride_concentration: ReadNotify[SulfurHexafluorideConcentration] = characteristic(default=ABSENT)
    temperature: ReadNotify[Temperature] = characteristic(default=ABSENT)
    true_wind_direction: ReadNotify[TrueWindDirection] = characteristic(default=ABSENT)
    true_wind_speed: ReadNotify[TrueWindSpeed] = characteristic(default=ABSENT)
    uv_index: ReadNotify[UvIndex] = characteristic(default=ABSENT)
    wind_chill: ReadNotify[WindChill] = characteristic(default=ABSENT)
