"""Plans as pages for people: what a service offers, and what its octets mean."""

from gattschema.docs._index import file_name, index
from gattschema.docs._page import markdown

__all__ = ["file_name", "index", "markdown"]
