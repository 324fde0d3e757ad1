"""What a planning system will see: contours and masks as the written files have them, on the series they refer to."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.read_files import quiet, read_object
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.volumes.volume import to_grid_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SLICES = 6
_OFF_SLICE_MM = 0.1
_PERCENTILES = (1, 99.5)
_INCHES = 3.2
_LEGEND_INCHES = 0.35
_DPI = 110


@dataclass(frozen=True, eq=False)
class _Contour:
    """A closed contour of a structure set.

    Args:
        name: of its region of interest.
        colour: red, green and blue, 0 to 1.
        place: number of the slice that it refers to.
        pixels: (N, 2) row and column.
    """

    name: str
    colour: tuple[float, ...]
    place: int
    pixels: np.ndarray


def draw_plan(series: SeriesGrid, structure_set: Path | None, segmentation: Path | None) -> bytes:
    """Draw a structure set and a segmentation on the slices that they refer to, and return a PNG.

    Everything is read from files: contours by the objects and the points that they name, frames by their positions, the
    images from the series.

    Args:
        series: that they refer to.
        structure_set: file; None: no contours.
        segmentation: file; None: no shading.

    Raises:
        InputError: a file cannot be read.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    contours = [] if structure_set is None else _read_contours(structure_set, series)
    frames = {} if segmentation is None else _read_frames(segmentation, series)
    image = to_grid_of(series.read(), series.space).array
    window = np.percentile(image[image > 0], _PERCENTILES) if (image > 0).any() else (0.0, 1.0)
    places = _choose_places(contours, frames)
    columns = min(3, len(places))
    rows = -(-len(places) // columns)
    figure = Figure(figsize=(_INCHES * columns, _INCHES * rows + 0.9), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    height, width = series.slices[0].pixel_mm
    for number, place in enumerate(places, start=1):
        axes = figure.add_subplot(rows, columns, number)
        axes.imshow(image[:, :, place].T, cmap="gray", vmin=window[0], vmax=window[1], aspect=height / width)
        _draw_slice(axes, place, contours, frames)
        axes.set_title(f"{series.name}, slice {place + 1} of {len(series.slices)}", fontsize=7)
    _describe(axes, contours)
    figure.suptitle("As the written files have it. Research use; not for clinical decisions.", fontsize=8)
    figure.tight_layout(rect=(0, _LEGEND_INCHES / figure.get_figheight(), 1, 1))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _read_contours(path: Path, series: SeriesGrid) -> list[_Contour]:
    found = []
    with quiet():
        dataset = read_object(SourceFile(path))
        names = {int(roi.ROINumber): str(roi.ROIName) for roi in dataset.StructureSetROISequence}
        for roi in dataset.ROIContourSequence:
            name, colour = names[int(roi.ReferencedROINumber)], tuple(int(part) / 255 for part in roi.ROIDisplayColor)
            for contour in roi.ContourSequence:
                image = contour.ContourImageSequence[0]
                place = series.place_of(image.ReferencedSOPInstanceUID, image.get("ReferencedFrameNumber"))
                points_mm = np.reshape([float(mm) for mm in contour.ContourData], (-1, 3))
                if place is not None:
                    pixels = series.to_pixels(points_mm, place)[:, :2]
                    found.append(_Contour(name, colour, place, np.vstack([pixels, pixels[:1]])))
    return found


def _read_frames(path: Path, series: SeriesGrid) -> dict[int, np.ndarray]:
    """Return number of a slice -> where any segment is, bool (rows, columns)."""
    found: dict[int, np.ndarray] = {}
    with quiet():
        dataset = read_object(SourceFile(path))
        pixels = np.asarray(dataset.pixel_array)
        pixels = pixels if pixels.ndim == 3 else pixels[None]
        for frame, group in zip(pixels, dataset.PerFrameFunctionalGroupsSequence, strict=True):
            position = np.reshape([float(mm) for mm in group.PlanePositionSequence[0].ImagePositionPatient], (1, 3))
            off_mm = [abs(float(series.to_pixels(position, place)[0, 2])) for place in range(len(series.slices))]
            place = int(np.argmin(off_mm))
            if off_mm[place] < _OFF_SLICE_MM:
                found[place] = found.get(place, np.zeros(frame.shape, bool)) | (frame > 0)
    return found


def _choose_places(contours: list[_Contour], frames: dict[int, np.ndarray]) -> list[int]:
    """Return the slices that are shown: evenly through those that show anything."""
    shown = sorted({*(contour.place for contour in contours), *frames})
    if len(shown) <= MOST_SLICES:
        return shown
    return [shown[int(place)] for place in np.linspace(0, len(shown) - 1, MOST_SLICES + 2)[1:-1].round()]


def _draw_slice(axes: "Axes", place: int, contours: list[_Contour], frames: dict[int, np.ndarray]) -> None:
    if place in frames:
        shade = np.zeros((*frames[place].shape, 4))
        shade[frames[place]] = (0.2, 0.6, 1.0, 0.3)
        axes.imshow(shade, aspect=axes.get_aspect(), interpolation="nearest")
    for contour in contours:
        if contour.place == place:
            row, column = contour.pixels.T
            axes.plot(column, row, color=contour.colour, linewidth=0.9, label=contour.name)
    axes.set_axis_off()


def _describe(axes: "Axes", contours: list[_Contour]) -> None:
    """Name the structures once, whichever slices show them."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colours = {contour.name: contour.colour for contour in contours}
    lines = [Line2D([], [], color=colour, label=name) for name, colour in list(colours.items())[:8]]
    entries = [*lines, Patch(color=(0.2, 0.6, 1.0, 0.3), label="segmentation")]
    axes.figure.legend(handles=entries, loc="lower center", ncol=min(9, len(entries)), fontsize=7, frameon=False)
