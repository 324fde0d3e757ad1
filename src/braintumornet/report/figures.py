"""Figures: masks drawn as contours on slices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.files import whole_file
from braintumornet.core.prediction import RESEARCH_USE

COLOURS = {
    "WT": "#f2c14e",
    "TC": "#e4572e",
    "ET": "#4ec5f2",
    "NCR": "#e78ac3",
    "ED": "#a6d854",
    "CC": "#b197fc",
    "RC": "#f1f3f5",
}
OTHER_COLOUR = "#8bd17c"


@dataclass(frozen=True)
class Overlay:
    """One case in a figure.

    Args:
        title: such as the case's id.
        image: (D, H, W) in RAS+ orientation.
        masks: column of the figure -> region -> boolean (D, H, W); the first column decides which slice is shown.
        captions: column -> line under its picture.
        spacing_mm: of the image.
    """

    title: str
    image: np.ndarray
    masks: Mapping[str, Mapping[str, np.ndarray]]
    captions: Mapping[str, str]
    spacing_mm: tuple[float, float, float]


def draw_overlays(overlays: Sequence[Overlay], path: Path, title: str) -> None:
    """Write a picture with a row per case and a column per set of masks, each on the axial slice with most tumour."""
    import matplotlib.pyplot as plt

    columns = list(overlays[0].masks)
    size = (3.0 * len(columns) + 0.4, 3.3 * len(overlays) + 1.0)
    figure, axes = plt.subplots(len(overlays), len(columns), figsize=size, squeeze=False, layout="constrained")
    figure.patch.set_facecolor("white")
    for row, overlay in zip(axes, overlays, strict=True):
        for column, ax in zip(columns, row, strict=True):
            _draw(ax, overlay, column)
        row[0].set_ylabel(overlay.title, fontsize=9)
    for column, ax in zip(columns, axes[0], strict=True):
        ax.set_title(column, fontsize=11)
    regions = list(next(iter(overlays[0].masks.values())))
    handles = [plt.Line2D([], [], color=COLOURS.get(r, OTHER_COLOUR), label=r) for r in regions]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    figure.suptitle(f"{title}\n{RESEARCH_USE}", fontsize=10)
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


def _draw(ax: Any, overlay: Overlay, column: str) -> None:
    reference = next(iter(next(iter(overlay.masks.values())).values()))
    level = int(reference.sum(axis=(0, 1)).argmax())
    image = overlay.image[:, :, level].T  # rows run posterior to anterior, columns left to right of the patient
    low, high = np.percentile(overlay.image[overlay.image != 0], [1, 99.5])
    aspect = overlay.spacing_mm[1] / overlay.spacing_mm[0]
    ax.imshow(image, cmap="gray", vmin=low, vmax=high, origin="lower", aspect=aspect, interpolation="bilinear")
    for region, mask in overlay.masks[column].items():
        if mask[:, :, level].any():
            ax.contour(mask[:, :, level].T, levels=[0.5], colors=[COLOURS.get(region, OTHER_COLOUR)], linewidths=1.3)
    ax.invert_xaxis()  # radiological convention: the patient's right is on the left
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel(overlay.captions.get(column, ""), fontsize=9)
