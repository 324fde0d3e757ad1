"""What `import braintumornet as btn` offers, and what plug-ins derive from, is explained where it is used."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from griffe import Docstring, DocstringSectionParameters

import braintumornet as btn
from braintumornet import testing
from braintumornet.core.metric import Metric
from braintumornet.layouts.layout import Layout
from braintumornet.metrics.detection import DetectionMetric
from braintumornet.metrics.lesion_metrics import CaseLesionsMetric, LesionMetric
from braintumornet.metrics.marker_answers import MarkerMetric
from braintumornet.metrics.mask_pair import MaskMetric
from braintumornet.networks.multi_task_network import Backbone, BackboneModule
from braintumornet.tasks.task import Task
from braintumornet.weighting.weighting import Weighting, WeightingState

FRONT_DOOR = {name: getattr(btn, name) for name in btn.__all__ if callable(getattr(btn, name))}
CHECKS = {name: getattr(testing, name) for name in testing.__all__}
NETWORKS = (Backbone, BackboneModule, Weighting, WeightingState)
METRICS = (Metric, MaskMetric, MarkerMetric, CaseLesionsMetric, LesionMetric, DetectionMetric)
INTERFACES = (Task, Layout, *NETWORKS, *METRICS)
CLASSES = [*(kind for kind in FRONT_DOOR.values() if inspect.isclass(kind)), *INTERFACES]

SHAPE = re.compile(r"\((B|M|N|K|D)\b[^)]*\)|shape")


def methods(kind: type) -> dict[str, Callable[..., Any]]:
    """Return the public methods of a class that this project wrote, inherited ones included."""
    named = [(name, one) for name, one in inspect.getmembers(kind, inspect.isroutine) if not name.startswith("_")]
    return {f"{kind.__name__}.{name}": one for name, one in named if str(one.__module__).startswith(f"{btn.__name__}.")}


METHODS = {name: one for kind in CLASSES for name, one in methods(kind).items()}
EVERYTHING = {**FRONT_DOOR, **CHECKS, **METHODS}


def described(documented: Callable[..., Any]) -> dict[str, str]:
    """Return what a docstring says of each parameter."""
    sections = Docstring(inspect.getdoc(documented) or "").parse("google", warnings=False)
    found = [one for section in sections if isinstance(section, DocstringSectionParameters) for one in section.value]
    return {one.name.lstrip("*"): one.description for one in found}


def arguments(documented: Callable[..., Any]) -> dict[str, str]:
    """Return parameter -> its type as text."""
    found = inspect.signature(documented).parameters
    return {name: str(one.annotation) for name, one in found.items() if name not in ("self", "cls")}


@pytest.mark.parametrize("name", FRONT_DOOR)
def test_the_front_door_shows_an_example(name: str) -> None:
    _, _, example = (inspect.getdoc(FRONT_DOOR[name]) or "").partition("\nExample:\n")
    assert ">>> " in example


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_argument_is_described(name: str) -> None:
    said = described(EVERYTHING[name])
    assert [argument for argument in arguments(EVERYTHING[name]) if not said.get(argument)] == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_array_has_a_shape(name: str) -> None:
    said = described(EVERYTHING[name])
    arrays = [argument for argument, kind in arguments(EVERYTHING[name]).items() if re.search("Tensor|ndarray", kind)]
    assert [argument for argument in arrays if not SHAPE.search(said[argument])] == []


def test_what_is_not_described_is_found() -> None:
    def bare(images: "Tensor", spacing_mm: float) -> None:  # noqa: F821
        """Do something.

        Args:
            images: to read.
        """

    assert described(bare) == {"images": "to read."}
    assert set(arguments(bare)) - set(described(bare)) == {"spacing_mm"}
    assert not SHAPE.search(described(bare)["images"])
