"""Many people at once: shards, back ends, a manifest, resume, verify. Nothing here knows what a chain is.

Nothing heavy is imported until a name is used.
"""

from __future__ import annotations

from ..core.lazy import lazily

_HOME = {
    "Backend": "backend",
    "Dask": "cluster",
    "Limits": "driver",
    "Local": "local",
    "Outcome": "driver",
    "Serial": "backend",
    "Task": "work",
    "Verdict": "verdict",
    "Work": "work",
    "read_manifest": "manifest",
    "run": "driver",
    "verify": "verdict",
}

__all__ = list(_HOME)
__getattr__ = lazily(__name__, _HOME)
