"""Draw every picture of the gallery anew. Needs Playwright and chromium.

python docs/images/draw_all.py

Pictures of what was measured once are not among them: `preparation-gates.png` has a program of its own, and those of
larger studies on phantoms show these as they were run.
"""

import subprocess
import sys
from pathlib import Path

SCRIPTS = ("draw_phantoms.py", "draw_preparation_case.py", "draw_pages.py")

for script in SCRIPTS:
    subprocess.run([sys.executable, str(Path(__file__).with_name(script))], check=True)
