r"""The null model: eight numbers, a drug concentration, no mechanism.

The drug's free concentration in the brain (from the default body at its typical values) passes an effect compartment,
acts by an Emax curve, and moves two turnovers, one of mood and one of a marker that stands for whatever is measured
in the brain:

$\dot c_e = k_{e0}(c - c_e)$, $E = c_e^\gamma/(EC_{50}^\gamma + c_e^\gamma)$,
$\dot d = k_d((1 - e_d E) z - d)$, $\dot m = k_m(1 - s z + e_m E - m)$ with stress $z$.

It knows nothing of receptors, blockers, genes or metabolites: a manipulation changes nothing, and a drug other than
ketamine and its mirror forms cannot be asked. It is fitted to seen build observations only, and its uncertainty is that
of the fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution
from scipy.special import expit

from ...calibrate.questions.draws import Draws
from ...calibrate.questions.question import Contrast, Look, Question
from ...calibrate.questions.seen import RELATIVE, SIGNS, Seen
from ...calibrate.questions.sitting import Answer, Refusal
from ...chains import prior_chain
from ...core.chance import uniforms
from ...core.errors import RequestError
from ...hypothesis.experiment import Experiment
from .scoring import Paper, marked_paper

Floats = NDArray[np.float64]
NAMES = ("ke0", "ec50", "gamma", "k_mood", "e_mood", "k_marker", "e_marker", "s_marker")
BOUNDS = ((-3.0, 2.0), (-2.0, 1.5), (-0.3, 0.7), (-3.0, 1.0), (-2.0, 0.2), (-3.0, 1.0), (-2.0, 0.3), (-2.0, -0.05))
"""Decimal logarithms of the least and largest value of each parameter."""

FORMS = ("ketamine", "esketamine", "arketamine")
MOOD = ("despair", "fst_immobility")
_STEP, _WIDEST, _LONGEST = 1.0 / 32.0, 12.0, 720.0
GENERATIONS = 40
"""Generations of the search for the best values."""


@dataclass(frozen=True)
class Fitted:
    """The fit: the best values (decimal logarithms), draws around them, and its loss on build."""

    best: Floats
    draws: Floats
    loss: float


@cache
def hours() -> Floats:
    """The times of the null model's grid (h): fine at first, growing with the time since the dose."""
    made = [0.0]
    while made[-1] < _LONGEST:
        made.append(made[-1] + min(_WIDEST, max(_STEP, made[-1] / 10.0)))
    return np.array(made)


@cache
def concentration(experiment: Experiment) -> Floats:
    """Free ketamine in the brain (umol/L) over the grid, from the default body at its typical values.

    **Raises:** `RequestError` for another drug than ketamine and its mirror forms.
    """
    if experiment.drug is None:
        return np.zeros(len(hours()))
    if experiment.drug not in FORMS:
        raise RequestError("the null model knows the concentration of ketamine alone", given=experiment.drug)
    if experiment.route == "bath":
        return np.full(len(hours()), float(experiment.dose.split()[0]))
    ports = ("ce_ketamine_s", "ce_ketamine_r")
    bare = replace(experiment, under=(), beside=(), stress=1.0)
    found = bare.follow(prior_chain(experiment.species), tuple(hours()), ports)
    return np.asarray(sum(found.values()))


def courses(experiment: Experiment, logs: Floats) -> dict[str, Floats]:
    """Mood and marker (parameter sets x grid) of one experiment."""
    ke0, ec50, gamma, k_mood, e_mood, k_marker, e_marker, s_marker = (10.0**logs.T)[:, :, None]
    acting = _followed(np.broadcast_to(concentration(experiment), (len(logs), len(hours()))), ke0, 0.0)
    power = np.power(np.maximum(acting, 1e-12) / ec50, gamma)
    effect, z = power / (1.0 + power), experiment.stress
    mood = _followed((1.0 - e_mood * effect) * z, k_mood, z)
    marker = _followed(1.0 - s_marker * z + e_marker * effect, k_marker, 1.0 - s_marker * z)
    return {"mood": mood, "marker": marker}


def _followed(target: Floats, rate: Floats, begin: Floats | float) -> Floats:
    """The first-order course that follows a target, held constant over each step at its mean."""
    kept = np.exp(-rate * np.diff(hours())[None, :])
    middle = 0.5 * (target[:, 1:] + target[:, :-1])
    course = np.empty(target.shape)
    course[:, :1] = begin
    for i in range(target.shape[1] - 1):
        course[:, i + 1] = middle[:, i] + (course[:, i] - middle[:, i]) * kept[:, i]
    return course


class Null:
    """The null model at some parameter sets, as one that answers questions."""

    def __init__(self, logs: Floats):
        self.logs = np.atleast_2d(logs)
        self._courses: dict[Experiment, dict[str, Floats]] = {}

    def answers(self, asked: Iterable[Question]) -> dict[str, Answer | Refusal]:
        """The answer to every question, or why there is none."""
        return {q.id: self._answer(q) for q in asked}

    def _answer(self, question: Question) -> Answer | Refusal:
        reason = question.asked.not_askable or _unasked(question)
        if reason:
            return Refusal(reason)
        try:
            return self._told(question)
        except RequestError as failure:
            return Refusal(f"{failure.what}: {failure.given}")

    def _told(self, question: Question) -> Answer:
        if question.series:
            pairs = [(self._contrast(a), self._contrast(b)) for a, b in question.series]
            return Answer(_correlation(*(np.stack([p[i] for p in pairs]) for i in (0, 1))))
        if question.effect is None:
            raise RequestError("this question asks for nothing", given=question.id)
        effect = self._contrast(question.effect)
        reference = None if question.reference is None else self._contrast(question.reference)
        if question.asked.share_of_reference and reference is not None:
            return Answer(effect / reference)
        return Answer(effect, reference)

    def _contrast(self, contrast: Contrast) -> Floats:
        own, against = self._look(contrast.look), contrast.against
        if against is None:
            return contrast.sign * own
        other = self._look(against)
        return contrast.sign * ((own - other) / other if contrast.relative else own - other)

    def _look(self, look: Look) -> Floats:
        plain = replace(look.experiment, under=(), beside=())
        if plain not in self._courses:
            self._courses[plain] = courses(plain, self.logs)
        course = self._courses[plain]["mood" if look.ports[0] in MOOD else "marker"]
        read = course @ _reading(look.times)
        return np.asarray(read.max(1) if look.reads == "max" else read.mean(1))


@cache
def _reading(times: tuple[float, ...]) -> Floats:
    """The weights that read a course on the grid at some times, linear in between."""
    return np.stack([np.interp(times, hours(), unit) for unit in np.eye(len(hours()))])


def _correlation(a: Floats, b: Floats) -> Floats:
    x, y = a - a.mean(0), b - b.mean(0)
    size = np.sqrt((x**2).sum(0) * (y**2).sum(0))
    return np.where(size > 1e-9, (x * y).sum(0) / np.where(size > 1e-9, size, 1.0), 0.0)


def _unasked(question: Question) -> str:
    """A level without a control has no meaning in a model without receptors or cells."""
    levels = any(c.against is None for c in question.contrasts)
    return "the null model has no receptors and no cells, so no level of them" if levels else ""


def fit(questions: tuple[Question, ...], draws: Draws, generations: int = GENERATIONS) -> Fitted:
    """The null model fitted to seen build observations, and draws from its pseudo-posterior."""
    built = tuple(q for q in questions if q.role == "build" and q.mark == "seen" and not q.asked.not_askable)

    def losses(logs: Floats) -> Floats:
        return _loss(built, np.atleast_2d(logs))

    how = {"updating": "deferred", "seed": draws.seed, "maxiter": generations, "popsize": 6, "polish": False}
    found = differential_evolution(lambda x: losses(x.T), BOUNDS, vectorized=True, **how)
    return Fitted(np.asarray(found.x), _walked(losses, np.asarray(found.x), draws), float(found.fun))


def _loss(built: tuple[Question, ...], logs: Floats) -> Floats:
    """Minus the log of a pseudo-likelihood: how surely each observation is met, smooth in the parameters."""
    answers, total = Null(logs).answers(built), np.zeros(len(logs))
    for q in built:
        answer = answers[q.id]
        if isinstance(answer, Answer):
            total += _misfit(q.seen, answer.effect, answer.reference if q.beside else None)
    return total


def _misfit(seen: Seen, effect: Floats, reference: Floats | None) -> Floats:
    if seen.kind not in (*SIGNS, *RELATIVE):
        return np.asarray(0.5 * ((effect - seen.value) / seen.sd) ** 2).clip(max=10.0)
    scale = max(seen.tolerance, 1e-3)
    up, down = expit(4.0 * (effect / scale - 1.0)), expit(4.0 * (-effect / scale - 1.0))
    chances: Mapping[str, Floats] = {"up": up, "down": down, "none": (1.0 - up) * (1.0 - down)}
    if seen.kind in SIGNS:
        return np.asarray(-np.log(chances[seen.kind] + 1e-6))
    return np.asarray(-np.log(_beside(seen, effect, reference, up) + 1e-6))


def _beside(seen: Seen, effect: Floats, reference: Floats | None, there: Floats) -> Floats:
    stays = seen.kind in ("kept", "rescued")
    if reference is None:
        return there if stays else 1.0 - there
    scale = max(seen.tolerance, 1e-3)
    first = expit(4.0 * (reference / scale - 1.0))
    half = expit(4.0 * (effect - 0.5 * reference) / scale)
    return first * there * half if stays else first * (1.0 - half)


def _walked(loss: Callable[[Floats], Floats], best: Floats, draws: Draws, steps: int = 60) -> Floats:
    """Draws around the best values: one Metropolis walk each, all begun there."""
    people, bounds = draws.people, np.array(BOUNDS)
    at = np.tile(best, (len(people), 1))
    here = loss(at)
    for step in range(steps):
        moves = np.stack([uniforms(("null", draws.seed, step, i), people) for i in range(len(BOUNDS))], axis=1)
        new = np.clip(at + 0.4 * (moves - 0.5), bounds[:, 0], bounds[:, 1])
        there = loss(new)
        go = np.log(uniforms(("null", draws.seed, step, "go"), people)) < here - there
        at, here = np.where(go[:, None], new, at), np.where(go, there, here)
    return at


def null_paper(questions: tuple[Question, ...], draws: Draws) -> tuple[Fitted, Paper]:
    """The null model fitted and marked on every question."""
    fitted = fit(questions, draws)
    return fitted, marked_paper(questions, Null(fitted.draws).answers(questions))
