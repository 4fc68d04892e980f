"""Scanning on several cores: worker processes started anew (never forked: SIers work on Windows too), one unit at a time."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudpolicy.scan import Request, Result, Scanner
    from cloudpolicy.sources import Unit

_scanner: Scanner | None = None


def scan(request: Request, units: list[Unit], jobs: int) -> Iterator[Result]:
    """Results in the order of `units`. When a worker dies, the rest is scanned in this process: nothing is lost."""
    done = 0
    chunk = max(1, min(16, len(units) // (jobs * 4)))
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(request,)) as pool:
            for result in pool.map(_scan, units, chunksize=chunk):
                done += 1
                yield result
    except (BrokenProcessPool, OSError):
        from cloudpolicy.scan import Scanner

        scanner = Scanner(request)
        for unit in units[done:]:
            yield scanner.scan(unit)


def _start(request: Request) -> None:
    global _scanner
    import gc

    from cloudpolicy.scan import Scanner

    gc.disable()
    _scanner = Scanner(request)


def _scan(unit: Unit) -> Result:
    assert _scanner is not None
    return _scanner.scan(unit)
