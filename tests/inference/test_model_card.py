"""What a run says of itself, and that nobody overlooks who was never asked."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import braintumornet
from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import SplitRecord
from braintumornet.inference.card.model_card import format_card, write_card
from braintumornet.inference.card.model_facts import describe_model
from braintumornet.inference.card.validation_status import NEVER, NO_PATIENT, UNKNOWN, describe_validation
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.training.trainer import fit

Btn = Callable[..., tuple[int, str, str]]
ON_TWO = "validated on 2 patients with expert labels"


@pytest.fixture(scope="module")
def patients(phantoms: Cohort) -> Cohort:
    """Six heads that say of themselves that they are patients; two of them validate, of whom one has a genotype."""

    def as_patient(number: int, case: Case) -> Case:
        side, site = ("val", "north") if number > 3 else ("train", "south|<b>")
        return replace(case, cohort="gli", pathology="hgg", split=side, attributes={**case.attributes, "site": site})

    return Cohort("gli", tuple(as_patient(number, case) for number, case in enumerate(phantoms)))


@pytest.fixture(scope="module")
def validated(patients: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """A run that was validated on them."""
    path = tmp_path_factory.mktemp("runs") / "validated"
    training = tiny.training.model_copy(update={"validate_every": 2})
    fit(tiny.model_copy(update={"training": training}), patients, RunFolder(path))
    return TrainedRun(path)


def test_a_run_says_on_whom_it_was_validated(validated: TrainedRun) -> None:
    assert validated.validation == {"tumour": ON_TWO, "genotype": "validated on 1 patient with expert labels"}
    facts = describe_model(validated)
    results = {result["figure"]: result for result in facts["tasks"][0]["results"]}
    assert results["WT/dice"]["patients"] == 2
    assert results["WT/dice"]["mean"] == pytest.approx(
        validated.history.query("name == 'val/tumour/WT/dice' and step == @validated.notes.step")["value"].item()
    )
    assert facts["data"]["groups"] == {"site": {"south|<b>": 4}, "pathology": {"hgg": 4}}
    assert int(facts["training"]["seconds"]) >= 0


def test_the_card_is_plain_markdown(validated: TrainedRun) -> None:
    card = validated.folder.card.read_text()
    assert card == format_card(describe_model(validated))
    assert card.startswith("# Model card: validated\n\n- **Research use; not for clinical decisions.**\n")
    assert f"- tumour: **{ON_TWO}**." in card
    assert "- site of the training patients: south|&lt;b> (4)" in card
    assert "| tumour | WT/dice | 2 | " in card
    assert "- gli: 4 patients train, 2 patients val" in card
    assert "hgg (4 patients); what else looks like a tumour" in card
    assert "(phantoms)" not in card
    assert "## Calibration\n\n- There is none, so that volumes have no intervals" in card


def test_phantoms_are_no_patients(run: Path, phantoms: Cohort, tmp_path: Path, btn: Btn) -> None:
    assert "- gli" not in (run / "model_card.md").read_text()
    card = (run / "model_card.md").read_text()
    assert "phantom (synthetic): 6 phantoms train" in card
    assert " patients" not in card.replace("says little of patients", "").replace(NEVER, "")
    first = phantoms.cases[0]
    named = ("predict", "--t1c", first.images["t1c"], "--t2f", first.images["t2f"], "--run", run, "--output", tmp_path)
    assert NEVER in btn(*named)[1]
    assert json.loads(btn(*named, "--json")[1])[0]["validation"] == f"{NO_PATIENT}; {NEVER}"
    assert NO_PATIENT[1:] in card
    assert NEVER in braintumornet.Predictions(tmp_path)._repr_html_()
    assert NEVER in btn("info", run)[1]
    assert json.loads(btn("info", run, "--json")[1])["card"]["tasks"][0]["validation"] == NEVER
    btn("report", run, "--output", tmp_path / "page.html")
    assert f'class="warning">Validation in training: {NEVER}.' in (tmp_path / "page.html").read_text()


def test_one_task_may_have_been_validated_and_another_not(
    validated: TrainedRun, phantoms: Cohort, tmp_path: Path
) -> None:
    shutil.copytree(validated.path, tmp_path / "run")
    file = tmp_path / "run" / "split.json"
    split = json.loads(file.read_text())
    split["validated"]["genotype"] = {"patients": 0, "phantoms": 3}
    file.write_text(json.dumps(split))
    case = Cohort("c", phantoms.cases[:1])
    both = f"tumour: {ON_TWO}; genotype: {NEVER}"
    for tasks, said in (((), both), (("tumour",), ON_TWO), (("genotype",), NEVER)):
        (record,) = braintumornet.predict(case, tmp_path / "run", tmp_path / said[:9], tasks=tasks, progress=False)
        assert isinstance(record, PredictionRecord)
        assert record.validation == said
    assert f"genotype: **{NEVER}**." in write_card(TrainedRun(tmp_path / "run")).read_text()


SIDES = {"cases": 2, "patients": 2}
BEFORE = {"train": ["a"], "val": ["b"], "test": [], "cohort": "c"}


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ({**BEFORE, "validated": {"t": {"patients": 2, "phantoms": 0}}}, ON_TWO),
        ({**BEFORE, "validated": {"t": {"patients": 0, "phantoms": 2}}}, NEVER),
        ({**BEFORE, "validated": {"u": {"patients": 2, "phantoms": 0}}}, NEVER),
        ({**BEFORE, "train": [], "val": []}, UNKNOWN),  # imported
        (BEFORE, UNKNOWN),
        ({**BEFORE, "val": []}, NEVER),
        ({**BEFORE, "cohorts": {"phantom": {"val": SIDES}, "gli": {"train": SIDES}}}, NEVER),
        ({**BEFORE, "cohorts": {"phantom": {"val": SIDES}, "gli": {"val": SIDES}}}, UNKNOWN),
    ],
)
def test_what_is_not_known_is_not_claimed(split: dict[str, object], said: str) -> None:
    assert describe_validation(SplitRecord.model_validate(split), ["t"]) == {"t": said}
