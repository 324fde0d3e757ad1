"""The run folder at the start of a training."""

import platform
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, fields
from importlib.metadata import version

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import FINGERPRINTS, cohort_fingerprint
from braintumornet.core.file_hashes import CACHE_NAME, Digests
from braintumornet.core.files.atomic_write import write_json, write_text
from braintumornet.core.files.lock import locked
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import SplitRecord, TransferRecord
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.workers.processes import is_first_process
from braintumornet.data.splits import Split, make_split
from braintumornet.inference.card.model_facts import SECONDS
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.prepare.training_preparation import summarise_preparations
from braintumornet.training.resume_state import other_configuration

GROUPS = ("site", "pathology")
"""Columns whose values a run counts among its training patients."""


def choose_split(config: ExperimentConfig, cohort: Cohort, run: RunFolder, resume: bool) -> Split:
    """Return who trains; writes nothing.

    Raises:
        UsageError: the folder holds a run already, or none to resume, or one of another cohort or configuration.
        InputError: the cohort's `split` column, or a file of the run, cannot be used.
    """
    if not resume:
        require_free(run, "add --resume to continue it, or choose another --run")
    elif has_state(run):
        return _stored_split(config, cohort, run)
    else:
        _require_begun_alike(config, cohort, run)
    shares = config.data.split
    columns = shares.stratify if shares else ()
    return make_split(cohort, shares, config.seed, ["cohort", "pathology", *columns])


def has_state(run: RunFolder) -> bool:
    """Say whether a state was saved; a run that was stopped before that goes on from the start."""
    return run.state.exists()


def alone_in(run: RunFolder) -> AbstractContextManager[None]:
    """Keep a second training out of a run's folder; of processes that train together, the first holds the lock.

    Raises:
        UsageError: another training is at work there.
    """
    refusal = f"another training is at work in {run.path}; wait for it, or choose another --run"
    return locked(run.lock, refusal) if is_first_process() else nullcontext()


def require_free(run: RunFolder, advice: str) -> None:
    """Refuse a folder that holds a run.

    Raises:
        UsageError: ends with what to do instead.
    """
    require(not run.begun, f"{run.path} holds a run already; {advice}", UsageError)


def open_run(
    config: ExperimentConfig, cohort: Cohort, split: Split, run: RunFolder, origin: TransferRecord | None = None
) -> None:
    """Write what a run is before it starts; stopped in between, it is begun, and written again when it goes on."""
    train, val = (cohort.with_ids(list(ids)) for ids in (split.train, split.val))
    about = {
        "patients": sorted({case.patient_id for case in train}),
        "val_patients": sorted({case.patient_id for case in val}),
        "cohort": _fingerprint(config, cohort, run),
        "fingerprints": FINGERPRINTS,
        "cohorts": count_sides(cohort, split),
        "labelled": {task.name: sum(task.labelled(case) for case in train) for task in config.tasks},
        "validated": count_validated(config, val if config.training.validate_every else Cohort(val.name, ())),
        "groups": {column: counts for column in GROUPS if (counts := count_patients(train, column))},
    }
    if prepared := summarise_preparations(train):
        about["preparation"] = prepared.as_json()
    write_text(run.config, f"# braintumornet, {RESEARCH_USE}\n{config.to_yaml()}")
    write_json(run.split, {**asdict(split), **about})
    if origin is not None:
        write_json(run.transfer, origin.as_json())
    write_json(run.environment, _environment())


def note_seconds(run: RunFolder, seconds: float) -> None:
    """Write beside the machine how long a training took on it."""
    write_json(run.environment, {**run.read_environment(), SECONDS: f"{seconds:.0f}"})


def _stored_split(config: ExperimentConfig, cohort: Cohort, run: RunFolder) -> Split:
    stored = run.read_split()
    _require_same_cohort(stored, config, cohort, run)
    split = Split(**{side.name: tuple(stored.sides[side.name]) for side in fields(Split)})
    moved = [case for case in cohort if case.split is not None and case.id not in split.ids(case.split)]
    if moved:
        msg = (
            f"case {moved[0].id} is in the {moved[0].split} set now, and was in another when {run.path} was started; "
            "resume with the same split column and --hold-out, or choose a new --run"
        )
        raise UsageError(msg)
    return split


def _require_begun_alike(config: ExperimentConfig, cohort: Cohort, run: RunFolder) -> None:
    """Make sure that a run without a state was stopped before its first one, and was to be the same.

    Raises:
        UsageError: there is no run, it had a state, or it was begun with another configuration or cohort.
    """
    require(run.begun, f"{run.path} holds no run to resume; train without --resume", UsageError)
    if run.config.exists():
        begun = TrainedRun(run.path).config
        if begun.fingerprint() != config.fingerprint():
            raise other_configuration(run)
        last_step = max((step for step, _, _ in run.read_metrics()), default=0)
        require(
            not run.report.exists() and last_step <= begun.training.save_every,
            f"{run.path} has lost its saved state ({run.state}); bring it back, or choose another --run",
            UsageError,
        )
    if run.split.exists():
        _require_same_cohort(run.read_split(), config, cohort, run)


def _require_same_cohort(stored: SplitRecord, config: ExperimentConfig, cohort: Cohort, run: RunFolder) -> None:
    require(
        stored.fingerprints == FINGERPRINTS,
        f"{run.path} was begun by another version of braintumornet, with other fingerprints of cohorts, so that "
        "this one may be another; continue with that version, or train anew with another --run",
        UsageError,
    )
    require(
        stored.cohort == _fingerprint(config, cohort, run),
        f"the cohort is not the one that {run.path} was started with; resume with that one or choose a new --run",
        UsageError,
    )


def _fingerprint(config: ExperimentConfig, cohort: Cohort, run: RunFolder) -> str:
    digests = Digests((config.data.store or run.store) / CACHE_NAME)
    found = cohort_fingerprint(cohort, digests)
    digests.save()
    return found


def count_sides(cohort: Cohort, split: Split) -> dict[str, dict[str, dict[str, int]]]:
    """Return cohort -> side -> number of `cases` and `patients`."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for side, ids in asdict(split).items():
        own = cohort.with_ids(list(ids))
        for name in dict.fromkeys(case.cohort for case in own):
            cases = [case for case in own if case.cohort == name]
            patients = len({case.patient_id for case in cases})
            counts.setdefault(name, {})[side] = {"cases": len(cases), "patients": patients}
    return counts


def count_validated(config: ExperimentConfig, val: Cohort) -> dict[str, dict[str, int]]:
    """Return task -> how many `patients` and `phantoms` have a label to validate it by."""
    counts = {}
    for task in config.tasks:
        synthetic = {case.patient_id: case.is_synthetic for case in val if task.labelled(case)}
        counts[task.name] = {"patients": list(synthetic.values()).count(False), "phantoms": sum(synthetic.values())}
    return counts


def count_patients(cohort: Cohort, column: str) -> dict[str, int]:
    """Return value of a column -> number of patients with it."""
    found = {(case.patient_id, value) for case in cohort if (value := case.value(column)) is not None}
    return dict(sorted(Counter(value for _, value in found).items()))


def _environment() -> dict[str, str]:
    packages = ("braintumornet", "torch", "monai", "lightning", "numpy", "scipy")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        **{package: version(package) for package in packages},
    }
