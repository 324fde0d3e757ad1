"""The page of a case in a browser, opened from the disk: what it shows, what its keys and buttons do, and that it asks
for nothing from anywhere.
"""

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import FileRecord, OutlineRecord, PredictionRecord
from braintumornet.output.measures import measure_masks
from braintumornet.report.case_page import write_case_page
from braintumornet.volumes.nifti import read_labels, write_volume

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
if CHROMIUM is None:
    pytest.skip("no chromium is on this machine", allow_module_level=True)

SOFTWARE_WEBGL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WAIT_MS = 240_000  # a browser that draws without a graphics card, on a machine with other work
NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"
REGIONS = ["WT", "TC", "ET"]


@dataclass
class Opened:
    """A page, and what the browser said of it."""

    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def pixels(self) -> np.ndarray:
        """The viewer as it is on the screen, without the line below it."""
        self.page.wait_for_timeout(300)
        return np.asarray(Image.open(io.BytesIO(self.page.locator(".stage").screenshot())).convert("L"), dtype=int)

    def position(self) -> str:
        """What the viewer says of the place of its crosshair, after the time that it waits."""
        self.page.wait_for_timeout(400)
        return str(self.page.inner_text("#position"))

    def right_mm(self) -> float:
        """Where the crosshair is, towards the patient's right."""
        axis, mm = self.position().split("), ")[1].split(", ")[0].split()
        assert axis == "x"
        return float(mm)

    def slice(self) -> int:
        return int(self.position().split("axial slice ")[1].split()[0])


@pytest.fixture(scope="module")
def page_file(phantoms: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a phantom whose own mask is taken for a prediction."""
    folder = tmp_path_factory.mktemp("page of a case")
    case = phantoms.cases[0]
    labels = read_labels(case.targets["seg"])
    write_volume(labels, folder / "case_tumour.nii.gz")
    file = FileRecord(name="case_tumour.nii.gz", coding=str(case.coding), regions=REGIONS)
    masks = dict(zip(REGIONS, region_masks(labels.array, str(case.coding), REGIONS), strict=True))
    regions = measure_masks(masks, labels.space).regions
    outline = OutlineRecord(target="seg", regions=REGIONS, files=[file], measures=regions)
    record = PredictionRecord(case_id="<b>case", segmentation={"tumour": outline})
    write_case_page(record, PredictionFolder(folder), case.images, folder / "case.html", "card")
    return folder / "case.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_WEBGL, timeout=WAIT_MS)
        yield browser
        browser.close()


def open_page(browser: Any, file: Path, *, script: str = "", **options: Any) -> Opened:
    context = browser.new_context(viewport={"width": 900, "height": 700}, **options)
    context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    opened = Opened(page)
    page.on("console", lambda told: opened.errors.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on("request", lambda asked: opened.requests.append(asked.url))
    page.goto(file.as_uri())
    page.wait_for_selector("#viewer.ready, #viewer.failed", state="attached")
    return opened


@pytest.fixture(scope="module")
def opened(browser: Any, page_file: Path) -> Opened:
    return open_page(browser, page_file)


@pytest.fixture
def viewer(opened: Opened) -> Opened:
    """The page as it is at first."""
    opened.page.click("#reset")
    opened.page.focus("#volumes")
    return opened


def test_the_page_opens_from_the_disk_and_asks_for_nothing_else(opened: Opened, page_file: Path) -> None:
    assert opened.page.get_attribute("#viewer", "class") == "ready"
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [page_file.as_uri()]
    assert opened.page.inner_text("h1") == "Case <b>case"


def test_the_viewer_shows_a_head_with_contours(viewer: Opened) -> None:
    pixels = viewer.pixels()
    assert len(np.unique(pixels)) > 50
    assert (pixels > 40).mean() > 0.1


def test_a_sequence_masks_and_the_view_are_switched_by_keys_and_buttons(viewer: Opened) -> None:
    keyboard, before = viewer.page.keyboard, viewer.pixels()

    def differs(act: Callable[[], object], undo: Callable[[], object]) -> None:
        act()
        assert np.abs(viewer.pixels() - before).max() > 40
        undo()
        viewer.page.focus("#volumes")
        assert np.abs(viewer.pixels() - before).max() < 40

    differs(lambda: keyboard.press("2"), lambda: viewer.page.check("#sequence-0"))
    assert viewer.position().startswith("t2f")
    differs(lambda: keyboard.press("m"), lambda: viewer.page.check("#masks"))
    differs(lambda: keyboard.press("o"), lambda: viewer.page.check("#outlines"))
    differs(lambda: viewer.page.uncheck("[data-region='0']"), lambda: viewer.page.check("[data-region='0']"))
    differs(lambda: keyboard.press("v"), lambda: viewer.page.select_option("#view", "planes"))
    differs(lambda: keyboard.press("+"), lambda: viewer.page.click("#reset"))


def test_radiological_convention_is_the_default_and_a_switch_flips_it(viewer: Opened) -> None:
    viewer.page.select_option("#view", "axial")
    viewer.page.uncheck("#masks")
    viewer.page.focus("#volumes")
    assert viewer.page.is_checked("#radiological")
    head, start_mm = viewer.pixels(), viewer.right_mm()
    viewer.page.keyboard.press("ArrowRight")  # of the screen: towards the patient's left
    assert viewer.right_mm() == pytest.approx(start_mm - 5)
    viewer.page.keyboard.press("ArrowLeft")
    assert viewer.right_mm() == pytest.approx(start_mm)
    viewer.page.keyboard.press("f")
    assert not viewer.page.is_checked("#radiological")
    flipped = viewer.pixels()[:, ::-1]
    unlike, like = (np.abs(a - b).mean() for a, b in ((head, viewer.pixels()), (head, flipped)))
    assert like < unlike / 2  # but for the letters and the crosshair
    viewer.page.keyboard.press("f")
    viewer.page.check("#masks")
    viewer.page.select_option("#view", "planes")


def test_arrows_step_through_slices_and_a_lesion_button_comes_back(viewer: Opened) -> None:
    viewer.page.click("[data-lesion='0']")
    at_lesion = viewer.position()
    assert "in WT" in at_lesion
    assert viewer.page.get_attribute("[data-lesion='0']", "aria-current") == "true"
    number = viewer.slice()
    viewer.page.focus("#volumes")
    viewer.page.keyboard.press("ArrowUp")
    assert viewer.slice() == number + 1
    viewer.page.keyboard.press("ArrowDown")
    viewer.page.keyboard.press("ArrowDown")
    assert viewer.slice() == number - 1
    viewer.page.keyboard.press("Shift+ArrowUp")
    assert viewer.position() != at_lesion
    viewer.page.click("[data-lesion='0']")
    assert viewer.position() == at_lesion
    assert viewer.page.get_attribute("#volumes", "aria-label") == f"Images of case <b>case: {at_lesion}"


def test_keys_do_nothing_outside_the_viewer(viewer: Opened) -> None:
    viewer.page.click("h1")
    viewer.page.evaluate("document.activeElement.blur()")
    viewer.page.keyboard.press("o")
    assert viewer.page.is_checked("#outlines")


def test_everything_has_a_name_and_can_be_reached_by_tab(viewer: Opened) -> None:
    unnamed = viewer.page.evaluate("""() => [...document.querySelectorAll("button, input, select, canvas[role=img]")]
        .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label")))
        .map((one) => one.outerHTML)""")
    assert unnamed == []
    reached = set()
    viewer.page.evaluate("document.activeElement.blur()")
    for _ in range(40):
        viewer.page.keyboard.press("Tab")
        reached.add(viewer.page.evaluate("document.activeElement.id || document.activeElement.dataset?.lesion || ''"))
    assert {"volumes", "masks", "outlines", "opacity", "view", "radiological", "brightness", "reset", "0"} <= reached


def test_without_webgl_the_page_says_so_and_has_its_slices(browser: Any, page_file: Path) -> None:
    without = open_page(browser, page_file, script=NO_WEBGL)
    assert "this browser has no WebGL 2" in without.page.inner_text("#no-viewer")
    assert without.page.is_hidden("#volumes")
    assert without.page.is_visible(".slices svg")
    assert without.errors == []


def test_a_narrow_dark_page_does_not_overflow_and_print_leaves_the_viewer_out(browser: Any, page_file: Path) -> None:
    narrow = open_page(browser, page_file, script=NO_WEBGL, color_scheme="dark").page
    narrow.set_viewport_size({"width": 360, "height": 700})
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 360
    narrow.emulate_media(media="print")
    assert narrow.is_hidden("#viewer")
    assert narrow.is_visible("text=research use; not for clinical decisions >> nth=0")
    assert narrow.is_visible(".slices svg")
