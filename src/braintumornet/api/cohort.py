"""Cohorts: read from a disk, made of phantoms, or written for another tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from braintumornet.core.cohort import case as core
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import PHANTOM
from braintumornet.layouts import read_cohort as layouts
from braintumornet.layouts.write_nnunet import WrittenDataSet, write_nnunet
from braintumornet.phantom.head_coordinates import shape_for_head
from braintumornet.phantom.phantom_settings import PhantomSettings, parse_mix
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.terminal.progress import case_progress

MIX = "hgg=0.6,mets=0.2,plgg=0.2"


@dataclass(frozen=True)
class Cohort(core.Cohort):
    """An ordered set of cases with unique ids; a notebook shows what they have.

    It has a length and is iterated over, case by case.

    Args:
        name: of the cohort.
        cases: in their order.

    Example:
        >>> from braintumornet.core.cohort.case import Case
        >>> cohort = Cohort("mine", (Case("a", "a", "mine", {}), Case("b", "b", "mine", {}, pathology="mets")))
        >>> [case.id for case in cohort.select(lambda case: case.pathology == "mets")]
        ['b']
    """

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import cohort_html

        return cohort_html(self)

    def to_nnunet(
        self,
        folder: str | PathLike[str],
        *,
        splits: str | PathLike[str] | None = None,
        sequences: Sequence[str] = (),
        target: str = "seg",
        omit_incomplete: bool = False,
        progress: bool = True,
    ) -> WrittenDataSet:
        """Write the cohort as a raw data set of nnU-Net 2, with the splits of a study or run as its folds.

        Args:
            folder: new one, named as nnU-Net asks for, such as `nnUNet_raw/Dataset501_Glioma`.
            splits: folder of the study or run; default the column `split`, if it is filled, else no folds.
            sequences: to write, in the order of the channels; default all that the cohort has.
            target: name of the masks.
            omit_incomplete: leave out cases that lack a sequence, rather than refuse them.
            progress: show a bar.

        Returns:
            What was written, and what a user must know of it.

        Raises:
            UsageError: the folder is there already or called otherwise, or the splits do not fit the cohort.
            InputError: a case lacks a sequence, its files lie on several grids, or masks fit no one label scheme.
        """
        folds = [] if splits is None else _read_folds(Path(splits))
        with case_progress("Exporting", len(self), hidden=not progress) as advance:
            return write_nnunet(self, Path(folder), folds, sequences, target, omit_incomplete, advance)


def _read_folds(folder: Path) -> list[dict[str, list[str]]]:
    """Return the sides of each split of a study, or of the one of a run."""
    if StudyFolder(folder).plan.is_file():
        return list(StudyFolder(folder).read_splits().values())
    if RunFolder(folder).split.is_file():
        return [RunFolder(folder).read_split().sides]
    msg = f"{folder} is neither the folder of a study nor of a run; expected plan.json or split.json in it"
    raise UsageError(msg)


def read_cohort(
    path: str | PathLike[str],
    layout: str | None = None,
    label_scheme: str | None = None,
    *,
    unpack_to: str | PathLike[str] | None = None,
) -> Cohort:
    r"""Read a cohort from a table, or from a folder of cases as BraTS, BIDS, nnU-Net or another layout has it.

    Args:
        path: a CSV table, a folder with a `cohort.csv`, or a folder of cases.
        layout: kind of a layout; default: a table where there is one, else the one whose own the data are.
        label_scheme: what the labels of the masks mean, where the data do not say so themselves.
        unpack_to: folder for single sequences, where the data hold several in one file, as the Decathlon's do.

    Returns:
        The cases, in the order of the table, or of their names; no image is opened.

    Raises:
        InputError: the data are in no known layout, or not as it expects.
        UsageError: nobody knows this layout.

    Example:
        >>> import tempfile
        >>> table = Path(tempfile.mkdtemp()) / "cohort.csv"
        >>> _ = table.write_text("case_id,t1c\na,a_t1c.nii.gz\n")
        >>> len(read_cohort(table))
        1
    """
    output = None if unpack_to is None else Path(unpack_to)
    found = layouts.read_cohort(Path(path), layout, label_scheme, unpack_to=output)
    return Cohort(found.name, found.cases)


def phantoms(
    cases: int = 40,
    folder: str | PathLike[str] = "phantoms",
    *,
    seed: int = 0,
    mix: str = MIX,
    spacing_mm: float = 1.0,
    size: int | None = None,
    genotype_signal: float = 1.0,
    name: str = PHANTOM,
    raw: bool = False,
    generator: int = 1,
) -> Cohort:
    """Write a labelled synthetic cohort of heads with tumours: four sequences, mask, brain mask, and attributes.

    Args:
        cases: how many.
        folder: new one for the files and their table `cohort.csv`.
        seed: of the cohort; same seed, same cases.
        mix: shares of hgg, mets, plgg, healthy and, of generators 2 and 3, lgg heads; they sum to 1.
        spacing_mm: edge of a voxel.
        size: voxels along each axis; default: as a head needs.
        genotype_signal: how much the genotype of plgg shows in the images, 0 (not at all) to 4.
        name: of the cohort; case ids begin with it.
        raw: with skull, each sequence on its own grid and moved, to try preparation on.
        generator: 1; 2 for heads as varied as patients are; 3 for another family, to select and judge by.

    Returns:
        The cases, whose files are NIfTI in RAS+ order.

    Raises:
        UsageError: the folder holds a cohort already, or a setting is not allowed.
        InputError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> len(phantoms(1, tempfile.mkdtemp(), seed=1, spacing_mm=5, size=32))
        1
    """
    place = Path(folder)
    require(
        not (place / TABLE_NAME).exists(),
        f"{place} holds a cohort already; choose a new folder, or remove that one",
        UsageError,
    )
    shape = shape_for_head(spacing_mm, skull=raw) if size is None else (size, size, size)
    spacing = (spacing_mm, spacing_mm, spacing_mm)
    settings = PhantomSettings(shape=shape, spacing_mm=spacing, mix=parse_mix(mix), genotype_signal=genotype_signal)
    made = write_phantoms(place, settings, cases, seed, name, raw=raw, generator=generator)
    return Cohort(made.name, made.cases)
