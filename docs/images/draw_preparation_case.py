"""Draw `preparation-case.png`: the picture of a prepared phantom of which one sequence lies wrong.

python docs/images/draw_preparation_case.py
"""

from pathlib import Path

import numpy as np

from braintumornet.core.space import Space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import REFERENCE, make_raw_phantom
from braintumornet.prepare.quality.case_picture import case_picture
from braintumornet.prepare.quality.limits import judge
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume, to_ras

SETTINGS = PhantomSettings(shape=(130, 150, 140), spacing_mm=(1.6, 1.6, 1.6), mix=Mix(hgg=1))
WRONG, WRONG_MM = "t2f", 6.0


def main() -> None:
    """Bring all sequences to the reference by their true motions, one of them 6 mm too far, and draw them."""
    raw = make_raw_phantom(7, SETTINGS)
    grid = to_ras(raw.images[REFERENCE]).space
    images, figures = {}, [judge("mask agreement", 0.972)]
    for name, image in raw.images.items():
        motion = raw.motions[name].copy()
        motion[1, 3] += WRONG_MM * (name == WRONG)
        seen_from = Space(grid.shape, motion @ grid.affine)
        images[name] = Volume(resample(Volume(image.array.astype(np.float32), image.space), seen_from).array, grid)
        if name != REFERENCE:
            figures.append(judge("distance to optimum", 5.6 if name == WRONG else 0.3, name))
    png = case_picture({REFERENCE: images.pop(REFERENCE), **images}, REFERENCE, to_ras(raw.brainmask), figures)
    (Path(__file__).parent / "preparation-case.png").write_bytes(png)


if __name__ == "__main__":
    main()
