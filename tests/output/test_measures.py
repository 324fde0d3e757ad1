"""Volume, number, place and diameters of lesions."""

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.output.measures import MOST_LESIONS, is_of_metastases, measure_masks

RAS = Space((40, 40, 20), np.array([[1.0, 0, 0, -20], [0, 1, 0, -20], [0, 0, 2, 5], [0, 0, 0, 1]]))
LPI = Space((40, 40, 20), np.array([[-1.0, 0, 0, 19], [0, -1, 0, 19], [0, 0, -2, 43], [0, 0, 0, 1]]))
MIDPLANE = np.array([1.0, 0, 0, 0])  # x = 0


def boxes(*places: tuple[slice, slice, slice]) -> np.ndarray:
    mask = np.zeros(RAS.shape, dtype=bool)
    for place in places:
        mask[place] = True
    return mask


LARGE, SMALL = np.s_[22:36, 5:17, 2:6], np.s_[4:8, 5:9, 10:12]


def test_lesions_come_from_the_largest_to_the_smallest_with_volume_place_and_side() -> None:
    measured = measure_masks({"ET": boxes(SMALL, LARGE)}, RAS, MIDPLANE)
    region = measured.regions["ET"]
    assert region.volume_ml == pytest.approx((14 * 12 * 4 + 4 * 4 * 2) * 0.002)
    assert [(lesion.number, lesion.side) for lesion in region.lesions] == [(1, "right"), (2, "left")]
    assert [lesion.volume_ml for lesion in region.lesions] == pytest.approx([672 * 0.002, 32 * 0.002])
    assert region.lesions[0].centroid_mm == pytest.approx((8.5, -9.5, 12))
    assert region.lesions[1].centroid_mm == pytest.approx((-14.5, -13.5, 26))
    assert measured.notes == ()


def test_voxels_that_touch_at_a_corner_are_one_lesion() -> None:
    mask = boxes(np.s_[3:5, 3:5, 3:5], np.s_[5:7, 5:7, 5:7])
    assert len(measure_masks({"ET": mask}, RAS).regions["ET"].lesions) == 1


def test_a_slice_is_counted_in_the_direction_of_the_file() -> None:
    """The same lesion in a file whose axes run left, posterior, inferior."""
    mask = boxes(LARGE, np.s_[22:37, 5, 3])
    here, there = (measure_masks({"ET": m}, s, MIDPLANE) for m, s in ((mask, RAS), (mask[::-1, ::-1, ::-1], LPI)))
    one, other = (measured.regions["ET"].lesions[0] for measured in (here, there))
    assert (one.diameters.slice, other.diameters.slice) == (3, 16)
    assert one.diameters.longest_mm == pytest.approx(other.diameters.longest_mm)
    assert one.centroid_mm == pytest.approx(other.centroid_mm)
    assert one.side == other.side == "right"


def test_the_ends_of_diameters_lie_on_the_lesion_in_mm_and_as_far_apart_as_told() -> None:
    found = measure_masks({"ET": boxes(LARGE)}, RAS).regions["ET"].lesions[0].diameters
    ends = np.array(found.ends_mm)
    lengths_mm = np.linalg.norm(ends[1::2] - ends[::2], axis=1)
    assert lengths_mm == pytest.approx((found.longest_mm, found.perpendicular_mm))
    assert (ends[1] - ends[0]) @ (ends[3] - ends[2]) == pytest.approx(0)
    assert ends[:, 2] == pytest.approx(5 + 2 * found.slice)
    low, high = np.array([1.5, -15.5, 9]), np.array([15.5, -3.5, 15])  # the outermost faces of the box
    assert ((ends >= low - 1e-9) & (ends <= high + 1e-9)).all()


@pytest.mark.parametrize(
    ("regions", "metastases", "measured"),
    [
        (("WT", "TC", "ET"), False, "ET"),
        (("WT", "TC"), False, "WT"),
        (("WT", "TC"), True, "TC"),
        (("TC",), False, "TC"),
        (("tumour",), False, "tumour"),
        (("ED", "RC"), False, None),
    ],
)
def test_only_one_region_has_diameters(regions: tuple[str, ...], metastases: bool, measured: str | None) -> None:
    found = measure_masks(dict.fromkeys(regions, boxes(LARGE)), RAS, metastases=metastases).regions
    assert [name for name, region in found.items() if region.lesions[0].diameters is not None] == (
        [measured] if measured else []
    )


def test_where_enhancing_tumour_is_not_assessed_nothing_else_is_measured_for_it() -> None:
    measured = measure_masks({"WT": boxes(LARGE), "TC": boxes(LARGE)}, RAS, not_assessed=["ET"])
    assert {region.lesions[0].diameters for region in measured.regions.values()} == {None}
    assert "ET" not in measured.regions


def test_metastases_are_measurable_when_they_are_narrower() -> None:
    mask = boxes(np.s_[5:17, 5:12, 2:6])  # 12 by 7 mm
    one, other = (measure_masks({"ET": mask}, RAS, metastases=flag).regions["ET"].lesions[0] for flag in (False, True))
    assert (one.diameters.measurable, other.diameters.measurable) == (False, True)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"pathology": "mets"}, True),
        ({"pathology": ["Metastasis", "mets"]}, True),
        ({"pathology": ["hgg", "mets"]}, False),
        ({"pathology": "hgg"}, False),
        ({}, False),
    ],
)
def test_tasks_of_metastases(where: dict[str, str], expected: bool) -> None:
    assert is_of_metastases(where) is expected


def test_a_side_is_unknown_without_a_midplane_and_the_middle_is_10_mm_wide() -> None:
    places = [np.s_[20 + offset : 21 + offset, 5:7, 5:7] for offset in (-6, -5, 5, 6)]  # centres at x = -6, -5, 5, 6
    sides = [measure_masks({"ET": boxes(place)}, RAS, MIDPLANE).regions["ET"].lesions[0].side for place in places]
    assert sides == ["left", "middle", "middle", "right"]
    assert measure_masks({"ET": boxes(LARGE)}, RAS).regions["ET"].lesions[0].side == "unknown"


def test_without_axial_slices_there_are_no_diameters_and_a_note_says_why() -> None:
    sagittal = Space(RAS.shape, np.diag([5.0, 1, 1, 1]))
    measured = measure_masks({"WT": boxes(LARGE), "ET": boxes(LARGE)}, sagittal)
    assert measured.regions["ET"].lesions[0].diameters is None
    assert measured.notes == (
        "no diameters of ET: response criteria measure in axial slices, and the slices are sagittal",
    )
    assert measure_masks({"ET": boxes()}, sagittal).notes == ()


def test_an_empty_region_has_no_lesion() -> None:
    measured = measure_masks({"WT": boxes(LARGE), "ET": boxes()}, RAS).regions["ET"]
    assert (measured.volume_ml, len(measured.lesions)) == (0, 0)


def test_of_a_mask_of_noise_the_largest_lesions_are_told_and_their_number() -> None:
    mask = np.zeros(RAS.shape, dtype=bool)
    mask[::2, ::2, ::2] = True
    mask[0, 0, 1] = True
    measured = measure_masks({"WT": mask}, RAS)
    region = measured.regions["WT"]
    assert region.number_of_lesions == 3999
    assert len(region.lesions) == MOST_LESIONS
    assert region.volume_ml == pytest.approx(4001 * 0.002)
    assert region.lesions[0].volume_ml == pytest.approx(3 * 0.002)
    assert measured.notes == (f"WT falls into 3999 lesions, of which the largest {MOST_LESIONS} are told",)


def test_masks_are_left_as_they_are() -> None:
    mask = boxes(LARGE, SMALL)
    before = mask.copy()
    mask.flags.writeable = False
    measure_masks({"ET": mask}, RAS, MIDPLANE)
    np.testing.assert_array_equal(mask, before)
