"""The same work on many cases, in several processes, within the memory that is there."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from braintumornet.core.text.errors import InputError
from braintumornet.core.workers.cluster import Cluster

Item = TypeVar("Item")
Result = TypeVar("Result")

GIB = 2**30
CONTAINER = Path("/sys/fs/cgroup")  # where a container finds its own limits


@dataclass(frozen=True)
class Workers:
    """How many processes work at once.

    Args:
        jobs: processes.
        wanted: processes, if memory were no matter.
        bytes_each: about what one needs.
        bytes_free: what was there; None where the system does not say.
    """

    jobs: int
    wanted: int
    bytes_each: int
    bytes_free: int | None

    def __str__(self) -> str:
        each = f"each holds one case, about {self.bytes_each / GIB:.1f} GiB"
        if self.jobs == self.wanted or self.bytes_free is None:
            return f"{self.jobs} job{'s' if self.jobs > 1 else ''}; {each}"
        return f"{self.jobs} of {self.wanted} jobs, because {self.bytes_free / GIB:.1f} GiB are free; {each}"


def plan_workers(wanted: int | None, items: int, bytes_each: int, bytes_free: int | None = None) -> Workers:
    """Return as many processes as are wanted, useful and fit into memory; at least one.

    Args:
        wanted: None for one per processor core.
        items: pieces of work; more processes than these would idle.
        bytes_each: about what one process needs.
        bytes_free: default what the system says.

    Example:
        >>> print(plan_workers(8, items=40, bytes_each=2**30, bytes_free=3 * 2**30))
        3 of 8 jobs, because 3.0 GiB are free; each holds one case, about 1.0 GiB
    """
    from joblib import cpu_count

    free = free_memory() if bytes_free is None else bytes_free
    useful = max(1, min(wanted or cpu_count(), items))
    fitting = useful if free is None else max(1, min(useful, free // bytes_each))
    return Workers(int(fitting), useful, bytes_each, free)


def map_parallel(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int | Cluster = 1,
    advance: Callable[[Item], object] = lambda item: None,
) -> list[Result]:
    """Return `function(item)` for each item, in their order, whatever the number of processes.

    Args:
        function: of a module, so that another process can import it.
        items: can be sent to another process.
        jobs: processes; 1 works in this one. Or a cluster, which has as many as it has cores.
        advance: called after each item.

    Raises:
        InputError: the system ended a process, probably out of memory.

    Example:
        >>> map_parallel(abs, [-1, 2])
        [1, 2]
    """
    if isinstance(jobs, Cluster):
        return jobs.map(function, items, advance)
    from joblib import Parallel, delayed

    results = []
    here = partial(_work_in, Path.cwd(), function)  # processes that are used again may still be where they were begun
    finished: Iterable[Result] = Parallel(n_jobs=jobs, return_as="generator")(delayed(here)(i) for i in items)
    try:
        for item, result in zip(items, finished, strict=True):
            results.append(result)
            advance(item)
    except BrokenProcessPool as error:
        msg = f"one of {jobs} processes was ended by the system, probably out of memory; run again with fewer --jobs"
        raise InputError(msg) from error
    return results


def _work_in(folder: Path, function: Callable[[Item], Result], item: Item) -> Result:
    """Do some work where the process that asks for it is, so that relative paths mean what they mean there."""
    if Path.cwd() != folder:
        os.chdir(folder)
    return function(item)


def free_memory() -> int | None:
    """Return the bytes that this process may still take; None where the system does not say."""
    limits = [_free_on_machine(), _free_in_container(), _free_of_addresses()]
    known = [limit for limit in limits if limit is not None]
    return min(known, default=None)


def held_memory() -> int:
    """Return the bytes that this process has; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no Linux
        return 0


def _free_on_machine() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:  # no Linux
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), None)


def _free_in_container() -> int | None:
    try:
        limit, used = ((CONTAINER / name).read_text().strip() for name in ("memory.max", "memory.current"))
        counts = dict(line.split() for line in (CONTAINER / "memory.stat").read_text().splitlines())
        cache = int(counts["inactive_file"])  # files read before, which make room when asked
        return None if limit == "max" else max(0, int(limit) - int(used) + cache)
    except (OSError, ValueError, KeyError):  # no container, or one that says it otherwise
        return None


def _free_of_addresses() -> int | None:
    """Return what a limit of the shell or the scheduler leaves (ulimit -v)."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):  # no Linux
        return None
    return None if limit == resource.RLIM_INFINITY else max(0, limit - taken)
