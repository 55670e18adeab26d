"""Dask: a cluster of processes on this machine, or any scheduler that can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..core.errors import RequestError, RunError
from .backend import Crew, Ended, attempted, cores
from .errand import Errand, Receipt, worker_environment
from .work import Shard

_PATIENCE_S = 5.0
_FIRST_WORKER_S = 60.0


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask scheduler at `address`, such as `tcp://10.0.0.5:8786`; without one, a cluster of its own.

    Workers must have the same versions as the driver and see the folder of the run under the same name.
    """

    address: str | None = None
    workers: int | None = None

    @property
    def record(self) -> dict[str, Any]:
        return {"name": "dask", "address": self.address, "workers": self.workers}

    @contextmanager
    def crew(self, errand: Errand) -> Iterator[Crew]:
        distributed = _library()
        if self.address is None:
            size = self.workers or cores()
            with _own_cluster(distributed, size) as cluster, distributed.Client(cluster) as client:
                yield _Hired(client, errand, own=True)
            return
        with _client(distributed, self.address) as client:
            _wait_for_somebody(client, self.address)
            yield _Hired(client, errand)


class _Hired:
    """Workers of a scheduler. Only those of a cluster of one's own are ended when they hang: others have other work."""

    def __init__(self, client: Any, errand: Errand, own: bool = False):
        self._client, self._errand, self._own = client, errand, own
        self._running: dict[Any, Shard] = {}
        self._late: list[Ended] = []

    @property
    def room(self) -> int:
        threads = sum(self._client.nthreads().values())
        return int(threads) - len(self._running)

    def begin(self, shard: Shard) -> None:
        future = self._client.submit(attempted, self._errand, shard, pure=False, key=None)
        self._running[future] = shard

    def wait(self, seconds: float) -> list[Ended]:
        wait: Any = _library().wait

        if self._client.status != "running":
            raise RunError("the scheduler is gone", then="start it again and resume")
        late, self._late = self._late, []
        if self._running and not late:
            try:
                wait(list(self._running), timeout=seconds, return_when="FIRST_COMPLETED")
            except TimeoutError:
                return []
        return late + [Ended(self._running.pop(f), _outcome(f)) for f in list(self._running) if f.done()]

    def drop(self, shard: Shard) -> None:
        for future in [f for f, s in self._running.items() if s == shard]:
            del self._running[future]
            at = [worker for worker, keys in self._client.processing().items() if future.key in keys]
            future.cancel()
            if self._own:
                self._client.restart_workers(at, raise_for_error=False)
            self._late.append(Ended(shard, TimeoutError("took too long, and was given to another worker")))


def _outcome(future: Any) -> Receipt | BaseException:
    if future.status == "finished":
        found: Receipt | BaseException = future.result()
        return found
    failure = future.exception() if future.status == "error" else None
    return failure or ChildProcessError(f"lost by the cluster: {future.status}")


def _own_cluster(distributed: Any, size: int) -> Any:
    return distributed.LocalCluster(
        n_workers=size,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        env=worker_environment(),
    )


def _client(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=_PATIENCE_S)
    except (OSError, TimeoutError, ValueError) as failure:
        raise RequestError(
            "no scheduler answers here",
            where="backend",
            given=address,
            allowed="the address that `dask scheduler` prints, such as tcp://10.0.0.5:8786",
        ) from failure


def _wait_for_somebody(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
    except TimeoutError as failure:
        raise RequestError(
            "this scheduler has no workers", where="backend", given=address, then="start some: `dask worker ADDRESS`"
        ) from failure


def _library() -> Any:
    try:
        import distributed
    except ImportError as failure:
        raise RequestError(
            "this back end needs the cluster extra", given="dask", then="pip install 'resynapse[cluster]'"
        ) from failure
    return distributed
