"""The scripts of a case's page: NiiVue, packed, and our own; a browser runs these two and no other."""

import base64
import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

NIIVUE = "niivue-0.69.0.umd.js"
OURS = ("case_contours.js", "case_viewer.js", "case_controls.js")


@dataclass(frozen=True)
class PageScripts:
    """What a page needs to show volumes.

    Args:
        niivue: the library, gzip in base64: a third of its size, unpacked by the browser's own `DecompressionStream`.
        viewer: our script.
        allowed: the sources of scripts for a content security policy: the hashes of these two.
        licence: of the library, which whoever passes the page on must pass on too.
    """

    niivue: str
    viewer: str
    allowed: str
    licence: str


@cache
def page_scripts() -> PageScripts:
    """Return the scripts, which are the same for every page."""
    here = files("braintumornet.report")
    library = (here / "vendor" / NIIVUE).read_bytes()
    viewer = "\n".join((here / "templates" / name).read_text(encoding="utf-8") for name in OURS)
    hashes = (base64.b64encode(sha256(script).digest()).decode() for script in (library, viewer.encode()))
    return PageScripts(
        niivue=base64.b64encode(gzip.compress(library, mtime=0)).decode(),
        viewer=viewer,
        allowed=" ".join(f"'sha256-{text}'" for text in hashes),
        licence=(here / "vendor" / "LICENSE.txt").read_text(encoding="utf-8"),
    )
