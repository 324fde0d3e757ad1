"""What our pages share: templates that escape every text, and pictures that live in the page itself."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet import __version__
from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.printable import printable
from braintumornet.volumes.pictures import Picture

COLOURS = {
    "WT": "#f2c14e",
    "TC": "#e4572e",
    "ET": "#4ec5f2",
    "NCR": "#e78ac3",
    "ED": "#a6d854",
    "CC": "#b197fc",
    "RC": "#f1f3f5",
}
"""Of regions, on images and pages."""

OTHER_COLOUR = "#8bd17c"


def write_page(template: str, path: Path, **content: Any) -> None:
    """Fill a template of `templates/` and write it as one file, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    write_text(path, fill_page(template, **content))


def fill_page(template: str, **content: Any) -> str:
    """Fill a template of `templates/`; every text in it is escaped."""
    from jinja2 import Environment, PackageLoader

    # every text is escaped, and made printable: ids and cells come from a table that anybody may have written
    pages = Environment(
        loader=PackageLoader("braintumornet.report", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    own = {"use": RESEARCH_USE, "version": __version__, "today": date.today().isoformat()}
    return printable(pages.get_template(template).render(**own, **content))


@dataclass(frozen=True)
class Drawing:
    """A picture as a page shows it: a PNG, and contours as paths of an SVG in mm.

    Args:
        name: what stands under it.
        width: in mm.
        height: in mm.
        data: PNG in base64.
        contours: region -> path.
    """

    name: str
    width: float
    height: float
    data: str
    contours: Mapping[str, str]


def draw(picture: Picture) -> Drawing:
    """Return a picture in the form in which a page holds it."""
    height_mm, width_mm = picture.size_mm
    rows, columns = picture.pixels.shape
    contours = {
        region: _outline(mask, width_mm / columns, height_mm / rows) for region, mask in picture.regions.items()
    }
    return Drawing(picture.name, width_mm, height_mm, base64.b64encode(_as_png(picture)).decode(), contours)


def contour_colour(region: str) -> str:
    """Return the colour in which a region is drawn on an image, on the screen and on paper."""
    return COLOURS.get(region, OTHER_COLOUR)


def _as_png(picture: Picture) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture.pixels).save(file, format="png", optimize=True)
    return file.getvalue()


def _outline(mask: np.ndarray, column_mm: float, row_mm: float) -> str:
    """Return the contour of a mask as the path of an SVG in mm."""
    from contourpy import contour_generator

    padded = np.pad(mask.astype(float), 1)  # so that a contour closes at the picture's edge
    lines: Any = contour_generator(z=padded).lines(0.5)
    # padding moves indices by one, and the centre of pixel i lies at i + 0.5
    paths = [[f"{(x - 0.5) * column_mm:.1f},{(y - 0.5) * row_mm:.1f}" for x, y in line] for line in lines]
    return "".join(f"M{' '.join(points)}Z" for points in paths)
