"""What a layout promises: it knows its own, reads it whole and alike, states label schemes, and writes nothing."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.label_scheme import require_known_labels
from braintumornet.core.cohort.manifest import read_manifest, write_manifest
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import SEQUENCES
from braintumornet.layouts.layout import Layout
from braintumornet.testing.contract import Contract, check_settings
from braintumornet.volumes.nifti import read_labels


def check_layout(layout: Layout | type[Layout], example: Path, coding: str | None = None) -> None:
    """Check that a layout fulfils the contract of `Layout`.

    Args:
        layout: settings; a class stands for its defaults.
        example: a small cohort in this layout; nothing is written there.
        coding: how to read the labels of its masks, if the data do not say so.

    Raises:
        AssertionError: the contract is broken; the message says what is required, what was found and what to do.

    Example:
        >>> import nibabel, tempfile
        >>> from braintumornet.layouts.brats_layout import BratsLayout
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "A").mkdir()
        >>> image = nibabel.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.eye(4))
        >>> image.to_filename(folder / "A" / "A_t1c.nii.gz")
        >>> check_layout(BratsLayout, folder)
    """
    settings, contract = check_settings(layout, Layout)
    missing = [name for name, field in type(settings).model_fields.items() if field.is_required()]
    contract.require(
        not missing,
        f"a layout is chosen by its kind alone (--layout {settings.kind})",
        f"no default for {', '.join(missing)}",
        "give every setting a default",
    )
    _check_refusals(settings, example, contract)
    before = _look_of(example)
    with TemporaryDirectory() as output:
        _check_cohort(settings, (example, Path(output)), coding, contract)
    contract.require(_look_of(example) == before, "a layout writes nothing there", "another look of files", "only read")


def _check_cohort(settings: Layout, places: tuple[Path, Path], coding: str | None, contract: Contract) -> None:
    cohort = _read(settings, places, coding, contract)
    for case in cohort:
        _check_case(case, contract)
    again = _read(settings, places, coding, contract)
    contract.require(
        cohort == again,
        "what lies there is read alike each time",
        [case.id for case in again],
        "go over files in an order of your own (sorted)",
    )
    _check_table(cohort, contract)
    without = settings.unpack(*places, None, False)
    contract.require(
        [case.id for case in without] == [case.id for case in cohort],
        "with needs_masks=False all cases are read, and nobody is asked how masks are to be read",
        [case.id for case in without],
        "leave out masks whose coding is not known, and keep the case",
    )


def _check_refusals(settings: Layout, example: Path, contract: Contract) -> None:
    refusal = settings.refusal(example)
    contract.require(
        refusal is None,
        "`refusal` is None for data that are laid out so",
        repr(refusal),
        "give an example of your own, or let `refusal` know it",
    )
    with TemporaryDirectory() as folder:
        empty = Path(folder, "empty")
        empty.mkdir()
        Path(empty, "readme.txt").touch()
        for other in (empty, Path(folder, "nowhere")):
            _check_refused(settings, other, contract)


def _check_refused(settings: Layout, other: Path, contract: Contract) -> None:
    refusal = settings.refusal(other)
    contract.require(
        isinstance(refusal, str) and 0 < len(refusal.splitlines()) < 2,
        f"`refusal` says in one line why a folder is not laid out so, such as one that is {other.name}",
        repr(refusal),
        "say what was expected",
    )
    try:
        found: object = settings.read(other, None, True)
    except InputError:
        return
    except Exception as error:  # whatever a layout of another's does with a folder that it does not know
        found = f"{type(error).__name__}: {error}"
    contract.require(False, "`read` raises an InputError where `refusal` says why", found, "raise InputError(refusal)")


def _read(settings: Layout, places: tuple[Path, Path], coding: str | None, contract: Contract) -> Cohort:
    """Read the example, with a place for what has to be unpacked."""
    cohort = settings.unpack(*places, coding, True)
    contract.require(
        isinstance(cohort, Cohort) and len(cohort) > 0,
        "`read` returns a Cohort with a case, at least",
        cohort,
        f"return one of {Cohort.__module__}",
    )
    return cohort


def _check_case(case: Case, contract: Contract) -> None:
    unknown = [name for name in case.images if name not in SEQUENCES]
    contract.require(
        bool(case.images) and not unknown,
        f"a case has an image, and images are called {', '.join(SEQUENCES)}",
        f"{', '.join(unknown) or 'none'} in case {case.id}",
        "use braintumornet.core.sequences.find_sequence",
    )
    missing = [str(file) for file in case.files().values() if not file.is_file()]
    contract.require(not missing, "the files of a case are there", f"no {missing}", "name those that lie there")
    for target, file in case.targets.items():
        labels = {int(label) for label in np.unique(read_labels(file).array)}
        try:
            require_known_labels(labels, case.coding or "")
        except InputError as error:
            contract.require(
                False,
                "the coding of a case has every label of its masks",
                f"in {target} of case {case.id}: {error}",
                "state the right one, or ask for it by an InputError",
            )


def _check_table(cohort: Cohort, contract: Contract) -> None:
    with TemporaryDirectory() as folder:
        table = Path(folder, "cohort.csv")
        try:
            write_manifest(cohort, table)
            pairs = zip(map(_said_of, read_manifest(table)), map(_said_of, cohort), strict=True)
            found: object = next((f"{new} of {old}" for new, old in pairs if new != old), None)
        except Exception as error:  # whatever is wrong with what a layout of another's has read
            found = f"{type(error).__name__}: {error}"
    contract.require(
        found is None,
        "a cohort is the same after it was written as a table and read, as `btn import` does",
        found,
        "keep to text in attributes, and to plain names for ids",
    )


def _said_of(case: Case) -> object:
    return case.cells, {name: file.resolve() for name, file in case.files().items()}


def _look_of(path: Path) -> dict[Path, tuple[int, int]]:
    files = [path, *path.rglob("*")] if path.is_dir() else [path, *path.parent.rglob("*")]
    return {file: (file.stat().st_size, file.stat().st_mtime_ns) for file in files}
