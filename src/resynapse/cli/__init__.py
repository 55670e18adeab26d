"""The command line, one module a family of commands."""

from .main import main

__all__ = ["main"]
