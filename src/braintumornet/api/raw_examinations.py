"""Raw examinations put before a trained network: prepared as its training data were, and the answers brought back."""

from contextlib import suppress
from functools import partial
from hashlib import sha256
from os import PathLike
from pathlib import Path

import numpy as np

from braintumornet.api.preparation import Preparation, prepare_cohort
from braintumornet.api.run import Run
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord, read_prediction
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.output.measured_files import measure_files
from braintumornet.output.measures_table import require_own_table, write_measures
from braintumornet.prepare.preparation_record import FILE, PreparedImage, read_preparation
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.to_native import carry_to_native


def prepare_for(
    run: Run,
    source: str | PathLike[str],
    folder: str | PathLike[str],
    *,
    atlas: str | PathLike[str] | None = None,
    corrections: str | PathLike[str] | None = None,
    shard: str | None = None,
    jobs: int | Cluster | None = None,
    progress: bool = True,
) -> Preparation:
    """Prepare raw examinations as the training data of a run were prepared.

    Where a run does not say how that was, they are prepared as BraTS does, with the skull where the network learned
    from heads with it; every prediction then says so.

    Args:
        run: the network that is to be shown them.
        source: as of `prepare_cohort`.
        folder: likewise.
        atlas: the file that the training data were aligned to, where that was not the one that comes with this package.
        corrections: as of `prepare_cohort`.
        shard: likewise.
        jobs: likewise.
        progress: likewise.

    Raises:
        UsageError: the atlas is missing or another.
        InputError: there is no image.
    """
    settings = _settings_of(run, None if atlas is None else Path(atlas))
    prepare = partial(prepare_cohort, source, folder, settings=settings, corrections=corrections)
    return prepare(shard=shard, jobs=jobs, progress=progress)


def _settings_of(run: Run, atlas: Path | None) -> PrepareSettings:
    known = run.preparation
    if known is None:
        learned = run.training.learned
        keep_skull = learned is not None and learned.with_skull > 1 / 2
        return PrepareSettings(atlas=atlas, skullstrip="none" if keep_skull else "auto")
    wanted = known.settings.get("atlas_sha256")
    if atlas is not None and not known.as_settings().needs_atlas:
        msg = f"the training data of {run.path} lie on no atlas; omit --atlas"
        raise UsageError(msg)
    if wanted is None and atlas is not None:
        msg = f"the training data of {run.path} lie on the atlas that comes with this package; omit --atlas"
        raise UsageError(msg)
    if wanted is not None and (atlas is None or _sha256(atlas) != wanted):
        given = "none was given" if atlas is None else f"{atlas.name} is another file"
        msg = f"the training data of {run.path} lie on {known.settings.get('atlas')}, and {given}: add --atlas PATH"
        raise UsageError(msg)
    return known.as_settings().model_copy(update={"atlas": atlas})


def _sha256(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        msg = f"cannot read the atlas {file}: {error.strerror or error}"
        raise InputError(msg) from error


def to_native(
    masks: str | PathLike[str], prepared: str | PathLike[str], folder: str | PathLike[str], sequence: str | None = None
) -> tuple[list[Path], list[CaseFailure]]:
    """Write masks and maps of prepared cases on the grids on which the patients were scanned.

    Of predictions, what they say of themselves is written beside them, with volumes, lesions and diameters as the masks
    have them on these grids, and a table of all of them.

    Args:
        masks: folder of predictions, or of another tool's files that begin with a case's id.
        prepared: folder of the cohort that `prepare_cohort` made.
        folder: for the files, which keep their names.
        sequence: on whose scan; default the reference of each case, which was interpolated least.

    Returns:
        The files written, and the cases that failed.

    Raises:
        UsageError: a case has no such sequence.
        InputError: there is no prepared case, or no file of one.
    """
    found = _files_of_cases(Path(masks), _prepared_cases(Path(prepared)))
    if Path(folder).resolve() == Path(masks).resolve():
        msg = f"{folder} is where the masks lie that are read; write to another folder"
        raise UsageError(msg)
    require_own_table(Path(folder))
    written, failures = [], []
    for case_id, files in found.items():
        made = attempt(partial(_carry_all, files, Path(prepared) / case_id, sequence, Path(folder)), case_id)
        if isinstance(made, CaseFailure):
            failures.append(made)
        else:
            written += made
    write_measures(Path(folder))
    return written, failures


def _prepared_cases(folder: Path) -> list[str]:
    cases = sorted(file.parent.name for file in folder.glob(f"*/{FILE}"))
    if not cases:
        msg = f"{folder} holds no prepared case (<case>/{FILE}); expected a folder that `btn prepare` made"
        raise InputError(msg)
    return cases


def _files_of_cases(folder: Path, cases: list[str]) -> dict[str, list[Path]]:
    """Return case id -> files whose names begin with it; of several ids that fit, the longest."""
    found: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.nii.gz")):
        fitting = [case for case in cases if file.name.startswith((f"{case}_", f"{case}."))]
        if fitting:
            found.setdefault(max(fitting, key=len), []).append(file)
    if not found:
        msg = f"{folder} holds no .nii.gz file whose name begins with the id of a prepared case, such as {cases[0]}"
        raise InputError(msg)
    return found


def _carry_all(files: list[Path], case: Path, sequence: str | None, folder: Path) -> list[Path]:
    record, told = read_preparation(case), PredictionFolder(folder).summary(case.name)
    told.unlink(missing_ok=True)  # of an earlier prediction: it says that the others are there
    for file in files:
        sequence = carry_to_native(file, record, sequence, folder / file.name)
    if sequence is not None and (prediction := _find_prediction(files[0].parent, case.name)):
        write_json(told, _measure_again(prediction, record.images[sequence], folder).as_json())
    return [folder / file.name for file in files]


def _find_prediction(folder: Path, case_id: str) -> PredictionRecord | None:
    """Return what a prediction says of itself; None of masks of other tools, with whatever these write beside them."""
    summary = PredictionFolder(folder).summary(case_id)
    with suppress(InputError):
        return read_prediction(summary) if summary.is_file() else None
    return None


def _measure_again(record: PredictionRecord, image: PreparedImage, folder: Path) -> PredictionRecord:
    """Return what is said of a prediction whose masks were brought to the grid of an image."""
    to_output_mm = np.linalg.inv(np.asarray(image.output_to_sequence_mm))
    midplane = None if record.midplane is None else (np.asarray(record.midplane) @ to_output_mm).tolist()
    return measure_files(record, folder, midplane)
