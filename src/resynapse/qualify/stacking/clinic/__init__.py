"""Explanations that were calibrated on the clinic's build rows, asked what trials that judge should have shown."""
