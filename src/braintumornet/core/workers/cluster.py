"""A Ray cluster: machines that share the work. Ray is an extra, and this is the only file that knows it.

Its tasks are used as they are, and not its backend for joblib: that one shows no progress, and a machine that dies ends
all, where a task is run again on another.
"""

import logging
import os
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.workers.stop_signals import signals_kept

Item = TypeVar("Item")
Result = TypeVar("Result")

RETRIES = 3  # machines that may die one after the other under the same piece of work


@dataclass(frozen=True)
class Share:
    """What one piece of work takes of a machine, or what a machine has.

    Args:
        cpus: processor cores.
        gpus: a fraction where several pieces share one.

    Example:
        >>> print(Share(4, 1))
        4 cpus and 1 gpu
    """

    cpus: int = 1
    gpus: float = 0

    def __str__(self) -> str:
        cpus = f"{self.cpus} cpu{'' if self.cpus == 1 else 's'}"
        return f"{cpus} and {self.gpus:g} gpu{'' if self.gpus == 1 else 's'}" if self.gpus else cpus

    def fits(self, machine: "Share") -> bool:
        """Say whether a machine has so much."""
        return self.cpus <= machine.cpus and self.gpus <= machine.gpus


class Cluster:
    """Runs functions on the machines of a Ray cluster; `connect` gives one.

    A function works in the folder of the caller, and all machines must see the same files at the same place.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        self.machines = [Share(int(has.get("CPU", 0)), has.get("GPU", 0)) for has in there]

    def __str__(self) -> str:
        count = len(self.machines)
        total = Share(sum(one.cpus for one in self.machines), sum(one.gpus for one in self.machines))
        return f"Ray cluster of {count} machine{'' if count == 1 else 's'}: {total}"

    @property
    def has_gpus(self) -> bool:
        """Whether any machine has one."""
        return any(machine.gpus for machine in self.machines)

    def require(self, share: Share) -> None:
        """Refuse work that would wait for ever.

        Raises:
            UsageError: no machine has so much.
        """
        if not any(share.fits(machine) for machine in self.machines):
            largest = max(self.machines, key=lambda machine: (machine.gpus, machine.cpus), default=Share(0))
            msg = f"no machine of the cluster has {share}, the largest has {largest}; ask for less (--cpus, --gpus)"
            raise UsageError(msg)

    def submit(self, share: Share, function: Callable[..., Any], *given: Any, keep: bool = False) -> Any:
        """Let a function run as soon as a machine has room, and return a ticket for its result.

        Where its machine dies, it is run again on another.

        Args:
            share: that it takes.
            function: of a module, so that another machine can import it.
            given: to it; can be sent to another machine.
            keep: let the process live on for the next piece also where it holds a GPU, because it keeps something
                that is wanted again.
        """
        options: dict[str, Any] = {"num_cpus": share.cpus, "num_gpus": share.gpus, "max_retries": RETRIES}
        if keep:
            options["max_calls"] = 0
        return self._ray.remote(**options)(_run).remote(str(Path.cwd()), share, function, given)

    def first(self, tickets: Collection[Any]) -> Any:
        """Wait until one of several is done, and return its ticket."""
        return self._ray.wait(list(tickets), num_returns=1)[0][0]

    def result(self, ticket: Any) -> Any:
        """Wait for what a function returned.

        Raises:
            InputError: Ray lost it, with its machine, more often than it tries again, or the machine cannot read it.
            Exception: that the function raised.
        """
        errors = self._ray.exceptions
        try:
            return self._ray.get(ticket)
        except errors.RayTaskError as error:
            if not isinstance(error.cause, errors.RayError):
                raise error.cause from error
            msg = (
                f"a machine of the cluster cannot read its work: {str(error.cause).strip().splitlines()[-1]}; "
                "all need the same versions of Python and braintumornet, and the plug-ins that are used"
            )
            raise InputError(msg) from error
        except errors.RayError as error:
            reason = str(error).strip().partition("\n")[0]
            msg = f"Ray lost a piece of work {RETRIES + 1} times, probably out of memory or with its machine: {reason}"
            raise InputError(msg) from error

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        advance: Callable[[Item], object] = lambda item: None,
        share: Share | None = None,
    ) -> list[Result]:
        """Return `function(item)` for each item, in their order; a process keeps what the function caches.

        Args:
            function: of a module.
            items: can be sent to another machine.
            advance: called after each item.
            share: that each takes; default one core.

        Raises:
            UsageError: no machine has so much.
            InputError: Ray lost an item.
            Exception: that the function raised.
        """
        share = share or Share()
        self.require(share)
        tickets = [self.submit(share, function, item, keep=True) for item in items]
        results = []
        for item, ticket in zip(items, tickets, strict=True):
            results.append(self.result(ticket))
            advance(item)
        return results


@contextmanager
def connect(address: str | None = None) -> Iterator[Cluster]:
    """Connect to a cluster that runs, or start one of this machine that ends with the block.

    Args:
        address: of its head, such as `10.0.0.1:6379`; default what RAY_ADDRESS says, else one is started.

    Raises:
        UsageError: Ray is not installed, or there is no cluster at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers what runs here
    os.environ.setdefault("RAY_task_oom_retries", str(RETRIES))  # for ever is its default; read when it is imported
    ray = _import_ray()
    logging.getLogger("ray").setLevel(logging.ERROR)
    own = not ray.is_initialized()
    if own:
        where = address or os.environ.get("RAY_ADDRESS") or "local"  # Ray would wait for one that died here
        try:
            _require_open(where)
            with signals_kept():  # Ray would end this program its own way
                ray.init(address=where, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
            reason = str(error).strip().partition("\n")[0]
            msg = (
                f"cannot use the Ray cluster {where!r}: {reason}; see that it runs (`ray status`), that it is of the "
                "same versions of Ray and Python, and that RAY_AUTH_TOKEN is the one that it was started with"
            )
            raise UsageError(msg) from error
    try:
        yield Cluster(ray)
    finally:
        if own:
            ray.shutdown()


def _require_open(address: str) -> None:
    """Refuse an address where nothing answers at once; Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.rpartition("/")[2], int(port)), timeout=10).close()


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        msg = "--engine ray: Ray is not installed; install it with `pip install 'braintumornet[ray]'`"
        raise UsageError(msg) from error
    return ray


def _run(place: str, share: Share, function: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    try:
        os.chdir(place)
    except OSError as error:
        msg = (
            f"{os.uname().nodename} cannot enter {place}: {error.strerror}; "
            "all machines of a cluster must see the same files at the same place"
        )
        raise InputError(msg) from error
    if not share.gpus:  # Ray leaves those of the machine visible, and they belong to others
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return function(*given)
