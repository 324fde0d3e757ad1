"""A finished study whose scores were written down, not reached: numbers that can be checked by hand."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.files.atomic_write import write_json, write_text
from braintumornet.core.scores import Row, Scores
from braintumornet.report.study.study_page import write_study_report
from braintumornet.results.study_result import read_result
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.completed_jobs import masks_fingerprint
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.read_study import load_study, reopen
from braintumornet.studies.run_jobs import open_study
from braintumornet.studies.study_cohorts import load_cases, name_tables
from braintumornet.studies.study_folder import StudyFolder

from ...score_tables import make_rows

TASKS = [
    {"kind": "segmentation", "name": "hgg", "regions": ["WT"]},
    {"kind": "segmentation", "name": "mets", "regions": ["TC"]},
    {"kind": "classification", "name": "genotype", "target": "genotype", "classes": ["a", "b"], "roi": "patch"},
]
ARMS = {
    "own": {"kind": "task_ensemble", "members": {"hgg": "hgg only", "mets": "mets only"}},
    "multi": {"grid": {"key": "weighting.weights.genotype", "values": [0.1, 0.3]}},
    "hgg only": {"tasks": ["hgg"]},
    "mets only": {"tasks": ["mets"]},
    "marker": {"tasks": ["genotype"]},
}
SIDES = {
    "first": ("train", "train", "val", "val", "test", "test"),
    "second": ("test", "test", "train", "train", "val", "val"),
}

DICE = {  # of the two test cases of each split
    ("hgg only", "hgg"): {"first": (0.8, 0.6), "second": (0.9, 0.7)},
    ("multi", "hgg"): {"first": (0.9, 0.7), "second": (0.85, 0.65)},
    ("tool", "hgg"): {"first": (1.0, 0.0), "second": (0.9, 0.7)},
    ("mets only", "mets"): {"first": (0.5, 0.5), "second": (0.6, 0.6)},
    ("multi", "mets"): {"first": (0.0, 0.8), "second": (0.6, 0.6)},
}
AUC = {"multi": {"first": 0.9, "second": 0.7}, "marker": {"first": 0.6, "second": 0.8}}
RELIABILITY = {"first": (3, 0.85, 1.0), "second": (1, 0.85, 0.0)}  # cases, confidence, accuracy
LESIONS = {"first": (4, 0.5, 1.0), "second": (2, 1.0, 0.5)}  # how many, found, false per case
SECONDS = {"hgg only": {"first": 10.0, "second": 20.0}, "mets only": {"first": 30.0, "second": 30.0}}
LOSSES = {
    ("hgg only", "hgg"): {"first": 0.2, "second": 0.4},
    ("mets only", "mets"): {"first": 0.6, "second": 0.6},
    ("marker", "genotype"): {"first": 0.9, "second": 1.1},
}
CHOICES = {"first": "weighting.weights.genotype=0.3", "second": "weighting.weights.genotype=0.1"}


@pytest.fixture(scope="session")
def finished(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """The study, not to be changed."""
    return make_study(tmp_path_factory.mktemp("study"), phantoms, tiny, ARMS)


@pytest.fixture
def changed(finished: StudyFolder, tmp_path: Path) -> StudyFolder:
    """A copy that may be changed."""
    shutil.copytree(finished.path, tmp_path / "made", ignore=shutil.ignore_patterns("report.html", "tables"))
    return StudyFolder(tmp_path / "made")


@pytest.fixture(scope="session")
def page(
    finished: StudyFolder, report_on: Callable[[StudyFolder], None], read_page: Callable[[Path], object]
) -> object:
    """The page of the study, read."""
    report_on(finished)
    return read_page(finished.page)


@pytest.fixture
def with_masks(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> StudyFolder:
    """The study with an arm more, the masks of another tool: the truth of one test case, and none of the other."""
    for split in SIDES:
        (tmp_path / "masks" / split).mkdir(parents=True)
    shutil.copy(phantoms.cases[4].targets["seg"], tmp_path / "masks" / "first" / "phantom-0004.nii.gz")
    tool = {
        "kind": "external_masks",
        "folder": str(tmp_path / "masks" / "{split}"),
        "label_scheme": "brats2023",
        "task": "hgg",
    }
    return make_study(tmp_path, phantoms, tiny, {**ARMS, "tool": tool})


@pytest.fixture
def with_one_split(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> StudyFolder:
    """The study with the first split only."""
    return make_study(tmp_path, phantoms, tiny, ARMS, splits=("first",))


@pytest.fixture(scope="session")
def report_on() -> Callable[[StudyFolder], None]:
    """Write the page of a study from its folder."""

    def write(folder: StudyFolder) -> None:
        write_study_report(read_result(reopen(folder), folder), folder.page, folder.tables)

    return write


def make_study(
    folder: Path,
    phantoms: Cohort,
    tiny: ExperimentConfig,
    arms: Mapping[str, Mapping[str, object]],
    splits: Sequence[str] = tuple(SIDES),
) -> StudyFolder:
    """Write a study of six cases and two unseen ones, all of whose jobs are done."""
    cases = [
        replace(case, attributes={"genotype": "ab"[n % 2], **{name: sides[n] for name, sides in SIDES.items()}})
        for n, case in enumerate(phantoms)
    ]
    unseen = [replace(case, id=f"phantom-new-{n}", patient_id=f"phantom-new-{n}") for n, case in enumerate(cases[:2])]
    write_manifest(Cohort("c", tuple(cases)), folder / "cohort.csv")
    write_manifest(Cohort("u", tuple(unseen)), folder / "unseen.csv")
    weighting = {"kind": "fixed", "weights": {"genotype": 0.3}}
    content = {**tiny.model_dump(mode="json"), "tasks": TASKS, "weighting": weighting}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(content))
    rounds = {"kind": "predefined", "columns": list(splits)}
    study = {"experiment": str(folder / "tiny.yaml"), "arms": dict(arms), "splits": rounds}
    (folder / "made.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    place = StudyFolder(folder / "made")
    named = name_tables(
        load_study(str(folder / "made.yaml")), [folder / "cohort.csv"], {"phantom-new": folder / "unseen.csv"}
    )
    plan = plan_study(named, *load_cases(named, place))
    open_study(plan, place)
    for job in plan.jobs.values():
        _finish(job, plan, place)
    return place


def _finish(job: Job, plan: Plan, place: StudyFolder) -> None:
    for part, cohort in job.parts.items():
        Scores.of(_scores(job, part, cohort)).write(place.scores(job.name, part))
    if job.split == "first" and "test" in job.parts and job.arm in ("multi", "hgg only"):
        for case in job.parts["test"]:
            _answer(case, place.predictions(job.name, "test"))
    if job.config is not None:
        _leave_run(job, place)
    seconds = SECONDS.get(job.arm, {}).get(job.split, 5.0)
    cost = {"parameters": 1000, "operations": 2 * 10**9, "memory_gib": 0.5, "steps": 4, "device": "cpu"}
    cost["training_operations"] = 48 * 10**9
    choice = CHOICES[job.split] if job.choices else ""
    measured = {"training_s": seconds, "prediction_s": 1.5}
    about = {"fingerprint": job.fingerprint, **masks_fingerprint(job, place)}
    done = {**about, "choice": choice, "cost": {**cost, **measured}}
    write_json(place.result(job.name), done)


def _scores(job: Job, part: str, cohort: Cohort) -> Iterator[Row]:
    for task, region, share in (("hgg", "WT", 1.0), ("mets", "TC", 0.5)):
        values = DICE.get((job.arm, task))
        elsewhere = 0.4 if (part, job.arm) == ("phantom-new", "multi") else 0.5
        for n, case in enumerate(cohort if values else ()):
            dice = values[job.split][n % 2] if part == "test" and values else elsewhere
            note = "empty in prediction: missed" if dice == 0 else ""
            yield from make_rows(case.id, task, region, {"dice": dice}, note)
            yield from make_rows(case.id, task, region, {"volume_truth_ml": share * (int(case.id[-1]) + 1)})
        if task == "mets" and values:
            metrics = ("lesions", "detection_sensitivity", "false_lesions_per_case")
            found = make_rows("", task, region, dict(zip(metrics, LESIONS[job.split], strict=True)))
            yield from ({**row, "lesion": size} for size in ("", "up to 0.065 ml") for row in found)
    if job.arm in AUC:
        yield from make_rows("", "genotype", "macro", {"auc": AUC[job.arm][job.split]})
    if job.arm == "multi":
        metrics = ("reliability_cases", "reliability_confidence", "reliability_accuracy")
        values = dict(zip(metrics, RELIABILITY[job.split], strict=True))
        yield from make_rows("", "genotype", "confidence 0.8 to 0.9", values)


def _answer(case: Case, folder: Path) -> None:
    """Leave a prediction that is the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(case.targets["seg"], folder / f"{case.id}.nii.gz")
    file = {"name": f"{case.id}.nii.gz", "coding": case.coding, "regions": ["WT"]}
    write_json(
        folder / f"{case.id}.json", {"segmentation": {"hgg": {"target": "seg", "regions": ["WT"], "files": [file]}}}
    )


def _leave_run(job: Job, place: StudyFolder) -> None:
    """Leave what a training leaves, as far as a report reads it."""
    run = place.run(job.name)
    assert job.config is not None
    drawn = [{"group": "phantom", "task": "", "what": "samples", "samples": 8}]
    drawn += [{"group": "phantom", "task": t.name, "what": "labelled", "samples": 6} for t in job.config.tasks]
    write_json(run.report, {"steps": 4, "best": None, "drawn": drawn, "router": []})
    write_json(run.environment, {"python": "3.11", "torch": "2.9"})
    ends = {task.name: LOSSES.get((job.arm, task.name), {}).get(job.split, 7.0) for task in job.config.tasks}
    rows = [f"{step},loss/{name},{many * loss}" for step, many in ((2, 5), (4, 1)) for name, loss in ends.items()]
    write_text(run.metrics, "\n".join(["step,name,value", *rows]) + "\n")
