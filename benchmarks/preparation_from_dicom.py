"""Raw phantoms written as DICOM, prepared by the whole command, and held against the motion that is known.

OMP_NUM_THREADS=1 python benchmarks/preparation_from_dicom.py [CASES] [MM] [FOLDER]

Adults and children; slices of 1 to 6 mm; series axial, coronal, sagittal or oblique, classic or enhanced, shuffled; of
every fifth case one series lacks a slice and must be refused. An error is the mean over the brain of what a sequence
lies wrong against the reference; the verdict is that of the case.
"""

import csv
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.prepare.write_dicom import T1C, T1N, T2F, T2W, write_series

import braintumornet as btn
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import RawExamination, make_raw_phantom
from braintumornet.prepare.preparation_record import PreparationRecord
from braintumornet.prepare.registration.rigid_motion import angle_degrees, mean_distance_mm
from braintumornet.prepare.settings import PrepareSettings

HEAD_MM = (194, 228, 218)
HEADERS = {"t1n": T1N, "t1c": T1C, "t2w": T2W, "t2f": T2F}
PLANES = ("axial", "coronal", "sagittal", None)
LIMITS = (1.0, 1.0)  # mm, degrees


def write_case(raw: RawExamination, folder: Path, index: int) -> str | None:
    """Write the four series of a case, and return the sequence that lacks a slice, if one does."""
    spoilt = "t2w" if index % 5 == 4 else None
    for number, (sequence, volume) in enumerate(raw.images.items(), start=1):
        write_series(
            volume,
            folder,
            header=HEADERS[sequence],
            number=number,
            patient=f"CASE^{index:03d}",
            study=f"1.2.3.{index + 1}",
            plane=PLANES[(index + number) % 4],
            enhanced=(index + number) % 2 == 1,
            without=(volume.space.shape[2] // 2,) if sequence == spoilt else (),
            seed=index,
        )
    return spoilt


def errors_of(record: PreparationRecord, raw: RawExamination) -> dict[str, tuple[float, float]]:
    """Return sequence -> mm and degrees that it lies wrong against the reference."""
    space = raw.brainmask.space
    points = np.argwhere(raw.brainmask.array)[::97] @ space.affine[:3, :3].T + space.affine[:3, 3]
    reference = raw.motions[str(record.reference)]
    points = points @ reference[:3, :3].T + reference[:3, 3]
    found = {}
    for sequence, image in record.images.items():
        truth = raw.motions[sequence] @ np.linalg.inv(reference)
        pose = np.asarray(image.output_to_sequence_mm)
        if sequence != record.reference:
            found[sequence] = (mean_distance_mm(truth, pose, points), angle_degrees(truth, pose))
    return found


def main() -> None:
    words = sys.argv[1:]
    cases, spacing_mm = int(words[0]) if words else 20, float(words[1]) if words[1:] else 2.0
    shape = tuple(int(np.ceil(mm / spacing_mm)) for mm in HEAD_MM)
    mix = Mix(hgg=0.4, mets=0.2, plgg=0.3, healthy=0.1)
    settings = PhantomSettings(shape=shape, spacing_mm=(spacing_mm,) * 3, mix=mix)
    folder = Path(words[2]) if words[2:] else Path(tempfile.mkdtemp())
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["case", "age_years", "sequence", "error_mm", "error_degrees", "verdict", "refused"])
    within = total = caught = 0
    for index in range(cases):
        raw = make_raw_phantom(11, settings, index)
        spoilt = write_case(raw, folder / f"dicom-{index}", index)
        made = btn.prepare_cohort(
            folder / f"dicom-{index}",
            folder / f"prepared-{index}",
            settings=PrepareSettings(space="native", skullstrip="network"),
            jobs=1,
            progress=False,
        )
        (record,) = made.records
        for sequence, (mm, degrees) in errors_of(record, raw).items():
            good = mm < LIMITS[0] and degrees < LIMITS[1]
            total, within = total + 1, within + good
            caught += not good and record.verdict != "pass"
            row = [f"{mm:.3f}", f"{degrees:.3f}", record.verdict, spoilt or ""]
            writer.writerow([index, raw.records.age_years, sequence, *row])
        sys.stdout.flush()
    missed = total - within
    print(f"# {within} of {total} within 1 mm and 1 degree; {caught} of the other {missed} in cases that are no pass")


if __name__ == "__main__":
    main()
