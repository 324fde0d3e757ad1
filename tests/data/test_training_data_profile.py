"""What a network learned from, and what is unlike it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.core.training_profile import TrainingProfile
from braintumornet.data.training_data_profile import choose_spacing, describe_case, profile_of
from braintumornet.volumes.brain_plausibility import BrainFacts
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

BRAIN = BrainFacts(1400.0, skull=False)
HEAD = BrainFacts(4000.0, skull=True)


def grid(*spacing_mm: float) -> Space:
    return Space((8, 8, 8), np.diag([*spacing_mm, 1.0]))


@pytest.fixture
def learned() -> TrainingProfile:
    return profile_of([grid(1, 1, 3), grid(1, 1, 5)], [BRAIN, replace(BRAIN, brain_ml=1500.0)])


def test_it_survives_json(learned):
    assert TrainingProfile.model_validate(json.loads(json.dumps(learned.as_json()))) == learned
    assert learned.describe_spacing() == "1 x 1 x (3 to 5) mm"


@pytest.mark.parametrize(
    ("own", "working"),
    [
        ((1.0, 1.0, 4.0), None),
        ((1.1, 0.91, 5.5), None),
        ((1.1000001, 1.0, 2.72727), None),  # a tenth, up to the rounding of the header
        ((1.2, 1.0, 4.0), (1.0, 1.0, 4.0)),
        ((1.0, 0.8, 7.0), (1.0, 1.0, 4.0)),
    ],
)
def test_what_differs_by_more_than_a_tenth_is_resampled_to_the_middle(learned, own, working):
    assert learned.working_spacing(own) == (working and pytest.approx(working))


def write_las(path, spacing_mm, order) -> Case:
    """Write an image whose axes run in some order; its spacing is given along right, anterior, superior."""
    affine = np.zeros((4, 4))
    for axis, world in enumerate(order):
        affine[world, axis] = -spacing_mm[world] if world == 0 else spacing_mm[world]
    affine[3, 3] = 1
    write_volume(Volume(np.ones((8, 9, 10), np.float32), Space((8, 9, 10), affine)), path)
    return Case("a", "a", "c", {"t1c": path})


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_axes_are_compared_by_where_they_run_and_not_by_their_order_in_the_file(learned, tmp_path, order):
    case = write_las(tmp_path / "a.nii.gz", (1.0, 1.0, 9.0), order)
    assert choose_spacing(case, ["t1c"], None, learned) == pytest.approx((1, 1, 4))


def test_the_configuration_counts_first_and_an_old_run_knows_nothing(learned, tmp_path):
    case = write_las(tmp_path / "a.nii.gz", (1.0, 1.0, 9.0), (0, 1, 2))
    assert choose_spacing(case, ["t1c"], (2.0, 2.0, 2.0), learned) == (2.0, 2.0, 2.0)
    assert choose_spacing(case, ["t1c"], None, None) is None


def test_an_image_that_cannot_be_read_is_refused_with_its_case(learned, tmp_path):
    with pytest.raises(InputError, match=r"case a: .*b\.nii\.gz does not exist"):
        choose_spacing(Case("a", "a", "c", {"t1c": tmp_path / "b.nii.gz"}), ["t1c"], None, learned)


def test_a_brain_like_the_others_needs_no_word(learned):
    assert describe_case(BRAIN, learned) == []
    assert describe_case(BRAIN, None) == []


def test_a_head_is_told_where_the_network_learned_from_brains(learned):
    (text,) = describe_case(HEAD, learned)
    assert text == (
        "the skull is there (4000 ml count as brain), and the network learned from brains without it: "
        "outlines and volumes may be badly wrong; strip the skull, or give a brain mask"
    )
    (unknown,) = describe_case(HEAD, None)
    assert unknown.startswith("the skull is there (4000 ml count as brain): outlines and volumes may be badly wrong")


def test_a_network_of_heads_takes_heads_and_doubts_brains():
    heads = profile_of([grid(1, 1, 1)] * 2, [HEAD, HEAD])
    assert describe_case(HEAD, heads) == []
    (text,) = describe_case(BRAIN, heads)
    assert text.startswith("the skull was stripped, and the network learned from heads with it")


def test_small_heads_are_fine_where_the_network_learned_from_such():
    small = replace(BRAIN, brain_ml=100.0)
    assert describe_case(small, profile_of([grid(1, 1, 1)], [small])) == []
    assert describe_case(small, profile_of([grid(1, 1, 1)], [BRAIN]))[0].startswith("100 ml count as brain, less")


def test_an_image_that_shows_little_is_told(learned):
    (text,) = describe_case(replace(BRAIN, blank={"t1n": 0.6}), learned)
    assert text == "some of the brain is not shown: zero there are t1n in 60 % of its voxels"
