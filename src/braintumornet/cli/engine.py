"""Where a command's work is done: here, or on the machines of a Ray cluster."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.core.text.errors import UsageError

if TYPE_CHECKING:
    from braintumornet.core.workers.cluster import Cluster


class EngineName(StrEnum):
    """Where."""

    LOCAL = "local"
    RAY = "ray"


Engine = Annotated[
    EngineName,
    typer.Option("--engine", help="local: on this machine; ray: on a Ray cluster, whose machines share files."),
]
Address = Annotated[
    str | None,
    typer.Option(
        help="With ray: address of the cluster, such as 10.0.0.1:6379; default: RAY_ADDRESS, else a local cluster."
    ),
]
Cpus = Annotated[int | None, typer.Option(min=1, help="With ray: cores (and threads) per job; default: 1.")]
Gpus = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="With ray: GPUs per job, such as 0.5; default: 1 if there are any."),
]


def require_ray(engine: EngineName, **only_ray: object) -> None:
    """Refuse options that only a cluster reads where none was chosen.

    Args:
        engine: what was chosen.
        only_ray: the options by name; None where not given.

    Raises:
        UsageError: one is given for nothing.
    """
    given = [name for name, value in only_ray.items() if value is not None]
    if engine is EngineName.LOCAL and given:
        msg = f"--{given[0]} is for a Ray cluster; add --engine ray, or omit --{given[0]}"
        raise UsageError(msg)


def require_place(engine: EngineName, address: str | None, jobs: int | None) -> None:
    """Refuse an address without a cluster, and a number of jobs with one.

    Args:
        engine: what was chosen.
        address: of a cluster.
        jobs: cases at once on this machine.

    Raises:
        UsageError: one is given for nothing.
    """
    require_ray(engine, address=address)
    if jobs is not None and engine is EngineName.RAY:
        msg = "--jobs is for --engine local; on Ray as many cases are worked on at once as it has cores"
        raise UsageError(msg)


@contextmanager
def chosen_cluster(engine: EngineName, address: str | None, hidden: bool = False) -> Iterator["Cluster | None"]:
    """Connect to a Ray cluster where that was chosen, and show it unless it is to be hidden.

    Raises:
        UsageError: Ray is not installed, or there is no cluster at the address.
    """
    if engine is EngineName.LOCAL:
        yield None
        return
    from braintumornet.core.workers.cluster import connect
    from braintumornet.terminal import console
    from braintumornet.terminal.screen import screen

    with ExitStack() as stack:
        with screen.status("Connecting to Ray"):
            cluster = stack.enter_context(connect(address))
        if not hidden:
            console.say(str(cluster))
        yield cluster
