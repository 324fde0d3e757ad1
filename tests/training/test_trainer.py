"""Training can be repeated, stopped and resumed, and says beforehand what cannot work."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from braintumornet.config import ExperimentConfig, load_config
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.training.preflight import GIB, check_norms, training_bytes
from braintumornet.training.trainer import fit


def weights(run: Path) -> dict[str, torch.Tensor]:
    return read_tensors(RunFolder(run).model)[0]


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def change(config: ExperimentConfig, **sections: object) -> ExperimentConfig:
    content = config.model_dump(mode="json")
    for section, values in sections.items():
        whole = not isinstance(values, dict) or "kind" in values  # another kind has other keys
        content[section] = values if whole else content[section] | values
    return ExperimentConfig.from_content(content, "changed")


def test_the_same_seed_gives_the_same_weights(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    for name in ("a", "b"):
        fit(tiny, phantoms, RunFolder(tmp_path / name))
    assert_same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_another_seed_gives_others(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path / "a"))
    fit(change(tiny, seed=1), phantoms, RunFolder(tmp_path / "b"))
    first, second = weights(tmp_path / "a"), weights(tmp_path / "b")
    assert not torch.equal(first["heads.tumour.1.weight"], second["heads.tumour.1.weight"])


class Stopped(Exception):  # noqa: N818
    """Stands for a power cut."""


def stop_at(step: int):
    def progress(done: int, total: int, losses: object) -> None:
        if done == step:
            raise Stopped

    return progress


WEIGHTINGS = [
    {"kind": "fixed", "weights": {"genotype": 0.3}},
    {"kind": "uncertainty"},
    {"kind": "dynamic", "epoch_steps": 1},
    {"kind": "pcgrad"},
]


@pytest.mark.parametrize("weighting", WEIGHTINGS, ids=lambda weighting: weighting["kind"])
@pytest.mark.parametrize("step", [2, 3])
def test_resumed_equals_uninterrupted(
    step: int, weighting: dict[str, object], phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    config = change(tiny, weighting=weighting)
    whole, stopped = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "stopped")
    fit(config, phantoms, whole)
    with pytest.raises(Stopped):
        fit(config, phantoms, stopped, progress=stop_at(step))
    torch.manual_seed(99)  # whatever happened in between
    assert fit(config, phantoms, stopped, resume=True).steps == 4
    assert_same(read_tensors(whole.state)[0], read_tensors(stopped.state)[0])
    assert_same(weights(whole.path), weights(stopped.path))
    assert whole.metrics.read_text() == stopped.metrics.read_text()


def test_weights_and_gradients_are_logged(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    config = change(tiny, training={"gradient_cosine_every": 1}, weighting={"kind": "pcgrad"})
    run = RunFolder(tmp_path / "run")
    fit(config, phantoms, run)
    rows = logged(run)
    cosines = [float(value) for _, name, value in rows if name == "cosine/tumour/genotype"]
    assert cosines
    assert all(-1 <= cosine <= 1 for cosine in cosines)
    assert all(float(value) > 0 for _, name, value in rows if name == "gradient/tumour")
    assert {name for step, name, _ in rows if step == "4"} >= {"weight/tumour", "loss/tumour"}


def test_a_gradient_is_as_large_as_its_weight(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    sizes = []
    for weight in (1.0, 0.25):
        weights_of = {"kind": "fixed", "weights": {"genotype": weight}}
        run = RunFolder(tmp_path / str(weight))
        fit(change(tiny, training={"gradient_cosine_every": 1}, weighting=weights_of), phantoms, run)
        sizes.append({name: float(value) for step, name, value in logged(run) if step == "1"})
    assert sizes[1]["gradient/tumour"] == pytest.approx(sizes[0]["gradient/tumour"])
    assert sizes[1]["gradient/genotype"] == pytest.approx(sizes[0]["gradient/genotype"] / 4, rel=1e-5)


def logged(run: RunFolder) -> list[list[str]]:
    return [line.split(",") for line in run.metrics.read_text().splitlines()[1:]]


def test_measuring_gradients_changes_nothing(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path / "a"))
    fit(change(tiny, training={"gradient_cosine_every": 1}), phantoms, RunFolder(tmp_path / "b"))
    assert_same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_validation_keeps_the_best_weights(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    sides = ("train", "train", "train", "train", "val", "val")
    cases = tuple(replace(case, split=side) for case, side in zip(phantoms, sides, strict=True))
    config = change(tiny, training={"validate_every": 2})
    config = change(config, tasks=tiny.model_dump(mode="json")["tasks"][:1])
    run = RunFolder(tmp_path / "run")
    result = fit(config, Cohort("x", cases), run)
    rows = [line.split(",") for line in run.metrics.read_text().splitlines()[1:]]
    scores = [float(value) for _, name, value in rows if name == "val/score"]
    assert len(scores) == 2
    assert result.best == pytest.approx(max(scores), abs=1e-5)


def test_reading_is_told_case_by_case(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fit(tiny, phantoms, RunFolder(tmp_path / "run"), reading=lambda done, total: told.append((done, total)))
    assert told == [(number, 6) for number in range(1, 7)]


def test_a_run_is_not_overwritten(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path))
    with pytest.raises(UsageError, match="holds a run already; add --resume"):
        fit(tiny, phantoms, RunFolder(tmp_path))


def test_two_trainings_do_not_share_a_folder(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    tried = []

    def another(done: int, total: int, losses: object) -> None:
        for resume in (False, True):
            with pytest.raises(UsageError, match="another training is at work in .*run; wait for it, or choose"):
                fit(tiny, phantoms, run, resume=resume)
            tried.append(done)

    fit(tiny, phantoms, run, progress=another)
    assert tried == [1, 1, 2, 2, 3, 3, 4, 4]
    assert not run.lock.exists()


def test_a_changed_configuration_is_not_resumed(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path))
    with pytest.raises(UsageError, match="was trained with another configuration"):
        fit(change(tiny, training={"steps": 8}), phantoms, RunFolder(tmp_path), resume=True)


def test_a_file_of_the_same_size_is_another_cohort(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    image = Path(shutil.copy(phantoms.cases[0].images["t2f"], tmp_path / "a.nii.gz"))
    first = replace(phantoms.cases[0], images={**phantoms.cases[0].images, "t2f": image})
    cohort, run = Cohort("x", (first, *phantoms.cases[1:])), RunFolder(tmp_path / "run")
    fit(tiny, cohort, run)
    assert fit(tiny, cohort, run, resume=True).steps == 4
    content = bytearray(image.read_bytes())
    content[4] ^= 1  # the time within a gzip file
    image.write_bytes(content)
    with pytest.raises(UsageError, match="the cohort is not the one that .* was started with"):
        fit(tiny, cohort, run, resume=True)


def test_other_workers_and_intervals_can_resume(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path))
    eager = change(tiny, training={"save_every": 1}, data={"memory_gib": 0})
    assert fit(eager, phantoms, RunFolder(tmp_path), resume=True).steps == 4


def test_a_run_with_other_fingerprints_is_not_resumed(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    """As the first version wrote them."""
    run = RunFolder(tmp_path)
    fit(tiny, phantoms, run)
    write_json(run.split, {key: value for key, value in read_json(run.split).items() if key != "fingerprints"})
    with pytest.raises(UsageError, match="was begun by another version .*; continue with that version, or train anew"):
        fit(tiny, phantoms, run, resume=True)


def test_a_state_with_a_wrong_bit_is_not_resumed(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    fit(tiny, phantoms, run)
    for file in (run.state, run.model):
        content = bytearray(file.read_bytes())
        content[-100] ^= 1
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"last\.safetensors .*it is damaged: its checksum is wrong; put back a copy"):
        fit(tiny, phantoms, run, resume=True)
    with pytest.raises(InputError, match=r"model\.safetensors .*it is damaged"):
        Predictor.from_run(run.path)


def test_a_patch_that_cannot_be_halved_is_refused_before_anything_is_written(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    config = change(tiny, data={"patch": [16, 15, 16]})
    with pytest.raises(UsageError, match="takes multiples of 2 voxels, found 15; use 14 or 16"):
        fit(config, phantoms, RunFolder(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_batch_that_will_not_fit_is_refused(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    config = change(tiny, data={"patch": [512, 512, 512], "batch_size": 512})
    with pytest.raises(UsageError, match="GiB are free; lower data.batch_size, data.patch or the backbone's width"):
        fit(config, phantoms, RunFolder(tmp_path / "run"))


def test_a_network_that_will_not_fit_is_refused_before_it_is_made(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    config = change(tiny, backbone={"width": 8192})
    with pytest.raises(UsageError, match="GiB are free; lower data.batch_size, data.patch or the backbone's width"):
        fit(config, phantoms, RunFolder(tmp_path / "run"))
    assert not (tmp_path / "run" / "config.yaml").exists()


def test_more_processes_than_patches_are_refused(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    config = change(tiny, training={"devices": 3})
    with pytest.raises(
        UsageError, match="data.batch_size 2: expected a patch for each of the 3 processes; use a larger"
    ):
        fit(config, phantoms, RunFolder(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_batch_norm_in_several_processes_is_refused(tiny: ExperimentConfig) -> None:
    config = change(tiny, backbone={"norm": "batch"})
    network = MultiTaskNetwork(config.backbone, config.tasks, 2)
    check_norms(network, processes=1)
    with pytest.raises(UsageError, match="batch norm, whose statistics 2 processes do not share; choose another"):
        check_norms(network, processes=2)


def test_the_memory_of_the_papers_step_is_known_without_computing_it() -> None:
    needed = training_bytes(load_config("plgg_paper"), bf16=True, patches=4)
    assert needed / GIB == pytest.approx(7.76, rel=0.15)  # GiB above idle, as measured


def test_runs_beside_each_other_read_a_case_once(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path / "a"))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").glob("*.safetensors")}
    fit(tiny, phantoms, RunFolder(tmp_path / "b"))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "store").glob("*.safetensors")} == before
    assert len(before) == len(phantoms)


def test_where_cases_are_kept_changes_nothing(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path / "a"))
    elsewhere = change(tiny, data={"store": str(tmp_path / "cases"), "memory_gib": 0})
    fit(elsewhere, phantoms, RunFolder(tmp_path / "b"))
    assert len(list((tmp_path / "cases").glob("*.safetensors"))) == len(phantoms)
    assert elsewhere.fingerprint() == tiny.fingerprint()
    assert_same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_a_cohort_without_cases_is_refused(tiny: ExperimentConfig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no case is left for training"):
        fit(tiny, Cohort("x", ()), RunFolder(tmp_path / "run"))
    assert list(tmp_path.iterdir()) == []


def test_a_task_without_a_label_is_refused(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    cases = tuple(replace(case, attributes={}) for case in phantoms)
    with pytest.raises(InputError, match="task 'genotype': none of the 6 training cases has a usable label in column"):
        fit(tiny, Cohort("x", cases), RunFolder(tmp_path / "run"))


def test_a_marker_that_sees_the_tumour_needs_a_mask(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    *known, last = phantoms.cases
    cases = (*(replace(case, targets={}, coding=None) for case in known), last)  # the last has a mask and no genotype
    with pytest.raises(InputError, match=r"task 'genotype': .* needs the mask too"):
        fit(tiny, Cohort("x", cases), RunFolder(tmp_path / "run"))


def test_deepmedic_trains_as_the_original_does(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    config = change(
        tiny,
        data={"patch": [9, 9, 9]},
        training={"optimizer": "rmsprop", "schedule": "halving", "l1": 1e-6, "l2": 1e-4, "max_norm": None},
        tasks=[
            {
                "kind": "segmentation",
                "name": "tumour",
                "regions": ["WT", "TC", "ET"],
                "tissues": ["non_enhancing_core", "oedema", "enhancing"],
                "loss": "ce",
            }
        ],
    )
    backbone = {"kind": "deepmedic", "widths": [4, 5], "factors": [3], "residual": [2], "fc_widths": [6, 7]}
    config = ExperimentConfig.from_content(config.model_dump(mode="json") | {"backbone": backbone}, "changed")
    fit(config, phantoms, RunFolder(tmp_path / "run"))
    found = Predictor.from_run(tmp_path / "run").predict(phantoms.cases[0]).maps["tumour"]
    assert found.regions == ("WT", "TC", "ET")
    assert (found.probabilities >= 0).all()
    assert (found.probabilities[0] >= found.probabilities[1] - 1e-6).all()
    assert (found.probabilities[1] >= found.probabilities[2] - 1e-6).all()


@pytest.mark.parametrize(
    ("change_of", "message"),
    [
        (
            {"where": {"patholgy": "hgg"}},
            "task 'tumour', where: no case of .* a column 'patholgy'; did you mean 'patho",
        ),
        ({"where": {"pathology": "hgq"}}, "none of the .* fits its where, pathology: hgq .they have plgg.; correct it"),
        ({"where": {"patient_id": "nobody"}}, "fits its where, patient_id: nobody"),
    ],
)
def test_a_condition_that_no_case_meets_is_said(
    change_of: dict, message: str, phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    tasks = tiny.model_dump(mode="json")["tasks"][:1]
    with pytest.raises((UsageError, InputError), match=message):
        fit(change(tiny, tasks=[{**tasks[0], **change_of}]), phantoms, RunFolder(tmp_path / "a"))
    assert not (tmp_path / "a").exists()


def test_a_column_to_sample_by_that_no_case_has_is_refused(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    config = change(tiny, data={"sampling": {"by": "sight"}})
    with pytest.raises(UsageError, match="data.sampling.by: no case of cohort phantoms has a column 'sight'"):
        fit(config, phantoms, RunFolder(tmp_path / "a"))


def test_a_run_is_not_resumed_with_other_sides(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path / "a"))
    first, *others = phantoms.cases
    left_out = Cohort("phantoms", (replace(first, split="test"), *(replace(case, split="train") for case in others)))
    with pytest.raises(UsageError, match=f"case {first.id} is in the test set now, and was in another when"):
        fit(tiny, left_out, RunFolder(tmp_path / "a"), resume=True)
