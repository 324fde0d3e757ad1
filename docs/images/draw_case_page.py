"""Draw `case-page.png`: the page of a phantom, whose own mask stands for a prediction. Needs Playwright and chromium.

python docs/images/draw_case_page.py
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import FileRecord, OutlineRecord, PredictionRecord
from braintumornet.output.measures import measure_masks
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.report.case_page import write_case_page
from braintumornet.volumes.midplane import find_midplane
from braintumornet.volumes.nifti import read_labels

SETTINGS = PhantomSettings(shape=(120, 144, 120), spacing_mm=(1.5, 1.5, 1.5))
REGIONS = ["WT", "TC", "ET"]
NEVER = "never validated on patients with expert labels"
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WAIT_MS = 300_000  # WebGL without a graphics card


def write_page(folder: Path) -> Path:
    """Make a phantom, take its mask for a prediction, and write its page."""
    (case,) = write_phantoms(folder / "cohort", SETTINGS, cases=1, seed=5)
    labels, brain = read_labels(case.targets["seg"]), read_labels(case.brainmask)
    shutil.copy(case.targets["seg"], folder / f"{case.id}_glioma.nii.gz")
    masks = dict(zip(REGIONS, region_masks(labels.array, str(case.coding), REGIONS), strict=True))
    measured = measure_masks(masks, labels.space, find_midplane(brain.array > 0, brain.space))
    file = FileRecord(name=f"{case.id}_glioma.nii.gz", coding=str(case.coding), regions=REGIONS)
    volume_ml = {name: one.volume_ml for name, one in measured.regions.items()}
    outline = OutlineRecord(target="seg", regions=REGIONS, files=[file], volume_ml=volume_ml, measures=measured.regions)
    record = PredictionRecord(
        case_id=case.id, segmentation={"glioma": outline}, validation=NEVER, sequences=list(case.images)
    )
    page = folder / f"{case.id}.html"
    write_case_page(record, PredictionFolder(folder), case.images, page)
    return page


def main() -> None:
    """Open the page, turn to t1c, and take its picture down to the measures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = write_page(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1180, "height": 1320})
        page.set_default_timeout(WAIT_MS)
        page.goto(page_file.as_uri())
        page.wait_for_selector("#viewer.ready")
        page.check("#sequence-1")
        page.wait_for_timeout(2000)
        page.screenshot(path=Path(__file__).parent / "case-page.png")
        browser.close()


if __name__ == "__main__":
    main()
