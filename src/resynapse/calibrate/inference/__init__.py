"""Bayesian inference of what the files assume: priors, observations, emulators, sampling, and whether to believe it."""
