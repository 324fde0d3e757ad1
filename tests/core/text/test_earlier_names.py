"""What was called differently before is read, with a warning that tells the name of now."""

from pathlib import Path

import pytest

from braintumornet.config import load_config
from braintumornet.core.files.safe_yaml import parse_yaml
from braintumornet.core.text.earlier_names import CONFIG_NAMES, STUDY_NAMES, current_words
from braintumornet.core.text.errors import InputWarning, UsageError
from braintumornet.studies.read_study import load_study

EARLIER = """
data:
  draw: {kind: quota, over: pathology, shares: {hgg: 0.5, mets: 0.5}}
  augment: {turn: 0.3, stretch: 0.1, drift_sd: 0.2, bias_sd: 0.1, drop: 0.2, chance: {drift: 0.5, bias: 0.4, gamma: 1}}
tasks:
  - {kind: segmentation, name: tumour, dice_over: sample, smallest_ml: 0.5}
  - {kind: classification, name: genotype, sees: patch}
backbone: {kind: resunet, fork: pathway}
"""
NOW = """
data:
  sampling: {kind: quota, by: pathology, shares: {hgg: 0.5, mets: 0.5}}
  augment:
    affine: 0.3
    anisotropic_scale: 0.1
    linear_bias_sd: 0.2
    bias_field_sd: 0.1
    sequence_dropout: 0.2
    probability: {linear_bias: 0.5, bias_field: 0.4, gamma: 1}
tasks:
  - {kind: segmentation, name: tumour, dice_reduction: sample, min_component_ml: 0.5}
  - {kind: classification, name: genotype, roi: patch}
backbone: {kind: resunet, branch_at: decoder}
"""
EARLIER_STUDY = """
experiment: mine.yaml
set: {data.draw.kind: uniform, tasks.0: {sees: patch}}
arms:
  v1.0 shared: {set: {data: {augment: {turn: 0.1}}}, grid: {key: tasks.0.dice_over, values: [batch, sample]}}
  before: {kind: run, run: runs/a}
  nnU-Net: {kind: masks, folder: masks, coding: brats2023}
  baseline: {kind: facts, task: genotype}
  each: {kind: parts, parts: {tumour: before, genotype: baseline}}
splits: {kind: leave_out, over: site}
unseen: {new: new.csv}
phantoms: {phantom-new: {cases: 2, unseen: true}}
"""
STUDY_NOW = """
experiment: mine.yaml
set: {data.sampling.kind: uniform, tasks.0: {roi: patch}}
arms:
  v1.0 shared: {set: {data: {augment: {affine: 0.1}}}, grid: {key: tasks.0.dice_reduction, values: [batch, sample]}}
  before: {kind: pretrained, run: runs/a}
  nnU-Net: {kind: external_masks, folder: masks, label_scheme: brats2023}
  baseline: {kind: clinical_baseline, task: genotype}
  each: {kind: task_ensemble, members: {tumour: before, genotype: baseline}}
splits: {kind: leave_one_group_out, by: site}
external: {new: new.csv}
phantoms: {phantom-new: {cases: 2, external: true}}
"""


def test_every_key_and_value_of_a_configuration_is_read_by_its_earlier_name() -> None:
    earlier, now = parse_yaml(EARLIER, "earlier"), parse_yaml(NOW, "now")
    with pytest.warns(InputWarning) as warned:
        assert CONFIG_NAMES.current(earlier, "mine.yaml") == now
    texts = [str(warning.message) for warning in warned]
    assert "mine.yaml: `tasks.1.sees` is now `tasks.1.roi`; the earlier name is read until 0.3" in texts
    assert any("`backbone.branch_at: pathway` is now `backbone.branch_at: decoder`; " in text for text in texts)
    assert len(texts) == len(CONFIG_NAMES.keys) + 1
    assert CONFIG_NAMES.current(now, "mine.yaml") == now
    assert CONFIG_NAMES.earlier(now) == earlier


def test_every_key_and_value_of_a_study_is_read_by_its_earlier_name() -> None:
    earlier, now = parse_yaml(EARLIER_STUDY, "earlier"), parse_yaml(STUDY_NOW, "now")
    with pytest.warns(InputWarning) as warned:
        assert STUDY_NAMES.current(earlier, "mine.yaml") == now
    texts = [str(warning.message) for warning in warned]
    assert "mine.yaml: `unseen` is now `external`; the earlier name is read until 0.3" in texts
    assert any("`arms.before.kind: run` is now `arms.before.kind: pretrained`; " in text for text in texts)
    assert any("`data.draw.kind` is now `data.sampling.kind`; " in text for text in texts)
    assert STUDY_NAMES.quietly().current(earlier) == now
    assert STUDY_NAMES.earlier(now) == earlier


@pytest.mark.parametrize(("kind", "now"), STUDY_NAMES.values["splits.kind"].items())
def test_a_way_to_split_is_read_by_its_earlier_name(kind: str, now: str) -> None:
    with pytest.warns(InputWarning, match=f"`splits.kind: {kind}` is now `splits.kind: {now}`"):
        assert load_study("study_demo", [f"splits={{kind: {kind}}}"]).splits.kind == now


def test_an_earlier_name_counts_above_its_base_and_after_set(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("base: glioma_small\ndata: {augment: {turn: 0.1}}\n")
    with pytest.warns(InputWarning, match=r"mine.yaml: `data.augment.turn` is now `data.augment.affine`"):
        assert load_config(str(tmp_path / "mine.yaml")).data.augment.affine == 0.1
    with pytest.warns(InputWarning, match=r"--set: `data.augment.turn` is now `data.augment.affine`"):
        assert load_config("glioma_small", ["data.augment.turn=0.2"]).data.augment.affine == 0.2


def test_a_key_by_both_names_is_refused() -> None:
    with (
        pytest.warns(InputWarning),
        pytest.raises(UsageError, match="mine.yaml: tasks.0.roi is there twice, also as 'sees'; keep one"),
    ):
        CONFIG_NAMES.current({"tasks": [{"roi": "patch", "sees": "tumour"}]}, "mine.yaml")


def test_commands_and_options_are_read_by_their_earlier_names() -> None:
    with pytest.warns(InputWarning) as warned:
        now = current_words(["arms", "a=a.csv", "--own", "hgg=--own.csv", "--own=mets=m.csv"])
    assert now == ["retention", "a=a.csv", "--single-task", "hgg=--own.csv", "--single-task=mets=m.csv"]
    assert {str(each.message) for each in warned} == {
        "`arms` is now `retention`; the earlier name is read until 0.3",
        "`--own` is now `--single-task`; the earlier name is read until 0.3",
    }
