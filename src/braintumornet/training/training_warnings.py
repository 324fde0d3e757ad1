"""What a person should look at before believing a training, told by the cases that were read."""

from collections.abc import Sequence

from braintumornet.config import ExperimentConfig
from braintumornet.core.text.group_messages import without_numbers
from braintumornet.core.training_profile import TrainingProfile
from braintumornet.data.store.training_case import TrainingCase
from braintumornet.volumes.brain_plausibility import describe_blanks, describe_left_out, doubt_brain


def find_doubts(config: ExperimentConfig, examples: Sequence[TrainingCase], learned: TrainingProfile) -> list[str]:
    """Return what is odd about training cases, each kind once with the number of cases.

    Args:
        config: of the experiment.
        examples: that train.
        learned: what they are like.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for example in examples:
        for kind, text in _doubts_of(example):
            found.setdefault(kind, []).append((example.case.id, text))
    doubts = [_describe(cases, len(examples)) for cases in found.values()]
    if config.data.spacing_mm is None and any(size.is_wide for size in learned.spacing_mm):
        doubts.append(
            f"the training cases have voxels of {learned.describe_spacing()}, which the network takes as of one size; "
            "set data.spacing_mm so that all are resampled"
        )
    return doubts


def _doubts_of(example: TrainingCase) -> list[tuple[str, str]]:
    """Return kind and text of all that is odd about a case; what may differ between cases is no part of the kind."""
    facts, said = example.entry.facts, [(without_numbers(text), text) for text in example.entry.said]
    if (doubt := doubt_brain(facts)) is not None:
        said.append((doubt.kind, f"{doubt.what}; {doubt.advice}"))
    said += [("blank", describe_blanks(facts)), ("left-out", describe_left_out(facts))]
    return [(kind, text) for kind, text in said if text]


def _describe(cases: Sequence[tuple[str, str]], total: int) -> str:
    case_id, text = cases[0]
    if len(cases) == 1:
        return f"case {case_id}: {text}"
    return f"{len(cases)} of {total} training cases, such as {case_id}: {text}"
