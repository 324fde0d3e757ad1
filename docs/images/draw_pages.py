"""Draw the pages that the documentation shows, all of phantoms. Needs Playwright and chromium.

python docs/images/draw_pages.py [NAME.png ...]

Without a name all of them, in about a quarter of an hour of a quiet machine; most of that is `btn demo`, which runs
once. What is made for them is kept in a folder for temporary files, so that a second call goes on.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page
from screenshots import shoot

from braintumornet import read_cohort
from braintumornet.demo import HEAD, predict_phantom
from braintumornet.studies.study_folder import StudyFolder

FOLDER = Path(__file__).parent
WORK = Path(tempfile.gettempdir()) / "braintumornet-pictures"
DEMO = StudyFolder(WORK / "demo")
JOB = "multi-task_split-1_seed-0"
WIDTH = 1080


def btn(command: str, allowed: tuple[int, ...] = (0,)) -> None:
    """Run a command in the folder for what is made."""
    WORK.mkdir(exist_ok=True)
    done = subprocess.run([sys.executable, "-m", "braintumornet", *command.split()], cwd=WORK, check=False)
    if done.returncode not in allowed:
        msg = f"btn {command} ended with {done.returncode}"
        raise RuntimeError(msg)


def draw_case_page(picture: Path) -> None:
    """Draw the page of the examination with which the demo begins, turned to t1c."""

    def turn(page: Page) -> None:
        page.wait_for_selector("#viewer.ready")
        page.locator("label", has_text="t1c").first.click()
        page.wait_for_timeout(2000)

    page = WORK / "examination" / "predictions" / "phantom-0000.html"
    if not page.exists():
        predict_phantom(WORK / "examination", HEAD)
    shoot(page, picture, (1180, 1220), turn)


def draw_demo(picture: Path) -> None:
    """Draw the page of the demo's study."""
    btn("demo --output demo")
    shoot(DEMO.page, picture, (WIDTH, 950))


def draw_report(picture: Path) -> None:
    """Draw the report on one network of the demo, with what it predicted of its test set."""
    btn("demo --output demo")
    (table,) = DEMO.phantoms.rglob("cohort.csv")
    answers = f"--cohort {table} --predictions {DEMO.predictions(JOB, 'test')}"
    btn(f"report {DEMO.run(JOB).path} {answers} --output report.html")
    shoot(WORK / "report.html", picture, (WIDTH, 2790))


def draw_comparison(picture: Path) -> None:
    """Draw the comparison at the end of the tutorial as a notebook shows it."""
    cells = json.loads((FOLDER.parent / "notebooks" / "tutorial.ipynb").read_text())["cells"]
    *_, shown = (output["data"] for cell in cells for output in cell.get("outputs", ()))
    page = WORK / "comparison.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><body style='margin: 16px'>{shown['text/html']}</body>")
    shoot(page, picture, (WIDTH, 600))


def draw_check_page(picture: Path) -> None:
    """Draw the check of six phantoms, of which three were spoilt."""
    folder = WORK / "spoilt"
    if not (folder / "cohort.csv").exists():
        btn("phantom spoilt --cases 6 --seed 5 --spacing 3")
        one, other, third, *_ = read_cohort(folder).cases
        shutil.copy(one.images["t1c"], one.images["t1n"])  # one image under two names
        shutil.copy(other.targets["seg"], third.targets["seg"])  # a mask of another patient
        third.images["t2w"].unlink()
    btn("check spoilt --html check.html", allowed=(1,))  # it found errors
    shoot(WORK / "check.html", picture, (WIDTH, 1300))


def draw_preparation_page(picture: Path) -> None:
    """Draw the page of two raw phantoms that were prepared."""
    if not (WORK / "raw").exists():
        btn("phantom raw --cases 2 --seed 7 --spacing 2 --raw")
    btn("prepare raw prepared")
    shoot(WORK / "prepared" / "preparation.html", picture, (WIDTH, 1300))


PICTURES = {
    "check-page.png": draw_check_page,
    "preparation-page.png": draw_preparation_page,
    "case-page.png": draw_case_page,
    "demo.png": draw_demo,
    "report.png": draw_report,
    "comparison.png": draw_comparison,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name](FOLDER / name)
