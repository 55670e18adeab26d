"""Lived treatment resistance: people who go through courses of slow antidepressants, one after another."""

from .lives import Lives, lived
from .resistant import Resistant, resistant

__all__ = ["Lives", "Resistant", "lived", "resistant"]
