"""The measured score: what a rater writes down, of which the drug's effect is only one part."""

from .belief import Felt, Told, bang, believe, expected_of, feeling, guesses, weigh
from .expectancy import expectancy, keeping, nonspecific, pull, seen_often
from .items import ITEMS, items
from .measured import Course, Draws, Setting, drawn, measured, wobble
from .scales import converted, convertible
from .values import Feel, Values, digest, facts, feel, values

__all__ = [
    "ITEMS",
    "Course",
    "Draws",
    "Feel",
    "Felt",
    "Setting",
    "Told",
    "Values",
    "bang",
    "believe",
    "converted",
    "convertible",
    "digest",
    "drawn",
    "expectancy",
    "expected_of",
    "facts",
    "feel",
    "feeling",
    "guesses",
    "items",
    "keeping",
    "measured",
    "nonspecific",
    "pull",
    "seen_often",
    "values",
    "weigh",
    "wobble",
]
