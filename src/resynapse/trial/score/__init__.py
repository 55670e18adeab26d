"""The measured score: what a rater writes down, of which the drug's effect is only one part."""

from .belief import Told, bang, believe, expected_of, guesses, weigh
from .expectancy import LEAST_LEFT, expectancy, keeping, nonspecific, pull, room, seen_often
from .items import ITEMS, items
from .measured import Course, Draws, drawn, measured, wobble
from .scales import converted, convertible
from .sensations import SENSATIONS, Felt, ever, feeling
from .values import Feel, Values, digest, facts, feel, homes, left_values, sensing, values

__all__ = [
    "ITEMS",
    "LEAST_LEFT",
    "SENSATIONS",
    "Course",
    "Draws",
    "Feel",
    "Felt",
    "Told",
    "Values",
    "bang",
    "believe",
    "converted",
    "convertible",
    "digest",
    "drawn",
    "ever",
    "expectancy",
    "expected_of",
    "facts",
    "feel",
    "feeling",
    "guesses",
    "homes",
    "items",
    "keeping",
    "left_values",
    "measured",
    "nonspecific",
    "pull",
    "room",
    "seen_often",
    "sensing",
    "values",
    "weigh",
    "wobble",
]
