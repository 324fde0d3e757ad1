"""Phantoms on the disk: one folder per case, and the cohort table."""

from pathlib import Path

import numpy as np

from braintumornet.core.case import Case, Cohort
from braintumornet.core.errors import UsageError
from braintumornet.core.manifest import write_manifest
from braintumornet.phantom.examination import PhantomExamination, make_phantom
from braintumornet.phantom.settings import PhantomSettings
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

CODING = "brats2023"
PATHOLOGY = "plgg"


def write_phantoms(
    folder: Path,
    settings: PhantomSettings,
    cases: int,
    seed: int,
    name: str = "phantom",
    prefix: str | None = None,
) -> Cohort:
    """Write a labelled synthetic cohort and its table `cohort.csv`; every case is a patient of its own.

    A case depends on the seed, its number and the settings only: more cases do not change the first ones.

    Args:
        folder: gets one folder per case, and the table.
        settings: what the cohort is like.
        cases: how many.
        seed: of the cohort.
        name: of the cohort.
        prefix: of the case ids; default the cohort's name.

    Raises:
        UsageError: no case is asked for.
        InputError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> small = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))
        >>> [case.id for case in write_phantoms(Path(tempfile.mkdtemp()), small, cases=2, seed=1)]
        ['phantom-0000', 'phantom-0001']
    """
    if cases < 1:
        msg = f"expected at least 1 case, found {cases}; ask for more"
        raise UsageError(msg)
    written = []
    for index in range(cases):
        case_id = f"{name if prefix is None else prefix}-{index:04d}"
        written.append(write_phantom(folder, make_phantom(seed, settings, index), case_id, name))
    cohort = Cohort(name, tuple(written))
    write_manifest(cohort, folder / "cohort.csv")
    return cohort


def write_phantom(folder: Path, examination: PhantomExamination, case_id: str, cohort: str) -> Case:
    """Write one phantom's images, mask and brain mask to `<folder>/<case_id>/`.

    A healthy head has the cohort's pathology too: somebody looked for a tumour and found none.

    Raises:
        InputError: the folder cannot be written to.
    """
    arrays: dict[str, np.ndarray] = {
        **examination.images,
        "seg": examination.labels,
        "brainmask": examination.brainmask,
    }
    files = {key: folder / case_id / f"{case_id}_{key}.nii.gz" for key in arrays}
    for key, array in arrays.items():
        write_volume(Volume(array, examination.space), files[key])
    return Case(
        id=case_id,
        patient_id=case_id,
        cohort=cohort,
        images={sequence: files[sequence] for sequence in examination.images},
        targets={"seg": files["seg"]},
        brainmask=files["brainmask"],
        coding=CODING,
        pathology=PATHOLOGY,
        attributes=_attributes(examination),
    )


def _attributes(examination: PhantomExamination) -> dict[str, str]:
    records = examination.records
    known = {"genotype": records.genotype} if records.genotype and records.genotype_is_known else {}
    return {**known, "age": f"{records.age_years:g}", "sex": records.sex, "site": records.site}
