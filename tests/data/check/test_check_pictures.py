"""Pictures are taken in radiological convention, at the tumour, in the right proportions."""

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.data.check.check_pictures import take_pictures
from braintumornet.volumes.pictures import MOST_PIXELS
from braintumornet.volumes.volume import Volume


def make_head(shape=(30, 40, 12), spacing_mm=(1.0, 2.0, 3.0)):
    """Return an image in RAS+ whose right front is bright, its brain, and a label on level 4."""
    array = np.full(shape, 100, dtype=np.float32)
    array[shape[0] // 2 :, shape[1] // 2 :] = 200
    labels = np.zeros(shape, dtype=np.int16)
    labels[20:25, 30:35, 4] = 3
    return Volume(array, Space(shape, np.diag([*spacing_mm, 1]))), np.ones(shape, dtype=bool), labels


def test_the_patients_right_is_on_the_left_and_the_front_is_on_top():
    image, brain, labels = make_head()
    (picture,) = take_pictures({"t1c": image}, brain, labels, "brats2023")
    assert picture.pixels.shape == (40, 30)
    assert picture.pixels[0, 0] > picture.pixels[0, -1]
    assert picture.pixels[0, 0] > picture.pixels[-1, 0]
    rows, columns = np.nonzero(picture.regions["ET"])
    assert (columns.min(), columns.max()) == (30 - 25, 29 - 20)
    assert (rows.min(), rows.max()) == (40 - 35, 39 - 30)


def test_the_size_is_that_of_the_slice():
    image, brain, labels = make_head()
    assert take_pictures({"t1c": image}, brain, labels, "brats2023")[0].size_mm == (80, 30)


def test_a_large_slice_is_thinned_out_but_keeps_its_size():
    shape = (2 * MOST_PIXELS, 40, 12)
    image, brain, _ = make_head(shape)
    (picture,) = take_pictures({"t1c": image}, brain, None, None)
    assert picture.pixels.shape == (20, MOST_PIXELS)
    assert picture.size_mm == (80, 2 * MOST_PIXELS)


def test_without_a_tumour_the_level_with_most_brain_is_shown():
    image, brain, labels = make_head()
    image.array[:, :, 7] = 50
    brain[:, 10:, :7] = brain[:, 10:, 8:] = False
    (picture,) = take_pictures({"t1c": image}, brain, 0 * labels, "brats2023")
    assert np.unique(picture.pixels).size == 1  # only level 7 is even
    assert picture.regions == {}


@pytest.mark.parametrize(
    ("coding", "regions"),
    [("brats2023", ["WT", "TC", "ET"]), ("binary", ["label"]), (None, ["label"]), ("nonsense", ["label"])],
)
def test_regions_are_those_that_the_coding_tells(coding, regions):
    image, brain, labels = make_head()
    (picture,) = take_pictures({"t1c": image}, brain, labels, coding)
    assert list(picture.regions) == regions


def test_a_case_that_is_wrong_in_every_way_still_has_pictures(planted):
    planted.rows[1]["coding"] = ""
    planted.change(1, "brainmask", lambda array, affine: (array[1:], affine))
    pictures = planted.check(pictures=True).cases[1].pictures
    assert [picture.name for picture in pictures] == ["t1n", "t1c", "t2w", "t2f"]
    assert all(list(picture.regions) == ["label"] for picture in pictures)
