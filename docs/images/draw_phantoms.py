"""Draw the contact sheets of phantoms: `phantoms.png`, eight of each kind, and `generators.png`, by all generators.

python docs/images/draw_phantoms.py
"""

from itertools import product
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from palette import save_palette
from PIL import Image

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.generators import GENERATORS
from braintumornet.phantom.phantom_case import PhantomExamination, make_phantom
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.report.html_page import COLOURS
from braintumornet.volumes.brain import box_around, normalise

KINDS = {"hgg": "glioblastoma-like", "mets": "metastases", "plgg": "low-grade glioma of a child"}
OF_GENERATORS = {"hgg": "glioblastoma-like", "mets": "metastases"}
EACH, ABREAST, SEED = 8, 2, 31
SHAPE, SPACING = (120, 144, 120), (1.3, 1.3, 1.3)
CONTOURS_ON = "t2f"
FOLDER = Path(__file__).parent


def main() -> None:
    """Make the phantoms and write both pictures beside this file."""
    draw_sheet(
        "phantoms.png",
        [
            (f"{title} {index + 1}", make_phantom(SEED, settings_of(kind), block * EACH + index))
            for block, (kind, title) in enumerate(KINDS.items())
            for index in range(EACH)
        ],
    )
    draw_sheet(
        "generators.png",
        [
            (f"generator {number}, {title}", make(SEED, settings_of(kind), 2))
            for (number, make), (kind, title) in product(GENERATORS.items(), OF_GENERATORS.items())
        ],
    )


def settings_of(kind: str) -> PhantomSettings:
    """Return the settings of a head of one kind."""
    return PhantomSettings(shape=SHAPE, spacing_mm=SPACING, mix=Mix(**{kind: 1.0}))


def draw_sheet(name: str, heads: list[tuple[str, PhantomExamination]]) -> None:
    """Write a picture of heads with their titles, `ABREAST` in a row."""
    rows = len(heads) // ABREAST
    figure, axes = plt.subplots(rows, ABREAST * len(SEQUENCES), figsize=(8.6, 1.3 * rows + 0.6), facecolor="black")
    for index, (title, head) in enumerate(heads):
        row, column = divmod(index, ABREAST)
        strip = axes[row, column * len(SEQUENCES) : (column + 1) * len(SEQUENCES)]
        draw(strip, head)
        strip[0].set_title(title, fontsize=6, color="white", loc="left", pad=1.5)
    handles = [plt.Line2D([], [], color=COLOURS[region], label=region) for region in ("WT", "TC", "ET")]
    figure.legend(handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=7, labelcolor="white")
    title = f"Phantoms: heads that never were, in {', '.join(SEQUENCES)}. {RESEARCH_USE}"
    height = figure.get_figheight()
    figure.suptitle(title, fontsize=7.5, color="white", y=1 - 0.05 / height)
    edges = {"bottom": 0.32 / height, "top": 1 - 0.42 / height}
    figure.subplots_adjust(left=0.003, right=0.997, **edges, wspace=0.02, hspace=0.09)
    figure.canvas.draw()
    figure.savefig(FOLDER / name, dpi=112)
    save_palette(Image.open(FOLDER / name), FOLDER / name)
    plt.close(figure)


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
