"""What phantoms of every generator have in common, and that each number stands for one way from seed to images."""

import numpy as np
import pytest

from braintumornet.core.text.errors import UsageError
from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.generators import GENERATORS, find_generator
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.volumes.nifti import read_volume

GRID = {"shape": (40, 48, 40), "spacing_mm": (4.0, 4.0, 4.0)}
NEW = (2, 3)


def made(generator, kind, seed=5, index=0):
    return find_generator(generator)(seed, PhantomSettings(**GRID, mix=Mix(**{kind: 1})), index)


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_seed_stands_for_one_phantom(generator):
    first, again, other = made(generator, "hgg"), made(generator, "hgg"), made(generator, "hgg", index=1)
    assert all(np.array_equal(first.images[name], again.images[name]) for name in SEQUENCES)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.images["t1c"], other.images["t1c"])


@pytest.mark.parametrize("generator", NEW)
@pytest.mark.parametrize("kind", ["hgg", "lgg", "mets", "plgg", "healthy"])
def test_labels_lie_in_the_brain_and_images_nowhere_else(generator, kind):
    for index in range(3):
        phantom = made(generator, kind, index=index)
        assert phantom.records.kind == kind
        assert phantom.brainmask[phantom.labels > 0].all()
        assert phantom.labels.any() == (kind != "healthy")
        for image in phantom.images.values():
            assert image.dtype == np.int16
            assert np.array_equal(image > 0, phantom.brainmask)


@pytest.mark.parametrize("generator", NEW)
def test_what_enhances_is_brighter_on_t1c_than_before(generator):
    gain = []
    for index in range(6):
        phantom = made(generator, "hgg", index=index)
        for label in (3, 2):
            where = phantom.labels == label
            if where.sum() > 5:
                before, after = (np.median(phantom.images[name][where]) for name in ("t1n", "t1c"))
                brain = [np.median(phantom.images[name][phantom.brainmask]) for name in ("t1n", "t1c")]
                gain.append((label, after / brain[1] - before / brain[0]))
    mean = {label: np.mean([value for found, value in gain if found == label]) for label in (2, 3)}
    assert mean[3] > mean[2] + 0.15


@pytest.mark.parametrize("generator", NEW)
def test_diffuse_gliomas_enhance_less_than_glioblastomas(generator):
    share = {}
    for kind in ("hgg", "lgg"):
        phantoms = [made(generator, kind, index=index) for index in range(8)]
        share[kind] = np.mean([(p.labels == 3).sum() / max(1, np.isin(p.labels, (1, 3)).sum()) for p in phantoms])
    assert share["lgg"] < 0.5 * share["hgg"]


def test_generator_1_has_no_diffuse_glioma():
    with pytest.raises(UsageError, match="generator 1 of phantoms has no lgg; omit it from the mix, or take generator"):
        made(1, "lgg")


def test_an_unknown_generator_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no generator 4 of phantoms; expected one of 1, 2, 3"):
        write_phantoms(tmp_path, PhantomSettings(**GRID), 1, 0, generator=4)
    assert not list(tmp_path.iterdir())


def test_raw_phantoms_are_those_of_generator_1(tmp_path):
    with pytest.raises(UsageError, match="raw phantoms are made by generator 1 only, found 2"):
        write_phantoms(tmp_path, PhantomSettings(**GRID), 1, 0, raw=True, generator=2)


def test_the_table_says_which_generator_made_them(tmp_path):
    cohort = write_phantoms(tmp_path, PhantomSettings(**GRID, mix=Mix(lgg=1)), 1, 0, generator=2)
    (case,) = cohort
    assert (case.value("generator"), case.pathology) == ("2", "lgg")
    assert 20 <= float(case.value("age")) <= 70


@pytest.mark.parametrize(("generator", "grey"), [(2, 127.0575), (3, 108.4761)])
def test_other_phantoms_come_with_another_number(tmp_path, generator, grey):
    """Where this fails, a seed gives other phantoms than before: give the new way a number of its own."""
    mixed = PhantomSettings(**GRID, mix=Mix(hgg=0.4, mets=0.3, lgg=0.3))
    cohort = write_phantoms(tmp_path, mixed, cases=4, seed=7, generator=generator)
    assert np.mean([read_volume(case.images["t2f"]).array.mean() for case in cohort]) == pytest.approx(grey, rel=1e-3)


def test_a_mix_without_diffuse_gliomas_is_written_as_before_there_were_any():
    assert Mix(hgg=1).model_dump() == {"hgg": 1.0, "mets": 0.0, "plgg": 0.0, "healthy": 0.0}
    assert Mix(hgg=0.5, lgg=0.5).model_dump()["lgg"] == 0.5
