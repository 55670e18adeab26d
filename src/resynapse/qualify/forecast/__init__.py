"""Predictions as samples, how they are scored beside what was printed, and the models without mechanism to beat."""
