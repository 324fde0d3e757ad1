"""The picture of a case, also of one that failed."""

import io

import numpy as np
import pytest
from PIL import Image

from braintumornet.prepare.quality.case_picture import EDGE, OUTLINE, VERDICT_COLOURS, case_picture
from braintumornet.prepare.quality.figure import Verdict
from braintumornet.prepare.quality.limits import judge
from braintumornet.volumes.volume import Volume

MOST_BYTES = 60_000


def _colours(png: bytes) -> set[tuple[int, int, int]]:
    return {colour for _, colour in Image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 16)}


def _sides(png: bytes) -> tuple[np.ndarray, np.ndarray]:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    return pixels[20:-20, : pixels.shape[1] // 4], pixels[20:-20, -pixels.shape[1] // 4 :]


def test_a_picture_is_small_and_holds_outline_edges_and_verdicts(raw):
    figures = [
        judge("cycle consistency", 9, "t2f"),
        judge("cycle consistency", 0.1, "t1n"),
        judge("mask agreement", 0.92),
    ]
    png = case_picture(raw.images, "t1c", raw.brainmask, figures)
    assert len(png) < MOST_BYTES
    assert {OUTLINE, EDGE, *VERDICT_COLOURS.values()} <= _colours(png)


def test_no_verdict_is_shown_of_what_was_not_judged(raw):
    png = case_picture(raw.images, "t1c", raw.brainmask)
    assert not _colours(png) & {*VERDICT_COLOURS.values()}


def test_without_a_mask_there_is_no_outline(raw):
    colours = _colours(case_picture(raw.images, "t1c", None, [judge("motion", 1, "t2f")]))
    assert VERDICT_COLOURS[Verdict.PASS] in colours
    assert OUTLINE not in colours


@pytest.mark.parametrize("images", [["t1c"], ["t1c", "t2f"]])
def test_a_case_that_failed_early_is_shown_as_far_as_it_came(raw, images):
    png = case_picture({name: raw.images[name] for name in images}, "t1c")
    assert Image.open(io.BytesIO(png)).size[0] > 200


def test_an_image_that_shows_nothing_and_a_mask_without_voxels_can_be_shown(raw):
    blank = Volume(np.zeros_like(raw.images["t1c"].array), raw.images["t1c"].space)
    empty = Volume(np.zeros(blank.space.shape, bool), blank.space)
    assert case_picture({"t1c": blank, "t2f": blank}, "t1c", empty)


def test_a_shifted_sequence_looks_different(raw):
    t1c = raw.images["t1c"]
    shifted = Volume(np.roll(t1c.array, 4, axis=1), t1c.space)
    reference, same = _sides(case_picture({"t1c": t1c, "t1n": t1c, "t2w": t1c, "t2f": t1c}, "t1c"))
    _, moved = _sides(case_picture({"t1c": t1c, "t1n": t1c, "t2w": t1c, "t2f": shifted}, "t1c"))
    assert reference.any()
    assert np.abs(same.astype(float) - moved).mean() > 5
