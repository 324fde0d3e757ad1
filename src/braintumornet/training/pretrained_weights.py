"""Where a network's first weights come from when they come from another run."""

from pathlib import Path

import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.default_run import find_run
from braintumornet.core.run_records import SourceRecord, TransferRecord
from braintumornet.core.text.errors import UsageError, prefix_errors, require
from braintumornet.data.splits import Split
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.networks.renamed_weights import with_current_names
from braintumornet.networks.transfer import Anatomy, load_matching_weights


def start_from(
    config: ExperimentConfig, network: MultiTaskNetwork, cohort: Cohort, split: Split
) -> TransferRecord | None:
    """Put the weights of the run that the configuration names, if any, into a fresh network; nothing is written.

    Raises:
        UsageError: that is no finished run, has another architecture, or a warm-up has no head to warm up.
        InputError: a file of it is damaged, or a patient who trained it is in validation or test.
    """
    if config.transfer is None:
        return None
    run = TrainedRun(find_run(config.transfer.run)).require_complete()
    cases, patients = run.folder.learned_from()
    refuse_leaks(cohort, split, cases, patients, run.path)
    theirs = run.config
    tensors = _tensors(run)
    with prefix_errors(f"transfer.run {run.path}: "):
        statuses = load_matching_weights(network, _anatomy(config), tensors, _anatomy(theirs), config.transfer.heads)
    source = SourceRecord(
        run=str(config.transfer.run),
        model=run.fingerprint,
        config=theirs.fingerprint(),
        cohort=run.split.cohort,
        cases=sorted(cases),
        patients=sorted(patients),
        phantoms_alone=run.folder.learned_from_phantoms_alone(),
    )
    origin = TransferRecord(source=source, tensors=statuses)
    require(
        origin.new_heads or not config.transfer.warm_up_steps,
        f"transfer.warm_up_steps: every head is in {run.path} as it is, so that there is none to warm up; set 0",
        UsageError,
    )
    return origin


def _tensors(run: TrainedRun) -> dict[str, Tensor]:
    config = run.config
    with torch.device("meta"):
        network = config.build_network()
    return with_current_names(run.weights(), network.norms_of_markers())


def refuse_leaks(cohort: Cohort, split: Split, cases: frozenset[str], patients: frozenset[str], source: Path) -> None:
    """Refuse a split in which somebody who trained the source is not on the training side.

    Args:
        cohort: of the training that starts.
        split: of it.
        cases: ids of the cases that trained the source.
        patients: ids of the patients that trained it, as far as they are known.
        source: its folder.

    Raises:
        InputError: names the first such case.
    """
    known = patients | {case.patient_id for case in cohort if case.id in cases}
    for side in ("val", "test"):
        for case in cohort.with_ids(list(split.ids(side))):
            require(
                case.patient_id not in known,
                f"case {case.id}: patient {case.patient_id} is in this run's {side} set and trained {source}, so "
                "that scores would be optimistically biased; move the patient to training or start from another "
                "run (if these are different patients, give the cohorts distinct ids)",
            )


def _anatomy(config: ExperimentConfig) -> Anatomy:
    outputs = {task.name: task.outputs for task in config.tasks}
    return Anatomy(config.backbone, config.sequences, outputs, config.presence_channels)
