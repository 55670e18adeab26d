"""Reports: one stored result becomes a page that anybody can read, and a figure for every room."""

from __future__ import annotations

from .figures import write_figures
from .page import write_report

__all__ = ["write_figures", "write_report"]
