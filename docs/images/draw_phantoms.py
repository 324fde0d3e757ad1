"""Draw `phantoms.png`, the contact sheet of the documentation: eight phantoms of each kind in four sequences.

python docs/images/draw_phantoms.py
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.phantom_case import PhantomExamination, make_phantom
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.report.html_page import COLOURS
from braintumornet.volumes.brain import box_around, normalise

KINDS = {"hgg": "glioblastoma-like", "mets": "metastases", "plgg": "low-grade glioma of a child"}
EACH, ABREAST, SEED = 8, 2, 31
CONTOURS_ON = "t2f"


def main() -> None:
    """Make the phantoms and write the picture beside this file."""
    rows = len(KINDS) * EACH // ABREAST
    figure, axes = plt.subplots(rows, ABREAST * len(SEQUENCES), figsize=(8.6, 16.2), facecolor="black")
    for block, (kind, title) in enumerate(KINDS.items()):
        settings = PhantomSettings(shape=(120, 144, 120), spacing_mm=(1.3, 1.3, 1.3), mix=Mix(**{kind: 1.0}))
        for index in range(EACH):
            row, column = divmod(block * EACH + index, ABREAST)
            strip = axes[row, column * len(SEQUENCES) : (column + 1) * len(SEQUENCES)]
            draw(strip, make_phantom(SEED, settings, block * EACH + index))
            strip[0].set_title(f"{title} {index + 1}", fontsize=6, color="white", loc="left", pad=1.5)
    handles = [plt.Line2D([], [], color=COLOURS[region], label=region) for region in ("WT", "TC", "ET")]
    figure.legend(handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=7, labelcolor="white")
    title = f"Phantoms: heads that never were, in {', '.join(SEQUENCES)}. {RESEARCH_USE}"
    figure.suptitle(title, fontsize=7.5, color="white", y=0.997)
    figure.subplots_adjust(left=0.003, right=0.997, bottom=0.02, top=0.975, wspace=0.02, hspace=0.09)
    figure.savefig(Path(__file__).with_name("phantoms.png"), dpi=112, pil_kwargs={"optimize": True})


def draw(strip: np.ndarray, phantom: PhantomExamination) -> None:
    """Draw the axial slice with most tumour in all sequences, contours on one of them."""
    weights = np.select([phantom.labels == 3, phantom.labels == 1, phantom.labels == 2], [4.0, 2.0, 1.0])
    level = int(weights.sum(axis=(0, 1)).argmax())
    x, y, _ = box_around(phantom.brainmask, 2)
    masks = dict(zip(("WT", "TC", "ET"), region_masks(phantom.labels, "brats2023", ("WT", "TC", "ET")), strict=True))
    for ax, sequence in zip(strip, SEQUENCES, strict=True):
        image = normalise(phantom.images[sequence], phantom.brainmask)
        image[~phantom.brainmask] = -4
        show(ax, image[x, y, level], {name: mask[x, y, level] for name, mask in masks.items()}, sequence == CONTOURS_ON)


def show(ax: Any, image: np.ndarray, masks: dict[str, np.ndarray], contours: bool) -> None:
    """Draw one slice as radiologists do: the patient's right on the left."""
    low, high = min(-2.5, np.percentile(image[image > -4], 1)), max(2.5, np.percentile(image[image > -4], 99.6))
    ax.imshow(image.T, cmap="gray", vmin=low, vmax=high, origin="lower", interpolation="bilinear")
    for region, mask in masks.items():
        if contours and mask.any():
            ax.contour(mask.T, levels=[0.5], colors=[COLOURS[region]], linewidths=0.6)
    ax.invert_xaxis()
    ax.set_axis_off()


if __name__ == "__main__":
    main()
