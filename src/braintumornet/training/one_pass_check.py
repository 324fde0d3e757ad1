"""Whether a network may read the brain in one pass: measured, once it is trained, on cases that did not train it."""

from itertools import product

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import OnePassRecord
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import TrainingCase, read_examples
from braintumornet.data.training_data_profile import choose_spacing
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predictor import Predictor
from braintumornet.training.validation import validate

MOST_CASES = 5
"""Of each task, that are predicted twice. Both ways meet the same cases with the same weights: few tell them apart."""


def check_one_pass(config: ExperimentConfig, val: Cohort, run: RunFolder) -> list[OnePassRecord]:
    """Return the mean Dice of each region in one pass and in windows; none where there is no case, or no choice.

    Raises:
        InputError: a case cannot be read.
    """
    outlining = [task for task in config.tasks if task.reads == "voxels"]
    labelled = {task.name: [case for case in val if task.labelled(case)][:MOST_CASES] for task in outlining}
    cases = [case for case in val if any(case in some for some in labelled.values())]
    if not cases or config.backbone.valid_margin:
        return []
    one, windows = (Predictor.from_run(run.path, InferenceOptions(reading=how)) for how in ("one", "windows"))
    learned = one.record.learned
    store = Store.of_tasks(config.data.store or run.store, config.tasks, config.sequences, config.data.spacing_mm)
    examples: list[TrainingCase] = []
    for case in cases:
        spacing_mm = choose_spacing(case, config.sequences, config.data.spacing_mm, learned)
        examples += read_examples([case], config.tasks, store.at(spacing_mm))
    names = [task.name for task in outlining]
    asked = {task.name: sum(task.labelled(case) for case in cases) for task in outlining}
    by_one, by_windows = (validate(predictor, examples, names).means for predictor in (one, windows))
    return [
        OnePassRecord(task=task, region=region, cases=asked[task], one_pass=by_one[key], windows=by_windows[key])
        for task, region in product(names, sorted({region for task in outlining for region in task.answered}))
        if (key := f"val/{task}/{region}/dice") in by_one and key in by_windows
    ]
