"""Ratios between gattschema and what one would write by hand, both measured in one run."""
