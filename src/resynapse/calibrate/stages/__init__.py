"""The stages of calibration, from the body to mood; each is a recorded run."""
