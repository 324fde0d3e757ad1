"""A run notices images that are unlike those that it learned from; one of before does not."""

from dataclasses import replace

import numpy as np

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.data.training_data_profile import describe_unlike, profile_inputs


def _turned(images: CaseImages) -> CaseImages:
    return replace(images, image=-images.image)


def test_an_inverted_contrast_is_noticed(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    rng = np.random.default_rng(1)
    read = [read_case(case, tiny.sequences)[0] for case in phantoms]
    varied = [replace(one, image=one.image + rng.normal(0, 0.05, one.image.shape) * one.brain) for one in read * 5]
    known = profile_inputs(varied, tiny.sequences)
    assert known is not None
    assert known.cases == 30
    (said,) = describe_unlike(_turned(read[0]), tiny.sequences, known)
    assert said.startswith("t1c and t2f are more unlike the images")
    assert describe_unlike(_turned(read[0]), tiny.sequences, None) == []
    lacking = replace(_turned(read[0]), present=np.array([True, False]))
    assert describe_unlike(lacking, tiny.sequences, known)[0].startswith("t1c is more unlike")
