"""What names of structures suggest, and how regions that were outlined one by one become one mask."""

import numpy as np
import pytest

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.text.errors import InputError
from braintumornet.dicom.cohort.label_masks import disagreements, label_scheme_of, paint
from braintumornet.dicom.cohort.structure_names import suggest_region


@pytest.mark.parametrize(
    ("name", "meaning", "region"),
    [
        ("GTV", "", "TC"),
        ("GTVp1", "GTV", "TC"),
        ("gtv_02 left frontal", "GTV", "TC"),
        ("Met 3", "", "TC"),
        ("Edema", "", "ED"),
        ("oedema_T2", "", "ED"),
        ("NonEnhancing", "", "NCR"),
        ("non-enh core", "", "NCR"),
        ("Enhancing_Tumor", "", "ET"),
        ("Necrosis", "", "NCR"),
        ("FLAIR hyperintensity", "", "WT"),
        ("Resection Cavity", "", "RC"),
        ("CTV_60", "", "omit"),
        ("PTV", "PTV", "omit"),
        ("BrainStem", "", "omit"),
        ("Optic Nerve L", "", "omit"),
        ("whatever", "ORGAN", "omit"),
        ("whatever", "79654002", "ED"),
        ("whatever", "C113842", "ET"),
        ("Lesion", "", ""),
        ("network", "", ""),
        ("Gtvision", "NONE", "TC"),
        ("", "", ""),
    ],
)
def test_a_name_suggests_a_region_or_nothing(name: str, meaning: str, region: str) -> None:
    suggestion = suggest_region(name, meaning)
    assert suggestion.region == region
    assert suggestion.reason
    assert not name or name not in suggestion.reason


def test_observers_get_targets_of_their_own() -> None:
    named = ["GTV obs1", "GTV_Observer 2", "gtv rater-B", "GTV"]
    assert [suggest_region(name, "", "seg_2").target for name in named] == ["seg_1", "seg_2", "seg_b", "seg_2"]


WHOLE = np.array([1, 1, 1, 1, 1, 1, 0, 0], bool)
CORE = np.array([0, 0, 1, 1, 1, 1, 0, 0], bool)
ENHANCING = np.array([0, 0, 0, 0, 1, 1, 0, 0], bool)
OEDEMA = WHOLE & ~CORE


@pytest.mark.parametrize(
    "masks",
    [
        {"ET": ENHANCING, "WT": WHOLE, "TC": CORE},
        {"WT": WHOLE, "ET": ENHANCING},
        {"WT": WHOLE, "TC": CORE},
        {"TC": CORE, "ET": ENHANCING},
        {"TC": CORE, "ED": OEDEMA},
        {"ET": ENHANCING, "NCR": CORE & ~ENHANCING, "ED": OEDEMA},
        {"WT": WHOLE},
        {"ET": ENHANCING},
    ],
)
def test_every_region_is_read_back_as_it_was_outlined(masks: dict[str, np.ndarray]) -> None:
    scheme, _ = label_scheme_of(list(masks))
    read = region_masks(paint(masks), scheme, list(masks))
    for place, (region, mask) in enumerate(masks.items()):
        assert np.array_equal(read[place], mask), region
    assert not disagreements(masks)


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        (["WT", "TC", "ED"], "WT is nothing but TC and ED, which are outlined, too; write omit for WT"),
        (["NCR", "necrosis_or_non_enhancing", "CC"], "NCR is nothing but"),
        (["necrosis_or_cyst", "necrosis_or_non_enhancing"], "share tissues, so one mask cannot hold both"),
        (["ET", "enhancing"], "share tissues, so one mask cannot hold both"),
        (["NCR", "CC", "necrosis"], "NCR without"),
    ],
)
def test_regions_that_one_mask_cannot_hold_are_refused(regions: list[str], said: str) -> None:
    if said == "NCR without":
        assert label_scheme_of(regions)[0]  # what is left of it is non_enhancing, which has a name
        return
    with pytest.raises(InputError, match=said):
        label_scheme_of(regions)


def test_what_is_drawn_outside_of_its_region_is_counted() -> None:
    moved = np.roll(ENHANCING, 1)
    assert disagreements({"WT": WHOLE, "ET": moved, "ED": OEDEMA}) == {"ET outside WT": 1}
    assert disagreements({"ET": CORE, "ED": WHOLE}) == {"ET on ED": 4}
