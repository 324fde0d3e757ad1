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
    """An ordered set of cases with unique ids; a notebook shows a summary of them.

    It supports `len()` and iteration over the cases.

    Args:
        name: name of the cohort.
        cases: the cases, in order.

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
        """Write the cohort as a raw nnU-Net 2 data set, with the splits of a study or run as its folds.

        Args:
            folder: new folder, named as nnU-Net requires, such as `nnUNet_raw/Dataset501_Glioma`.
            splits: folder of the study or run; default: the column `split` if it is filled, else no folds.
            sequences: sequences to write, in the order of the channels; default: all that the cohort has.
            target: name of the masks.
            omit_incomplete: leave out cases that lack a sequence, instead of raising an error.
            progress: show a progress bar.

        Returns:
            What was written, and what a user must know about it.

        Raises:
            UsageError: the folder exists or is not named as required, or the splits do not fit the cohort.
            InputError: a case lacks a sequence, its files lie on several grids, or no one label scheme fits the masks.
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
    r"""Read a cohort from a table, or from a folder of cases in the layout of BraTS, BIDS, nnU-Net or another.

    Args:
        path: a CSV table, a folder with a `cohort.csv`, or a folder of cases.
        layout: kind of the layout; default: a table if there is one, else the layout that recognises the data.
        label_scheme: what the labels of the masks mean, if the data themselves do not say.
        unpack_to: folder for single sequences, if the data hold several in one file, as those of the Decathlon do.

    Returns:
        The cases, in the order of the table or of their names; no image is opened.

    Raises:
        InputError: the data are in no known layout, or are not as the layout expects.
        UsageError: the layout is not known.

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
        cases: number of cases.
        folder: new folder for the files and their table `cohort.csv`.
        seed: seed of the cohort; the same seed gives the same cases.
        mix: shares of hgg, mets, plgg, healthy and, with generators 2 and 3, lgg heads; they sum to 1.
        spacing_mm: edge length of a voxel.
        size: voxels along each axis; default: as many as a head needs.
        genotype_signal: how strongly the genotype of plgg shows in the images, from 0 (not at all) to 4.
        name: name of the cohort; case ids begin with it.
        raw: keep the skull, move each sequence and put it on its own grid, to try out preparation.
        generator: 1; 2 for heads as varied as patients are; 3 for another family, for selection and evaluation.

    Returns:
        The cases; their files are NIfTI in RAS+ order.

    Raises:
        UsageError: the folder already holds a cohort, or a setting is not allowed.
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
