"""What electricity emits."""

from energylabel.records.base import NonNegative, Record


class CarbonIntensity(Record):
    """Yearly mean of a country's grid, from CodeCarbon's offline table (g CO2e per kWh)."""

    country: str
    grams_per_kwh: NonNegative
    source: str
