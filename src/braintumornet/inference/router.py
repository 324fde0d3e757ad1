"""The router at work: it chooses what is answered, and its own error is known."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.default_run import is_default
from braintumornet.core.prediction import Prediction, Routing
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import require_among
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.metrics.marker_answers import MACRO
from braintumornet.output.label_file import label_rule
from braintumornet.scoring.markers_of_cohort import MarkerCases, score_answers
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.routing import AUTO, routed_tasks

MEASURED = ("cases", "balanced_accuracy", "auc")


def choose_tasks(config: ExperimentConfig, wanted: Iterable[str]) -> list[str] | None:
    """Return the tasks to be answered, or None for all.

    Args:
        config: of the run.
        wanted: names of tasks; none for all, or `auto`, which asks for all and lets the router choose among them.

    Raises:
        UsageError: a task is not known, or there is no router.
    """
    wanted, known = list(wanted), [task.name for task in config.tasks]
    if AUTO in wanted:
        require(
            len(wanted) <= 1, f"--task {AUTO} lets the router choose; give either {AUTO} or names of tasks", UsageError
        )
        require_router(config)
        return None
    for name in wanted:
        require_among(name, known, f"--task {name!r} is none of the run's tasks")
    return wanted or None


def usual_tasks(run: TrainedRun) -> tuple[str, ...]:
    """Return what is answered where nobody names tasks: of the model in the package what its router chooses, else all.

    Returns:
        As `choose_tasks` takes it; none for all.
    """
    return (AUTO,) if is_default(run.path) and run.config.router is not None else ()


def require_router(config: ExperimentConfig) -> ClassificationTask:
    """Return the router.

    Raises:
        UsageError: the run has none.
    """
    if config.router is None:
        names = ", ".join(task.name for task in config.tasks)
        msg = (
            f"the run has no router, so --task {AUTO} cannot choose; name tasks ({names}), or train with "
            "inference.router: the name of a classification task on the pathology"
        )
        raise UsageError(msg)
    return config.router


def route(prediction: Prediction, config: ExperimentConfig, scores: Scores | None = None) -> Prediction:
    """Keep of a prediction what the router chooses, and say what that was.

    A class whose tasks cannot outline anything, because a sequence is missing, is passed over for the next likely one
    whose tasks can, if there is any.

    Args:
        prediction: answers every task.
        config: of the run.
        scores: of the router, as `measure_router` gives them.

    Raises:
        UsageError: the run has no router.
    """
    router = require_router(config)
    found = _find_class(prediction, router, config)
    kept = routed_tasks(router, found, config.tasks)
    outlined = {task.name: task.answered for task in config.tasks if task.gives == "maps"}
    routing = Routing(
        chose=found,
        left_out={name: regions for name, regions in outlined.items() if name not in kept},
        measured={} if scores is None else _measured(scores),
        left_out_ml={name: _volumes_ml(prediction, name) for name in prediction.maps if name not in kept},
    )
    answered = ", ".join(name for name in kept if name in outlined)
    return replace(
        prediction,
        maps={name: given for name, given in prediction.maps.items() if name in kept},
        not_assessed={name: reasons for name, reasons in prediction.not_assessed.items() if name in kept},
        classes={name: given for name, given in prediction.classes.items() if name in kept},
        answers={kind: {n: v for n, v in of.items() if n in kept} for kind, of in prediction.answers.items()},
        notes=(*prediction.notes, _describe(router.name, prediction.classes[router.name], answered, routing)),
        routing=routing,
    )


def _find_class(prediction: Prediction, router: ClassificationTask, config: ExperimentConfig) -> str:
    """Return the likeliest class of those whose tasks could outline something, or of all where none could."""
    classes = prediction.classes[router.name]
    by_chance = sorted(classes, key=classes.__getitem__, reverse=True)
    able = [one for one in by_chance if not prediction.maps.keys().isdisjoint(routed_tasks(router, one, config.tasks))]
    return (able or by_chance)[0]


def _describe(router: str, classes: Mapping[str, float], answered: str, routing: Routing) -> str:
    """Return what the router found and how sure that is, what was chosen, and what the other tasks would have given."""
    likeliest = max(classes, key=classes.__getitem__)
    said = f"{router}: {likeliest} ({classes[likeliest]:.2f})"
    accuracy = routing.measured.get("balanced_accuracy", math.nan)
    if math.isfinite(accuracy):
        said += f", balanced accuracy {accuracy:.2f} on {routing.measured['cases']:.0f} validation cases"
    if routing.chose != likeliest:
        said += ", which cannot be assessed without what is missing"
    by_task = routing.left_out_ml.items()
    rest = [f"{task} {region} {ml:.1f} ml" for task, found_ml in by_task for region, ml in found_ml.items()]
    return f"{said}; so {answered} was chosen" + (f"; left out: {', '.join(rest)}" if rest else "")


def _volumes_ml(prediction: Prediction, task: str) -> dict[str, float]:
    """Return region -> ml of the masks that a task would have, in the grid that the network reads."""
    regions, masks = prediction.maps[task].regions, prediction.maps[task].masks
    if rule := label_rule(regions):  # in a file, outer regions hold the inner ones
        masks = region_masks(rule.paint(regions, masks), rule.coding, regions)
    voxel_ml = prediction.space.voxel_ml
    return {region: float(mask.sum()) * voxel_ml for region, mask in zip(regions, masks, strict=True)}


def _measured(scores: Scores) -> dict[str, float]:
    rows = scores.select(structure=MACRO, metric=MEASURED).frame
    return dict(zip(rows["metric"], rows["value"], strict=True))


def measure_router(predictor: Predictor, cases: Iterable[Case]) -> Scores:
    """Return the router's scores over the cases whose class is known; empty where there is none.

    Raises:
        UsageError: the run has no router.
        InputError: a case cannot be read.
    """
    router = require_router(predictor.config)
    known = [case for case in cases if router.labelled(case)]
    given = [predictor.predict(case, [router.name]).classes[router.name] for case in known]
    scored = MarkerCases(router.question(), known, given, [False] * len(known))
    return Scores.of(score_answers(scored, router.classes) if known else [])
