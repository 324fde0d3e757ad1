"""Pictures of pages. Needs Playwright and chromium."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

from palette import save_palette
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WAIT_MS = 300_000  # WebGL without a graphics card


def shoot(
    source: Path, picture: Path, size: tuple[int, int], prepare: Callable[[Page], object] = lambda page: None
) -> None:
    """Write the top of a page as a picture of few colours.

    Args:
        source: the page.
        picture: to write.
        size: width and height in pixels; a page that is shorter ends the picture.
        prepare: what is done with the page before.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.set_default_timeout(WAIT_MS)
        page.goto(source.resolve().as_uri())
        prepare(page)
        height = min(size[1], page.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)"))
        taken = page.screenshot(clip={"x": 0, "y": 0, "width": size[0], "height": height})
        browser.close()
    save_palette(Image.open(io.BytesIO(taken)), picture)
