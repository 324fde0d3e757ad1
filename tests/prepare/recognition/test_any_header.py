"""Whatever headers say: a verdict for each image, a sequence used once, and nothing of their text repeated."""

import math

import numpy as np
import pytest

from braintumornet.prepare.recognition.recognise import recognise

NAME = "zzDOEzz"
CHOICES = {
    "modality": ["MR", "MR", "MR", NAME],
    "image_type": [(), ("ORIGINAL", "PRIMARY", "M"), ("DERIVED", "SECONDARY", "MPR"), (NAME,)],
    "scanning_sequence": [(), ("SE",), ("GR",), ("SE", "IR"), ("GR", "IR"), ("SE", "EP"), (NAME,)],
    "sequence_variant": [(), ("SP", "MP"), ("SS",), (NAME,)],
    "acquisition_contrast": [None, None, "T1", "FLUID_ATTENUATED", f"{NAME} 1970"],
    "acquisition_type": ["", "2D", "3D", NAME],
    "repetition_ms": [None, 0, 8, 500, 2300, 9000, -1, math.nan, math.inf],
    "echo_ms": [None, 0, 3, 12, 100, math.nan],
    "inversion_ms": [None, 0, 150, 900, 2500, math.nan],
    "flip_deg": [None, 9, 150, math.nan],
    "b_value": [None, None, None, 0, 1000],
    "contrast_agent": [None, None, "", "NO", f"Gadovist {NAME}"],
    "description": ["", f"{NAME} T1", f"T2 {NAME}", f"FLAIR {NAME} +C", f"{NAME} sub", NAME, "t1 pre", "\x00\ud800"],
    "protocol": ["", f"{NAME} t1", "brain"],
    "sequence_name": ["", f"*tfl3d1 {NAME}", "CubeT2flair"],
    "study": ["1", "1", NAME],
    "time_s": [None, 0.0, 10.0, 20.0, math.nan],
    "slices": [0, 3, 24, 24, 176],
    "spacing_mm": [None, (1.0, 1.0, 5.0), (1.0, 1.0, 1.0), (math.nan,) * 3],
}


@pytest.mark.parametrize("seed", range(40))
def test_any_examination_gets_verdicts(series, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def draw() -> dict[str, object]:
        return {field: choices[rng.integers(len(choices))] for field, choices in CHOICES.items()}

    images = [series(number, **draw()) for number in range(1, 12)]
    verdicts = recognise(images)
    assert [verdict.name for verdict in verdicts] == [image.name for image in images]
    used = [verdict.sequence for verdict in verdicts if verdict.decision == "use"]
    assert len(used) == len(set(used))
    assert None not in used
    for verdict in verdicts:
        assert verdict.reason
        assert NAME.lower() not in verdict.reason.lower()
