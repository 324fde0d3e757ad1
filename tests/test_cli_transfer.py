"""From one run to the next, and arms beside each other, as a user runs them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest

Result = tuple[int, str, str]
Btn = Callable[..., Result]

HGG = {"kind": "segmentation", "name": "hgg", "regions": ["WT"], "where": {"pathology": "hgg"}}
METS = {"kind": "segmentation", "name": "mets", "regions": ["TC"], "where": {"pathology": "mets"}}


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    """Four heads called hgg, two called mets."""
    kinds = ("hgg", "hgg", "hgg", "hgg", "mets", "mets")
    cases = tuple(replace(case, pathology=kind) for case, kind in zip(phantoms, kinds, strict=True))
    write_manifest(Cohort("hybrid", cases), tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


@pytest.fixture
def configs(tiny: ExperimentConfig, tmp_path: Path) -> Path:
    """The arms, each on top of `multi.yaml`."""
    content = tiny.model_dump(mode="json") | {"tasks": [HGG, METS]}
    pooled = {"kind": "pooled_segmentation", "name": "tumour", "structures": {"hgg": "WT", "mets": "TC"}}
    transfer = {"run": str(tmp_path / "runs" / "hgg"), "heads": {"mets": "hgg"}, "warm_up_steps": 1}
    arms = {
        "hgg": {"tasks": [HGG]},
        "mets": {"tasks": [METS]},
        "joint": {"tasks": [pooled]},
        "finetuned": {"tasks": [METS], "transfer": transfer},
    }
    (tmp_path / "multi.yaml").write_text(yaml.safe_dump(content))
    for name, sections in arms.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"base": "multi.yaml", **sections}))
    return tmp_path


def expect(result: Result, code: int, *texts: str) -> None:
    """Expect one clear line and nothing else."""
    assert result[0] == code, result
    assert len(result[2].strip().splitlines()) == 1
    assert all(text in result[2] for text in texts), result[2]


def test_five_arms_side_by_side(table: Path, configs: Path, tmp_path: Path, btn: Btn) -> None:
    scores = {}
    for arm in ("hgg", "mets", "joint", "finetuned", "multi"):
        run, masks, scores[arm] = tmp_path / "runs" / arm, tmp_path / "predictions" / arm, tmp_path / f"{arm}.csv"
        code, out, err = btn("train", configs / f"{arm}.yaml", "--cohort", table, "--run", run)
        assert code == 0, err
        assert ("Started from" in out) == (arm == "finetuned")
        assert btn("predict", table, "--run", run, "--output", masks)[0] == 0
        asked = ("--tasks-of", configs / "multi.yaml", "--output", scores[arm])
        assert btn("evaluate", table, masks, *asked)[0] == 0
    own = ("--single-task", f"hgg={scores['hgg']}", "--single-task", f"mets={scores['mets']}")
    others = [f"{name}={scores[arm]}" for name, arm in (("joint", "joint"), ("as-is", "hgg"), ("multi", "multi"))]
    code, out, _ = btn("retention", *others, *own, "--json")
    rows = json.loads(out)["arms"]
    assert [(row["arm"], row["task"], row["structure"], row["cases"]) for row in rows[:4]] == [
        ("task-specific", "hgg", "WT", 4),
        ("task-specific", "mets", "TC", 2),
        ("joint", "hgg", "WT", 4),
        ("joint", "mets", "TC", 2),
    ]
    assert next(row["lost"] for row in rows if (row["arm"], row["task"]) == ("as-is", "hgg")) == 0
    shown = btn("retention", *others, *own)[1]
    assert all(word in shown for word in ("task-specific", "joint", "change", "One training each"))


def test_arms_on_other_cases_are_refused(tmp_path: Path, btn: Btn) -> None:
    header = "case_id,task,structure,metric,value,note\n"
    (tmp_path / "own.csv").write_text(header + "a,hgg,WT,dice,0.9,\nb,hgg,WT,dice,0.9,\n")
    (tmp_path / "other.csv").write_text(header + "a,hgg,WT,dice,0.9,\n")
    result = btn("retention", f"x={tmp_path / 'other.csv'}", "--single-task", f"hgg={tmp_path / 'own.csv'}")
    expect(result, 1, "arm 'x', task 'hgg', WT: 1 cases are scored, and 2 for the network trained for it alone")


@pytest.fixture
def source(table: Path, configs: Path, tmp_path: Path, btn: Btn) -> Path:
    run = tmp_path / "runs" / "hgg"
    assert btn("train", configs / "hgg.yaml", "--cohort", table, "--run", run)[0] == 0
    return run


def refuse_transfer(configs: Path, table: Path, btn: Btn, *words: str) -> Result:
    """Try to fine-tune, and see that nothing was written."""
    before = sorted(configs.rglob("*"))
    result = btn("train", configs / "finetuned.yaml", "--cohort", table, "--run", configs / "runs" / "next", *words)
    assert sorted(configs.rglob("*")) == before
    return result


def test_a_source_of_another_architecture_is_refused(source: Path, table: Path, configs: Path, btn: Btn) -> None:
    result = refuse_transfer(configs, table, btn, "--set", "backbone.width=16")
    expect(result, 2, f"usage error: transfer.run {source}: has another architecture: backbone.width is 8 there and 16")


def test_a_truncated_source_is_refused(source: Path, table: Path, configs: Path, btn: Btn) -> None:
    weights = source / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    expect(refuse_transfer(configs, table, btn), 1, "error:", "model.safetensors is no readable checkpoint")


def test_a_source_that_is_no_run_is_refused(table: Path, configs: Path, btn: Btn) -> None:
    expect(refuse_transfer(configs, table, btn), 2, "hgg is not a finished run: config.yaml is missing")


def test_a_leak_is_refused(source: Path, table: Path, configs: Path, phantoms: Cohort, btn: Btn) -> None:
    result = refuse_transfer(configs, table, btn, "--hold-out", phantoms.cases[0].id)
    expect(result, 1, f"case {phantoms.cases[0].id}: patient", "is in this run's test set and trained")


def test_a_truncated_run_predicts_nothing(source: Path, table: Path, tmp_path: Path, btn: Btn) -> None:
    weights = source / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    result = btn("predict", table, "--run", source, "--output", tmp_path / "p")
    expect(result, 1, "model.safetensors is no readable checkpoint")
    assert not (tmp_path / "p").exists()


def test_a_run_whose_weights_are_of_another_network_predicts_nothing(
    source: Path, table: Path, tmp_path: Path, btn: Btn
) -> None:
    text = (source / "config.yaml").read_text()
    assert "width: 8" in text
    (source / "config.yaml").write_text(text.replace("width: 8", "width: 16"))
    result = btn("predict", table, "--run", source, "--output", tmp_path / "p")
    expect(result, 1, "model.safetensors does not fit the network of this configuration")
    assert not (tmp_path / "p").exists()


def test_a_task_that_nobody_labels_is_refused(table: Path, configs: Path, tmp_path: Path, btn: Btn) -> None:
    table.write_text(table.read_text().replace(",mets", ",plgg"))
    result = btn("train", configs / "multi.yaml", "--cohort", table, "--run", tmp_path / "run")
    expect(result, 1, "task 'mets': none of the 6 training cases fits its where, pathology: mets (they have hgg, plgg)")
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [touch hacked]", "!!python/name:os.system"])
def test_a_configuration_with_code_is_refused(
    tag: str, table: Path, tmp_path: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evil.yaml").write_text(f"seed: {tag}\n")
    before = sorted(tmp_path.iterdir())
    result = btn("train", "evil.yaml", "--cohort", table, "--run", "run")
    expect(result, 2, "usage error: evil.yaml holds more than plain values", "a configuration runs no code")
    assert sorted(tmp_path.iterdir()) == before


def test_info_says_what_a_run_is(source: Path, btn: Btn) -> None:
    code, out, _ = btn("info", source, "--json")
    about = json.loads(out)
    assert code == 0
    assert about["cases"] == {"train": 6, "val": 0, "test": 0}
    assert about["weights"] == {"step": 4}
    assert about["parameters"]["together"] == about["parameters"]["shared"] + about["tasks"][0]["parameters"]
    assert set(about["fingerprints"]) == {"config", "cohort", "model"}
    shown = btn("info", source)[1]
    assert all(word in shown for word in ("pathology hgg", "resunet", "4 steps", "research use"))


def test_info_counts_what_sharing_saves(configs: Path, btn: Btn) -> None:
    about = json.loads(btn("info", configs / "multi.yaml", "--json")[1])
    hgg, mets = (json.loads(btn("info", configs / f"{arm}.yaml", "--json")[1]) for arm in ("hgg", "mets"))
    for what in ("parameters", "operations"):
        assert about[what]["apart"] == hgg[what]["together"] + mets[what]["together"]
        assert about[what]["together"] < about[what]["apart"]
    assert about["operations"]["patch"] == [16, 16, 16]


def test_info_says_which_heads_are_detached(configs: Path, btn: Btn) -> None:
    (configs / "probe.yaml").write_text(
        yaml.safe_dump({"base": "multi.yaml", "tasks": [HGG, {**METS, "detach": True}]})
    )
    about = json.loads(btn("info", configs / "probe.yaml", "--json")[1])
    assert [task["detach"] for task in about["tasks"]] == [False, True]
    assert btn("info", configs / "probe.yaml")[1].count("detached") == 1


def test_info_about_the_package(btn: Btn) -> None:
    about = json.loads(btn("info", "--json")[1])
    assert {"braintumornet_paper", "demo"} <= set(about["configurations"])
    assert {"resunet", "deepmedic"} <= set(about["kinds"]["backbone"])
    assert "braintumornet_paper" in btn("info")[1]


def test_info_about_nothing_known_is_refused(btn: Btn) -> None:
    expect(btn("info", "nobody"), 2, "there is no configuration 'nobody'; known:")
