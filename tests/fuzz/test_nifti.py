"""A NIfTI file, however damaged, gives what nibabel gives, or one line that refuses it."""

import gzip
import logging
import warnings
from io import BytesIO
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.cohort_line import Line
from braintumornet.data.check.check_case import check_case
from braintumornet.data.check.findings import Severity
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.volumes.nifti import read_labels, read_space, read_volume
from braintumornet.volumes.volume import Volume

from .harness import end_of, fuzz, untouched
from .nifti import Random, write_nifti

UNIT_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}


@pytest.fixture(scope="module")
def predictor(tiny) -> Predictor:
    torch.manual_seed(0)
    return Predictor(MultiTaskNetwork(tiny.backbone, tiny.tasks, len(tiny.sequences)), tiny)


def by_nibabel(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Return grey levels and affine in millimetres, axes in RAS+ order, as nibabel has them; None where it refuses."""
    content = path.read_bytes()
    content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    kind = nib.Nifti2Image if 540 in (int.from_bytes(content[:4], order) for order in ("little", "big")) else None
    image = (kind or nib.Nifti1Image).from_stream(BytesIO(content))
    array = np.asarray(image.dataobj, dtype=np.float64).reshape(image.shape[:3])
    affine = np.diag([*[UNIT_MM[int(image.header["xyzt_units"]) & 7]] * 3, 1]) @ image.header.get_best_affine()
    turned = nib.as_closest_canonical(nib.Nifti1Image(array, affine))
    return np.asarray(turned.dataobj), turned.affine


def require_equal(found: Volume, path: Path) -> None:
    logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        array, affine = by_nibabel(path)
    np.testing.assert_allclose(found.space.affine, affine, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(found.array, array, rtol=1e-6, atol=1e-37)


def test_images_and_masks(tmp_path, predictor):
    def check(rng: Random) -> str:
        path = write_nifti(rng, tmp_path)
        with untouched(tmp_path):
            image, space = end_of(lambda: read_volume(path)), end_of(lambda: read_space(path))
            labels = end_of(lambda: read_labels(path))
            line = Line(2, "a", "a", "x", {"t1c": path}, {"seg": path}, None, "brats2023", None, None, {})
            findings = end_of(lambda: check_case(line, pictures=True).findings).value
            answer = end_of(lambda: predictor.predict(Case("a", "a", "x", {"t1c": path, "t2f": path})))
        assert findings is not None, "the check ended at a bad file"
        assert all(len(finding.text.splitlines()) == 1 for finding in findings)
        if answer.value is not None:
            maps = answer.value.maps["tumour"]
            assert np.isfinite(maps.probabilities).all()
            assert image.value is not None, "a file that cannot be read was predicted"
        if image.refusal:
            assert labels.refusal, "labels were read from a file that cannot be read"
            assert any(finding.severity is Severity.ERROR for finding in findings), "the check is silent"
            return "refused"
        require_equal(image.value, path)
        assert sorted(space.value.shape) == sorted(image.value.space.shape)
        if labels.value is not None:
            np.testing.assert_array_equal(labels.value.array, np.rint(image.value.array))
        return "read and predicted" if answer.value is not None else "read"

    words = fuzz("nifti", check)
    assert words["refused"] > 0
    assert words["read and predicted"] > 0
