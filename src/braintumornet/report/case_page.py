"""The page of a case: one HTML file with a viewer, measures and slices, which works offline and may be printed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.score_notes import SEEN
from braintumornet.core.space import spacing_text
from braintumornet.report.case.case_slices import MOST_PLACES, draw_slices
from braintumornet.report.case.case_volumes import CaseVolumes, read_case_volumes
from braintumornet.report.case.lesion_places import Place, find_places
from braintumornet.report.case.measure_tables import measure_tables, name_region
from braintumornet.report.case.page_scripts import page_scripts
from braintumornet.report.case.viewer_files import make_viewer_files
from braintumornet.report.case_pictures import SHOWN_SEQUENCES
from braintumornet.report.hide_paths import hide_folders
from braintumornet.report.html_page import contour_colour, write_page

_SHOWN_PROVENANCE = {"run": "Run", "version": "Made by braintumornet", "model": "Fingerprint of the weights"}


def write_case_page(
    record: PredictionRecord, folder: PredictionFolder, images: Mapping[str, Path], page: Path, card: str = ""
) -> None:
    """Write the page of a case, whole or not at all; it shows nothing of a header and names no folder.

    Args:
        record: what the prediction says of itself.
        folder: where its masks lie.
        images: sequence -> file, on the grid of the masks; one that cannot be shown is said to be missing.
        page: to write.
        card: text of the model card.

    Raises:
        InputError: a mask cannot be read, or the page cannot be written.
        GeometryError: the masks lie on different grids.
    """
    in_order = sorted(images, key=[*SHOWN_SEQUENCES, *images].index)
    case = read_case_volumes(record, folder, {sequence: images[sequence] for sequence in in_order})
    places = find_places(record, case) if case else []
    rows = draw_slices(case, places) if case else []
    more = len(places) - MOST_PLACES
    write_page(
        "case.html",
        page,
        record=record,
        scripts=page_scripts(),
        viewer=_describe_viewer(record, case, places) if case and case.images else None,
        validity=[],
        warnings=[f"This case was {SEEN}: the masks are better than they would be of a new one."]
        if record.seen_in_training
        else [],
        tables=list(measure_tables(record)),
        notes=[hide_folders(note) for note in (*record.notes, *(case.left_out if case else ()))],
        picture_rows=rows,
        pictures_left_out=f"Slices through {more} more places are not printed here." if rows and more > 0 else "",
        colours={region: contour_colour(region) for masks in (case.masks if case else {}).values() for region in masks},
        about=_tell_origin(record),
        card=card,
    )


def _describe_viewer(record: PredictionRecord, case: CaseVolumes, places: Sequence[Place]) -> dict[str, Any]:
    """Return what the script of the page is given, and what stands beside it."""
    files = make_viewer_files(case)
    tasks = list(files.masks)
    lesions = [place for place in places if place.task]
    regions = [
        [{"name": name, "meaning": name_region(name), "colour": contour_colour(name)} for name in case.masks[task]]
        for task in tasks
    ]
    data = {
        "label": f"Images of case {record.case_id}",
        "sequences": list(files.images),
        "tasks": [{"name": task, "regions": own} for task, own in zip(tasks, regions, strict=True)],
        "affine": files.space.affine[:3].round(5).tolist(),
        "start": places[0].as_mm(case.space),
        "lesions": [{"mm": place.as_mm(case.space), "task": tasks.index(place.task)} for place in lesions],
    }
    return {
        "data": data,
        "images": list(files.images.values()),
        "masks": list(files.masks.values()),
        "lesions": [place.title for place in lesions],
        "coarser": f"To keep the page small, the viewer shows voxels of {spacing_text(files.space.spacing_mm)}; "
        "the masks and the measures have all of them."
        if max(files.shrunk) > 1
        else "",
    }


def _tell_origin(record: PredictionRecord) -> list[tuple[str, str]]:
    sequences = ", ".join(record.inputs)
    made = [
        (name, hide_folders(record.provenance[key]))
        for key, name in _SHOWN_PROVENANCE.items()
        if key in record.provenance
    ]
    return [*([("Files that were read", sequences)] if sequences else []), *made]
