"""What is true of the real sample cases."""

from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.data.check.check_table import check_table, plan_check
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.volumes.nifti import read_values
from braintumornet.volumes.skull import CLEAREST_SCORE, skull_score
from braintumornet.volumes.volume import to_ras


def check_real(folder: Path, tmp_path: Path, coding: str | None = None):
    write_manifest(read_cohort(folder, coding=coding), tmp_path / "real.csv")
    table = read_table(tmp_path / "real.csv")
    return check_table(table, plan_check(table)).findings


def test_real_gliomas_have_a_few_labels_outside_their_brain_masks(shared_data, tmp_path):
    found = check_real(shared_data / "brats2013-hgg", tmp_path, "brats2013")
    assert [(f.kind, f.severity) for f in found] == [("outside-brain", "note")] * 4
    assert [f.text.split()[1] for f in found] == ["120", "14", "2", "481"]


def test_nothing_is_wrong_with_the_real_glioma_of_2021(shared_data, tmp_path):
    assert check_real(shared_data / "brats2021-gli", tmp_path, "brats2023") == ()


def test_the_real_metastasis_is_not_fully_covered_by_its_images(shared_data, tmp_path):
    (found,) = check_real(shared_data / "brats-mets", tmp_path, '{"1": "oedema", "2": "tumour_core"}')
    assert (found.kind, found.severity) == ("coverage", "note")
    assert "t1n in 2 %, t1c in 9 %, t2w in 5 %, t2f in 5 %" in found.text


def test_real_slices_are_called_slices(shared_data, tmp_path):
    found = check_real(shared_data / "brats2013-slices2d", tmp_path, "brats2013")
    assert [(f.kind, f.severity) for f in found] == [("thin", "error")] * 6 + [("outside-brain", "note")] * 4


def test_a_real_examination_as_scanned_is_not_ready(shared_data, tmp_path):
    found = check_real(shared_data / "raw-tcga-lgg", tmp_path)
    assert [f.kind for f in found] == ["grid", "grid", "skull"]


def test_the_skull_of_a_whole_cohort_is_said_once(shared_data):
    table = read_table(shared_data / "lgg-genomics" / "cohort.csv")
    table = replace(table, lines=table.lines[::8])
    report = check_table(table, plan_check(table, 1))
    (skull,) = [finding for finding in report.findings if finding.kind == "skull"]
    assert (skull.severity, skull.line) == ("warning", 1)
    assert f"cohort tcga-lgg: the skull is there in {len(table.lines)} of {len(table.lines)} cases" in skull.text
    assert not [finding for finding in report.findings if finding.kind == "t1-swapped"]


@pytest.mark.parametrize("folder", ["brats2013-hgg", "brats2021-gli", "brats-mets", "glioma-dev"])
def test_no_skull_is_seen_in_stripped_brains(shared_data, folder):
    for path in sorted((shared_data / folder).glob("*/*_t*.nii.gz"))[::3]:
        volume = to_ras(read_values(path))
        assert skull_score(volume.array, volume.array != 0, volume.space.spacing_mm) < CLEAREST_SCORE, path.name
