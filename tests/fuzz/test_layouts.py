"""What says how a data set is laid out, damaged: a cohort, or one line that says what is wrong."""

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from braintumornet.layouts.read_cohort import read_cohort

from .damage import damage_text
from .harness import end_of, fuzz, untouched

LONGEST_REFUSAL = 3000
LABELS = {"background": 0, "whole tumor": [1, 2, 3], "tumor core": [1, 3], "enhancing tumor": 3}
DATASET = json.dumps({"channel_names": {"0": "T1", "1": "T1ce"}, "labels": LABELS})
FOLDS = json.dumps([{"train": ["a"], "val": ["b"]}, {"train": ["b"], "val": ["a"]}])
SUBJECT = "sub-01/anat/sub-01"
DATA_SETS = {
    "nnunet": (
        [*(f"imagesTr/{case}_000{channel}" for case in "ab" for channel in (0, 1)), "labelsTr/a", "labelsTr/b"],
        {"dataset.json": DATASET, "splits_final.json": FOLDS},
    ),
    "msd": (["imagesTr/a", "labelsTr/a"], {"dataset.json": DATASET}),
    "bids": (
        [f"{SUBJECT}_T1w", f"{SUBJECT}_FLAIR", f"{SUBJECT}_desc-tumor_dseg"],
        {
            "dataset_description.json": "{}",
            "participants.tsv": "participant_id\tage\tidh\nsub-01\t54\tmutant\n",
            "dseg.tsv": "index\tname\n0\tbackground\n1\tNCR\n2\tED\n3\tET\n",
            f"{SUBJECT}_T1w.json": '{"EchoTime": 0.003, "ContrastBolusAgent": ""}',
        },
    ),
}


@pytest.mark.parametrize("layout", DATA_SETS)
def test_layouts(layout: str, tmp_path: Path) -> None:
    images, texts = DATA_SETS[layout]
    folder, output = tmp_path / "data", tmp_path / "output"
    for name in images:
        shape = (3, 3, 3, 2) if layout == "msd" and name.startswith("images") else (3, 3, 3)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        array = np.resize(np.arange(4, dtype=np.uint8), shape)
        nib.Nifti1Image(array, np.eye(4)).to_filename(folder / f"{name}.nii.gz")

    def check(rng: np.random.Generator) -> str:
        for name, text in texts.items():
            (folder / name).write_text(text)
        name = sorted(texts)[rng.integers(len(texts))]
        is_json = name.endswith(".json")
        damage_text(rng, folder / name, json.loads if is_json else split, json.dumps if is_json else join)
        with untouched(folder):
            outcome = end_of(lambda: read_cohort(folder, layout, unpack_to=output))
        shutil.rmtree(output, ignore_errors=True)
        assert len(outcome.refusal) < LONGEST_REFUSAL
        return "refused" if outcome.refusal else "read"

    words = fuzz(f"layout {layout}", check)
    assert min(words["read"], words["refused"]) > 0


def split(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def join(rows: object) -> str:
    lines = rows if isinstance(rows, list) else [rows]
    return "".join("\t".join(map(str, line if isinstance(line, list) else [line])) + "\n" for line in lines)
