"""The page of a case: one HTML file with a viewer, measures and slices, which works offline and may be printed."""

from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.score_notes import SEEN
from braintumornet.core.sequences import MOST_TELLING_FIRST
from braintumornet.core.space import spacing_text
from braintumornet.output.measures import is_of_metastases
from braintumornet.report.case.case_slices import draw_slices
from braintumornet.report.case.case_volumes import CaseVolumes, read_case_volumes
from braintumornet.report.case.lesion_places import MOST_LESIONS, Place, find_places, listed_lesions
from braintumornet.report.case.measure_tables import MeasureTable, lesion_table, measure_tables, name_region
from braintumornet.report.case.page_scripts import page_scripts
from braintumornet.report.case.viewer_files import make_viewer_files
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
    in_order = {name: images[name] for name in sorted(images, key=[*MOST_TELLING_FIRST, *images].index)}
    case = read_case_volumes(record, folder, in_order | _entropy_files(record, folder) if images else {})
    places = find_places(record, case) if case else []
    rows, more = draw_slices(case, places) if case else ([], 0)
    write_page(
        "case.html",
        page,
        record=record,
        scripts=page_scripts(),
        viewer=_describe_viewer(record, case, places) if case and case.images else None,
        validation=record.validation[:1].upper() + record.validation[1:],
        warnings=list(_warn(record)),
        tables=list(_tabulate(record)),
        notes=[hide_folders(note) for note in (*record.notes, *(case.left_out if case else ()))],
        picture_rows=rows,
        pictures_left_out=f"{more} more lesions, the smallest, have no slices here." if more else "",
        colours={region: contour_colour(region) for masks in (case.masks if case else {}).values() for region in masks},
        about=_tell_origin(record),
        card=unescape(card),  # Markdown, in which < is written so
    )


def _entropy_files(record: PredictionRecord, folder: PredictionFolder) -> dict[str, Path]:
    """Return the maps of where the network is unsure, which are looked at as the sequences are."""
    return {
        f"entropy ({task})": folder.path / one.entropy_file
        for task, one in record.segmentation.items()
        if one.entropy_file
    }


def _warn(record: PredictionRecord) -> Iterator[str]:
    """Yield what must be known before anything is looked at."""
    for task, outline in record.segmentation.items():
        for region, reason in outline.not_assessed.items():
            yield f"{task}: {name_region(region)} is not assessed, because it {hide_folders(reason)}."
    if record.seen_in_training:
        yield f"This case was {SEEN}: the masks are better than they would be of a new one."


def _tabulate(record: PredictionRecord) -> Iterator[MeasureTable]:
    for table in measure_tables(record):
        yield table
        outline = record.segmentation.get(table.title)
        lesions = listed_lesions(outline) if outline else []
        if outline and lesions:
            number = sum(outline.measures[region].number_of_lesions for region in {region for region, _ in lesions})
            about = outline.model_dump(include={"where"})
            yield lesion_table(table.title, lesions[:MOST_LESIONS], number, is_of_metastases(about))


def _describe_viewer(record: PredictionRecord, case: CaseVolumes, places: Sequence[Place]) -> dict[str, Any]:
    """Return what the script of the page is given, and what stands beside it."""
    files = make_viewer_files(case)
    tasks = list(files.masks)
    lesions = [place for place in places if place.task]
    start = np.linalg.inv(case.space.affine) @ files.space.affine[:, 3]
    first = case.slice_number(int(start[2] + 0.25))  # of a coarser grid, the first of the slices that were joined
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
        "slices": {
            "first": first,
            "step": (-1 if case.from_head else 1) * files.shrunk[2],
            "count": case.space.shape[2],
        },
        "lesions": [
            {"mm": place.as_mm(case.space), "task": tasks.index(place.task), "ends": place.ends_mm} for place in lesions
        ],
    }
    return {
        "data": data,
        "images": list(files.images.values()),
        "masks": list(files.masks.values()),
        "lesions": [f"{place.title}: {place.about}" if place.about else place.title for place in lesions],
        "coarser": f"To keep the page small, the viewer shows voxels of {spacing_text(files.space.spacing_mm)}; "
        "the masks and the measures have all of them."
        if max(files.shrunk) > 1
        else "",
    }


def _tell_origin(record: PredictionRecord) -> list[tuple[str, str]]:
    sequences = ", ".join(record.sequences or record.inputs)
    made = [
        (name, hide_folders(record.provenance[key]))
        for key, name in _SHOWN_PROVENANCE.items()
        if key in record.provenance
    ]
    return [*([("Sequences", sequences)] if sequences else []), *made]
