"""One driver a folder: a lock that the system itself lets go when its owner dies."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ..core.errors import RequestError

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; a lock that a dead process left behind holds nobody up.

    **Raises:** `RequestError` when another living process holds it.
    """
    with _held(folder / LOCK) as file:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}")
        file.flush()
        yield


def _held(path: Path) -> TextIO:
    """The lock file, locked; once more where its last owner removed it while it was being taken."""
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            with file:
                file.seek(0)
                raise RequestError(
                    "another process is at work in this folder",
                    where=str(path.parent),
                    given=file.read().strip() or "unknown process",
                    then="wait for it, or end it and resume",
                ) from busy
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        file.close()
