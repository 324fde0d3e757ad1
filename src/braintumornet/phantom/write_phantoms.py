"""Phantoms on the disk: one folder per case, and the cohort table."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import PHANTOM, require_file_name
from braintumornet.phantom.generators import find_generator
from braintumornet.phantom.phantom_case import PhantomExamination, Records
from braintumornet.phantom.phantom_settings import GENERATOR_VERSION, PhantomSettings
from braintumornet.phantom.unprocessed_scan import RAW_GENERATOR_VERSION, REFERENCE, RawExamination, make_raw_phantom
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

CODING = "brats2023"


def write_phantoms(
    folder: Path,
    settings: PhantomSettings,
    cases: int,
    seed: int,
    name: str = PHANTOM,
    raw: bool = False,
    generator: int = GENERATOR_VERSION,
) -> Cohort:
    """Write a labelled synthetic cohort and its table `cohort.csv`; every case is a patient of its own.

    A case depends on the seed, its number, the settings and the generator's version: more do not change the first ones.

    Args:
        folder: gets one folder per case, and the table.
        settings: what the cohort is like.
        cases: how many.
        seed: of the cohort.
        name: of the cohort, with which case ids begin; reports tell phantoms by its beginning.
        raw: as a scanner delivers them, for trying preparation on: see `write_raw_phantom`.
        generator: which one makes them; raw ones are made by generator 1.

    Raises:
        UsageError: no case is asked for, or there is no such generator.
        InputError: the folder cannot be written to, or files cannot be named after the cohort.

    Example:
        >>> import tempfile
        >>> small = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))
        >>> [case.id for case in write_phantoms(Path(tempfile.mkdtemp()), small, cases=2, seed=1)]
        ['phantom-0000', 'phantom-0001']
    """
    make, written = find_generator(generator), []
    require(
        not raw or generator == GENERATOR_VERSION,
        f"raw phantoms are made by generator {GENERATOR_VERSION} only, found {generator}; omit one of both",
        UsageError,
    )
    for index, case_id in enumerate(_name_cases(cases, name)):
        if raw:
            written.append(write_raw_phantom(folder, make_raw_phantom(seed, settings, index), case_id, name))
        else:
            written.append(write_phantom(folder, make(seed, settings, index), case_id, name, generator))
    cohort = Cohort(name, tuple(written))
    write_manifest(cohort, folder / "cohort.csv")
    return cohort


def _name_cases(cases: int, prefix: str) -> list[str]:
    if cases < 1:
        msg = f"expected at least 1 case, found {cases}; ask for more"
        raise UsageError(msg)
    ids = [f"{prefix}-{index:04d}" for index in range(cases)]
    require_file_name(ids[0], "case_id")
    return ids


def write_phantom(
    folder: Path, examination: PhantomExamination, case_id: str, cohort: str, generator: int = GENERATOR_VERSION
) -> Case:
    """Write one phantom's images, mask and brain mask to `<folder>/<case_id>/`.

    A healthy head has an empty mask, because somebody looked, and no pathology.

    Raises:
        InputError: the folder cannot be written to.
    """
    arrays: dict[str, np.ndarray] = {
        **examination.images,
        "seg": examination.labels,
        "brainmask": examination.brainmask,
    }
    volumes = {key: Volume(array, examination.space) for key, array in arrays.items()}
    return _write_case(folder, volumes, examination.records, case_id, cohort, str(generator))


def write_raw_phantom(folder: Path, examination: RawExamination, case_id: str, cohort: str) -> Case:
    """Write one raw phantom: every sequence on its own grid, mask and brain mask on that of t1c.

    `<case_id>_motion.json` holds what a registration is to find: for each sequence the rigid motion that takes a point
    of t1c to the same point of the sequence, a 4 x 4 matrix in RAS+ mm.

    Raises:
        InputError: the folder cannot be written to.
    """
    motions = {sequence: motion.tolist() for sequence, motion in examination.motions.items()}
    truth = {"reference": REFERENCE, "reference_to_sequence_mm": motions}
    write_json(folder / case_id / f"{case_id}_motion.json", truth)
    volumes = {**examination.images, "seg": examination.labels, "brainmask": examination.brainmask}
    return _write_case(folder, volumes, examination.records, case_id, cohort, RAW_GENERATOR_VERSION)


def _write_case(
    folder: Path, volumes: Mapping[str, Volume], records: Records, case_id: str, cohort: str, generator: str
) -> Case:
    case = describe_phantom(folder, list(volumes), records, case_id, cohort, generator)
    for key, file in case.files().items():
        write_volume(volumes[key], file)
    return case


def describe_phantom(
    folder: Path, volumes: Sequence[str], records: Records, case_id: str, cohort: str, generator: str
) -> Case:
    """Return what the table says of a phantom, whether its files are written or not.

    Args:
        folder: of the cohort.
        volumes: names of the sequences, `seg` and `brainmask`.
        records: of the phantom.
        case_id: of the phantom.
        cohort: name of the cohort.
        generator: that made it.
    """
    files = {key: folder / case_id / f"{case_id}_{key}.nii.gz" for key in volumes}
    known = {"genotype": records.genotype} if records.genotype and records.genotype_is_known else {}
    return Case(
        id=case_id,
        patient_id=case_id,
        cohort=cohort,
        images={key: file for key, file in files.items() if key not in ("seg", "brainmask")},
        targets={"seg": files["seg"]},
        brainmask=files["brainmask"],
        coding=CODING,
        pathology=None if records.kind == "healthy" else records.kind,
        attributes={
            **known,
            "age": f"{records.age_years:g}",
            "sex": records.sex,
            "site": records.site,
            "generator": generator,
        },
    )
