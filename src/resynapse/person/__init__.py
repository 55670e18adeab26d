"""People: values that differ between persons and occasions, drawn so that nobody's draw depends on the others."""

from .draw import drawn_occasion, drawn_people

__all__ = ["drawn_occasion", "drawn_people"]
