"""What of a design cannot be simulated yet, or only more simply than it was: said, and not refused."""

from __future__ import annotations

from collections.abc import Iterator

from .compounds import beside, not_on_file, usual
from .design import Design
from .people import let_in


def limits(design: Design) -> tuple[str, ...]:
    """Sentences about what this release cannot do with the design."""
    return tuple((*_compounds(design), *_rules(design), *_adaptive(design)))


def _compounds(design: Design) -> Iterator[str]:
    for name in not_on_file(design.compounds):
        yield f"{name} is not on file yet: nobody can be given it"
    given = {(one.compound, one.route) for arm in design.arms for one in arm.active if one.compound in beside()}
    for name, route in sorted(given):
        if route not in [one.route for one in usual(name)]:
            yield f"no dose of {name} by the {route} route is on file for people"


def _rules(design: Design) -> Iterator[str]:
    """Rules of eligibility that the population cannot be asked."""
    from ...person.population import population

    rules = design.eligibility
    asked = let_in(rules, population(design.population).sample(1, seed=1).covariates)
    for rule in ("age", "madrs_at_least", "prior_failures_at_least", "prior_failures_at_most"):
        if getattr(rules, rule) is not None and rule not in asked and rules.failures == "drawn":
            yield f"`{design.population}` does not know `{rule}`: everybody passes"
    for scale in rules.scores:
        yield f"`{design.population}` has no `{scale}` before treatment: everybody passes"
    if rules.suicidal_ideation:
        yield f"suicidal ideation is {rules.suicidal_ideation}: `{design.population}` does not know it of a person"


def _adaptive(design: Design) -> Iterator[str]:
    if design.kind == "steps":
        yield "steps are lived through in the sequence on file, whose tablets and weeks may differ from the document's"
    elif design.adaptive:
        yield "what people are given hangs on how they do, so that every way through an arm is simulated"
    if design.rescue is not None and not design.rescue.regimens:
        yield "what the rescue gives is not said in regimens: it marks people, and helps nobody"
