"""Draw the pages that the documentation shows, all of phantoms. Needs Playwright and chromium.

python docs/images/draw_pages.py [NAME.png ...]

Without a name all of them, in about a quarter of an hour of one core; most of that is `btn demo`, which runs once. What
is made for them is kept in a folder for temporary files, so that a second call goes on.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page
from screenshots import shoot

import braintumornet as btn
from braintumornet.studies.study_folder import StudyFolder

FOLDER = Path(__file__).parent
WORK = Path(tempfile.gettempdir()) / "braintumornet-pictures"
DEMO = StudyFolder(WORK / "demo")
JOB = "multi-task_split-1_seed-0"
WIDTH = 1080


def run(*arguments: str | Path, allowed: tuple[int, ...] = (0,)) -> None:
    """Run a command of `btn` in the folder for what is made."""
    WORK.mkdir(exist_ok=True)
    done = subprocess.run([sys.executable, "-m", "braintumornet", *map(str, arguments)], cwd=WORK, check=False)
    if done.returncode not in allowed:
        msg = f"btn {' '.join(map(str, arguments))} ended with {done.returncode}"
        raise RuntimeError(msg)


def draw_case_page(picture: Path) -> None:
    """Draw the page of the demo's examination, turned to t1c."""

    def turn(page: Page) -> None:
        page.wait_for_selector("#viewer.ready")
        page.locator("label", has_text="t1c").first.click()
        page.wait_for_timeout(2000)

    run("demo", "--output", DEMO.path)
    (page,) = (DEMO.path / "examination" / "predictions").glob("*.html")
    shoot(page, picture, (1180, 1320), turn)


def draw_demo(picture: Path) -> None:
    """Draw the page of the demo's study."""
    run("demo", "--output", DEMO.path)
    shoot(DEMO.page, picture, (WIDTH, 930))


def draw_report(picture: Path) -> None:
    """Draw the report on one network of the demo, with what it predicted of its test set."""
    run("demo", "--output", DEMO.path)
    (table,) = DEMO.phantoms.rglob("cohort.csv")
    page = WORK / "report.html"
    answers = ("--cohort", table, "--predictions", DEMO.predictions(JOB, "test"))
    run("report", DEMO.run(JOB).path, *answers, "--output", page)
    shoot(page, picture, (WIDTH, 2530))


def draw_comparison(picture: Path) -> None:
    """Draw the comparison of the demo's arms as a notebook shows it."""
    run("demo", "--output", DEMO.path)
    shown = btn.compare(btn.Scores.read(DEMO.rows("test")))
    page = WORK / "comparison.html"
    page.write_text(f"<body style='margin: 16px'>{shown._repr_html_()}</body>")
    shoot(page, picture, (WIDTH, 600))


def draw_check_page(picture: Path) -> None:
    """Draw the check of six phantoms, of which three were spoilt."""
    folder = WORK / "check"
    if not (folder / "cohort.csv").exists():
        one, other, third, *_ = btn.phantoms(6, folder, seed=5, spacing_mm=3).cases
        shutil.copy(one.images["t1c"], one.images["t1n"])  # one image under two names
        shutil.copy(other.targets["seg"], third.targets["seg"])  # a mask of another patient
        third.images["t2w"].unlink()
    run("check", folder / "cohort.csv", "--html", WORK / "check.html", allowed=(0, 1))
    shoot(WORK / "check.html", picture, (WIDTH, 1300))


def draw_preparation_page(picture: Path) -> None:
    """Draw the page of two raw phantoms that were prepared."""
    if not (WORK / "raw").exists():
        btn.phantoms(2, WORK / "raw", seed=7, spacing_mm=2, raw=True)
    run("prepare", WORK / "raw", WORK / "prepared", allowed=(0, 1))
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
