"""Trials of virtual people, analysed as trialists do."""
