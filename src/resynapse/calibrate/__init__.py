"""Calibration: small documented fits of parameter values to observations that are marked `build`, each repeatable."""
