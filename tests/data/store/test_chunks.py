"""Packing changes nothing, and a part is read without the rest."""

import numpy as np
import pytest

from braintumornet.data.store.chunks import pack, unpack

WHOLE = (slice(0, 70), slice(0, 33), slice(0, 9))


@pytest.fixture(params=["uint8", "int16", "int32"])
def volumes(request: pytest.FixtureRequest) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 100, (2, 70, 33, 9)).astype(request.param)


@pytest.mark.parametrize(
    "box", [WHOLE, (slice(30, 66), slice(31, 33), slice(2, 5)), (slice(0, 1), slice(0, 1), slice(0, 1))]
)
def test_a_box_comes_back_as_it_was(volumes: np.ndarray, box: tuple[slice, slice, slice]) -> None:
    packed, ends, sums = pack(volumes)
    found = unpack(lambda start, stop: packed[start:stop], ends, sums, volumes.shape, volumes.dtype, box)
    assert np.array_equal(found, volumes[(slice(None), *box)])


def test_only_the_bricks_of_a_box_are_read(volumes: np.ndarray) -> None:
    packed, ends, sums = pack(volumes)
    asked = []

    def read(start: int, stop: int) -> np.ndarray:
        asked.append((start, stop))
        return packed[start:stop]

    unpack(read, ends, sums, volumes.shape, volumes.dtype, (slice(40, 50), slice(0, 20), slice(0, 9)))
    assert asked == [(ends[1], ends[2]), (ends[7], ends[8])]  # of 3 x 2 chunks per channel the third


@pytest.mark.parametrize("bit", [0, 7, 100, -1])
def test_a_brick_with_a_wrong_bit_is_refused(volumes: np.ndarray, bit: int) -> None:
    packed, ends, sums = pack(volumes)
    damaged = packed.copy()
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ValueError, match=r"the checksum of chunk \d+ is wrong"):
        unpack(lambda start, stop: damaged[start:stop], ends, sums, volumes.shape, volumes.dtype, WHOLE)
