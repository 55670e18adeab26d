"""Despair: the latent state behind mood, with suicidal ideation and anhedonia as states of their own."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class Despair(AbstractStage):
    r"""What synapses and the habenula mean for mood, each relative to the depressed resting state (ill = 1, well = 0).

    $\tau_D \dot D = 1 + m\,((w_L\,\ell + w_A (1-A) + w_S (1-S))/D_{ref} - 1) - D$ with surface AMPA
    receptors $A$, spines $S$ and habenula output $\ell$. Suicidal ideation weighs habenula and
    AMPA receptors and moves within hours; anhedonia weighs habenula and spines, the reward side, and moves within
    half a day.

    **Reads:** `ampar_surface`, `spine_density`, `lhb_output`. **Writes:** `despair`, `suicidal_ideation`, `anhedonia`.

    **Parameters:** `despair_ref`, `ideation_ref` and `anhedonia_ref` are the same sums at full stress without drug, so
    that each state is 1 there; `expression` scales what reaches mood (opioid tone).

    **Assumes:** linear sums; weights hand-set from rodents. Ideation and anhedonia weights are this project's own.

    **Source:** founding notes (`resynapse2026mood`); Price 2014, Wilkinson 2018, Grunebaum 2018 for the speed of
    ideation, Lally 2014 for anhedonia.
    """

    w_a: Array = parameter("1", "weight of surface AMPA receptors in despair", (0.0, 10.0))
    w_s: Array = parameter("1", "weight of spines in despair", (0.0, 10.0))
    w_l: Array = parameter("1", "weight of the habenula in despair", (0.0, 10.0))
    tau_d: Array = parameter("h", "time constant of despair", (0.01, 100.0))
    expression: Array = parameter("1", "share of relief that reaches mood (opioid tone)", (0.0, 2.0))
    ideation_w_a: Array = parameter("1", "weight of surface AMPA receptors in ideation", (0.0, 10.0))
    ideation_w_l: Array = parameter("1", "weight of the habenula in ideation", (0.0, 10.0))
    tau_ideation: Array = parameter("h", "time constant of ideation", (0.01, 200.0))
    anhedonia_w_s: Array = parameter("1", "weight of spines in anhedonia", (0.0, 10.0))
    anhedonia_w_l: Array = parameter("1", "weight of the habenula in anhedonia", (0.0, 10.0))
    tau_anhedonia: Array = parameter("h", "time constant of anhedonia", (0.01, 500.0))
    despair_ref: Array = parameter("1", "despair sum in the depressed resting state", (1e-3, 100.0))
    ideation_ref: Array = parameter("1", "ideation sum in the depressed resting state", (1e-3, 100.0))
    anhedonia_ref: Array = parameter("1", "anhedonia sum in the depressed resting state", (1e-3, 100.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("ampar_surface", "1"), Port("spine_density", "1"), Port("lhb_output", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (
            Port("despair", "1", "despair", range=(-1.0, 2.0), rest=0.0),
            Port("suicidal_ideation", "1", "suicidal ideation", range=(-1.0, 2.0), rest=0.0),
            Port("anhedonia", "1", "anhedonia", range=(-1.0, 2.0), rest=0.0),
        )

    def initial(self, ill: bool = False) -> State:
        level = jnp.asarray(1.0 if ill else 0.0)
        return {"despair": level, "suicidal_ideation": level, "anhedonia": level}

    def sums(self, inputs: Inputs) -> Signals:
        """The three weighted sums that the states follow, before they are divided by their value in illness."""
        ampar, spines, habenula = 1.0 - inputs["ampar_surface"], 1.0 - inputs["spine_density"], inputs["lhb_output"]
        return {
            "despair": self.w_l * habenula + self.w_a * ampar + self.w_s * spines,
            "suicidal_ideation": self.ideation_w_l * habenula + self.ideation_w_a * ampar,
            "anhedonia": self.anhedonia_w_l * habenula + self.anhedonia_w_s * spines,
        }

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        sums = self.sums(inputs)
        reference = {
            "despair": self.despair_ref,
            "suicidal_ideation": self.ideation_ref,
            "anhedonia": self.anhedonia_ref,
        }
        speed = {"despair": self.tau_d, "suicidal_ideation": self.tau_ideation, "anhedonia": self.tau_anhedonia}
        level = {name: 1.0 + self.expression * (sums[name] / reference[name] - 1.0) for name in sums}
        return {name: (level[name] - state[name]) / speed[name] for name in sums}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {name: state[name] for name in ("despair", "suicidal_ideation", "anhedonia")}
