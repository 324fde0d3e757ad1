"""Where a command's work is done: here, or on the machines of a Ray cluster."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from braintumornet.core.errors import UsageError

if TYPE_CHECKING:
    from braintumornet.core.cluster import Cluster


class EngineName(StrEnum):
    """Where."""

    LOCAL = "local"
    RAY = "ray"


Engine = Annotated[
    EngineName,
    typer.Option("--engine", help="local: in this process; ray: on a Ray cluster, whose machines share files."),
]
Address = Annotated[
    str | None,
    typer.Option(help="With ray: of the cluster, such as 10.0.0.1:6379; default: RAY_ADDRESS, else one starts here."),
]
Cpus = Annotated[
    int | None, typer.Option(min=1, help="With ray: cores, and threads, of each piece of work; default: 1.")
]
Gpus = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="With ray: GPUs of each piece of work, such as 0.5; default: 1 where there are any."
    ),
]


@contextmanager
def chosen_cluster(
    engine: EngineName,
    address: str | None,
    cpus: int | None = None,
    gpus: float | None = None,
    hidden: bool = False,
) -> Iterator["Cluster | None"]:
    """Connect to a Ray cluster where that was chosen, and show it.

    Raises:
        UsageError: an option is given for nothing, Ray is not installed, or there is no cluster at the address.
    """
    if engine is EngineName.LOCAL:
        for name, value in {"address": address, "cpus": cpus, "gpus": gpus}.items():
            if value is not None:
                msg = f"--{name} is for a Ray cluster; add --engine ray, or leave --{name} away"
                raise UsageError(msg)
        yield None
        return
    from braintumornet.core.cluster import connect
    from braintumornet.report import console

    with ExitStack() as stack:
        with console.screen.status("Connecting to Ray"):
            cluster = stack.enter_context(connect(address))
        if not hidden:
            console.say(str(cluster))
        yield cluster
