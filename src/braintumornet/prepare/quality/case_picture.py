"""One small picture of a prepared case, on which a person sees whether it went well."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.prepare.quality.figure import Figure, Verdict, worst
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.pictures import PLANES, Picture, take_slices
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume, to_ras

MM_PER_PIXEL = 1.6
MARGIN_MM = 8.0
SQUARE_PIXELS = 18
EDGE_SHARE = 0.06  # of the pixels of the reference are drawn as its edges
EDGE_SD_PIXELS = 1.2
GREYS = 28  # more make the file larger, and no difference to the eye
OUTLINE, EDGE = (78, 197, 242), (255, 205, 60)
VERDICT_COLOURS = {Verdict.PASS: (95, 201, 135), Verdict.LOOK: (240, 165, 50), Verdict.FAIL: (255, 110, 100)}
SOFT = (150, 150, 150)
GAP, TITLE, FONT, LEAST_WIDTH = 3, 16, 12, 250

Tile = np.ndarray
"""uint8 (rows, columns, 3), one pixel for 1.6 mm."""


def case_picture(
    images: Mapping[str, Volume], reference: str, mask: Volume | None = None, figures: Sequence[Figure] = ()
) -> bytes:
    """Return a PNG of three planes: the reference with the outline of the brain, the others against the reference.

    Every other sequence is shown in a checkerboard with the reference, whose edges are drawn on its squares. Above a
    column stands the verdict of the figures about its sequence; those about the examination belong to the reference.
    A case that failed is shown as far as it came: an image on another grid than the reference's is put there by its
    header.

    Args:
        images: sequence -> volume, the reference among them; with the skull, so that one sees what the mask omits.
        reference: sequence that the others were brought to.
        mask: boolean, of the brain, on the grid of the reference; None where there is none.
        figures: all that are known of the case.
    """
    fixed = to_ras(images[reference])
    others = {name: resample(to_ras(image), fixed.space) for name, image in images.items() if name != reference}
    shown = {reference: fixed, **others}
    brain = np.zeros(fixed.space.shape, bool) if mask is None else to_ras(mask).array.astype(bool)
    rows = [_plane(shown, reference, brain, axis) for axis in PLANES.values()]
    return _as_png(rows, [_title(name, name == reference, figures) for name in shown])


def _title(name: str, is_reference: bool, figures: Sequence[Figure]) -> tuple[str, tuple[int, int, int]]:
    """Return what stands above a column, and its colour."""
    about = [figure.verdict for figure in figures if figure.sequence in ((name, None) if is_reference else (name,))]
    title = f"{name} reference" if is_reference else name
    return (f"{title}: {worst(about)}", VERDICT_COLOURS[worst(about)]) if about else (title, SOFT)


def _plane(images: Mapping[str, Volume], reference: str, brain: np.ndarray, axis: int) -> list[Tile]:
    """Return one plane of every image, the reference first."""
    fixed = images[reference]
    seen = brain if brain.any() else fixed.array > fixed.array.mean()
    frame = np.zeros_like(seen)
    frame[
        tuple(
            slice(max(0, side.start - round(MARGIN_MM / mm)), side.stop + round(MARGIN_MM / mm))
            for side, mm in zip(box_around(seen), fixed.space.spacing_mm, strict=True)
        )
    ] = True
    first, *others = take_slices(images, frame, seen, {"brain": brain}, axis)
    grey = _resized(first)
    edges = _edges(grey)
    return [_outlined(first, grey), *(_checkerboard(_resized(other), grey, edges) for other in others)]


def _resized(picture: Picture) -> np.ndarray:
    """Return a slice, uint8 (rows, columns), with square pixels."""
    from PIL import Image

    rows, columns = (max(1, round(mm / MM_PER_PIXEL)) for mm in picture.size_mm)
    image = Image.fromarray(picture.pixels).resize((columns, rows), Image.Resampling.BILINEAR)  # averages what it skips
    return np.asarray(image)


def _outlined(picture: Picture, grey: np.ndarray) -> Tile:
    """Return a slice with the outline of the brain."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(image)
    for mask in picture.regions.values():
        for line in _contours(mask):
            scale = np.divide(grey.shape[::-1], mask.shape[::-1])
            draw.line([tuple(point) for point in (line + 0.5) * scale - 0.5], fill=OUTLINE)
    return np.asarray(image)


def _contours(mask: np.ndarray) -> list[np.ndarray]:
    """Return the outlines of a mask (rows, columns), each (N, 2) of column and row."""
    from contourpy import contour_generator

    lines: Any = contour_generator(z=np.pad(mask.astype(float), 1)).lines(0.5)
    return [line - 1 for line in lines]  # padded, so that an outline closes at the edge of the slice


def _edges(grey: np.ndarray) -> np.ndarray:
    """Return where grey levels change most: zero crossings of the Laplacian on steep slopes (Marr, Hildreth 1980)."""
    smooth = grey.astype(np.float32)
    bend = ndimage.gaussian_laplace(smooth, EDGE_SD_PIXELS)
    slope = ndimage.gaussian_gradient_magnitude(smooth, EDGE_SD_PIXELS)
    crossing = (bend < 0) & (ndimage.maximum_filter(bend, 3) > 0)
    steep = np.sort(slope[crossing])[-round(EDGE_SHARE * grey.size) :]
    return np.asarray(crossing & (slope >= steep.min(initial=np.inf)))


def _checkerboard(grey: np.ndarray, reference: np.ndarray, edges: np.ndarray) -> Tile:
    """Return a slice in turns with the reference, whose edges continue in it where the two fit."""
    row, column = np.indices(grey.shape) // SQUARE_PIXELS
    own = (row + column) % 2 == 1
    tile = np.repeat(np.where(own, grey, reference)[..., None], 3, axis=2)
    tile[own & edges] = EDGE
    return tile


def _as_png(rows: Sequence[Sequence[Tile]], titles: Sequence[tuple[str, tuple[int, int, int]]]) -> bytes:
    """Join tiles under the titles of their columns; few colours keep the file small."""
    from PIL import Image, ImageDraw, ImageFont

    widths = [max(row[column].shape[1] for row in rows) for column in range(len(titles))]
    heights = [max(tile.shape[0] for tile in row) for row in rows]
    size = (max(sum(widths) + GAP * (len(widths) - 1), LEAST_WIDTH), 2 * TITLE + sum(heights) + GAP * len(heights))
    sheet = Image.new("RGB", size)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(FONT)
    for column, (title, colour) in enumerate(titles):
        x = sum(widths[:column]) + GAP * column
        draw.text((x + 2, 1), title, colour, font)
        for place, row in enumerate(rows):
            sheet.paste(Image.fromarray(row[column]), (x, TITLE + sum(heights[:place]) + GAP * place))
    draw.text((2, size[1] - TITLE), RESEARCH_USE, SOFT, font)
    file = io.BytesIO()
    sheet.quantize(palette=_palette(), dither=Image.Dither.NONE).save(file, format="png", optimize=True)
    return file.getvalue()


def _palette() -> Any:
    from PIL import Image

    greys = np.linspace(0, 255, GREYS).round().astype(int)
    colours = [(grey,) * 3 for grey in greys.tolist()] + [OUTLINE, EDGE, *VERDICT_COLOURS.values()]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in colours for level in colour])
    return palette
