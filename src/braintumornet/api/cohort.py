"""Cohorts: read from a disk, or made of phantoms."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from braintumornet.core.cohort import case as core
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.text.errors import UsageError
from braintumornet.core.text.names import PHANTOM
from braintumornet.layouts import read_cohort as layouts
from braintumornet.phantom.head_coordinates import shape_for_head
from braintumornet.phantom.phantom_settings import PhantomSettings, parse_mix
from braintumornet.phantom.write_phantoms import write_phantoms

MIX = "hgg=0.6,mets=0.2,plgg=0.2"


@dataclass(frozen=True)
class Cohort(core.Cohort):
    """An ordered set of cases with unique ids; a notebook shows what they have."""

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import cohort_html

        return cohort_html(self)


def read_cohort(path: str | PathLike[str], layout: str | None = None, label_scheme: str | None = None) -> Cohort:
    r"""Read a cohort from a table, or from a folder of cases as BraTS or another layout has it.

    Args:
        path: a CSV table, a folder with a `cohort.csv`, or a folder of cases.
        layout: kind of a layout; default: a table where there is one, else the one whose own the data are.
        label_scheme: what the labels of the masks mean, where the data do not say so themselves.

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
    found = layouts.read_cohort(Path(path), layout, label_scheme)
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
) -> Cohort:
    """Write a labelled synthetic cohort of heads with tumours: four sequences, mask, brain mask, and attributes.

    Args:
        cases: how many.
        folder: new one for the files and their table `cohort.csv`.
        seed: of the cohort; same seed, same cases.
        mix: shares of hgg, mets, plgg and healthy heads; they sum to 1.
        spacing_mm: voxel size.
        size: voxels along each axis; default: as a head needs.
        genotype_signal: how much the genotype of plgg shows in the images.
        name: of the cohort; case ids begin with it.
        raw: with skull, each sequence on its own grid and moved, to try preparation on.

    Raises:
        UsageError: the folder holds a cohort already, or a setting is not allowed.
        InputError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> len(phantoms(1, tempfile.mkdtemp(), seed=1, spacing_mm=5, size=32))
        1
    """
    place = Path(folder)
    if (place / TABLE_NAME).exists():
        msg = f"{place} holds a cohort already; choose a new folder, or remove that one"
        raise UsageError(msg)
    shape = shape_for_head(spacing_mm, skull=raw) if size is None else (size, size, size)
    spacing = (spacing_mm, spacing_mm, spacing_mm)
    settings = PhantomSettings(shape=shape, spacing_mm=spacing, mix=parse_mix(mix), genotype_signal=genotype_signal)
    made = write_phantoms(place, settings, cases, seed, name, raw=raw)
    return Cohort(made.name, made.cases)
