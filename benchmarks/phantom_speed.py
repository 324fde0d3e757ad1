"""How fast phantoms are made and written: CPU seconds per case on one core, at several sizes.

OMP_NUM_THREADS=1 python benchmarks/phantom_speed.py
"""

import tempfile
import time
from pathlib import Path

from braintumornet.phantom.phantom_case import make_phantom
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import make_raw_phantom
from braintumornet.phantom.write_phantoms import write_phantom, write_raw_phantom

GRIDS = (((48, 48, 48), 3.4), ((128, 128, 128), 1.4), ((152, 184, 152), 1.0))
MIX = Mix(hgg=0.6, mets=0.2, plgg=0.2)
CASES = 6


def seconds(settings: PhantomSettings, raw: bool) -> tuple[float, float]:
    """Return the mean CPU seconds of making and of writing a case."""
    making = writing = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for index in range(CASES):
            start = time.process_time()
            if raw:
                examination = make_raw_phantom(1, settings, index)
                made = time.process_time()
                write_raw_phantom(Path(folder), examination, f"case{index}", "speed")
            else:
                phantom = make_phantom(1, settings, index)
                made = time.process_time()
                write_phantom(Path(folder), phantom, f"case{index}", "speed")
            making += made - start
            writing += time.process_time() - made
    return making / CASES, writing / CASES


def main() -> None:
    make_phantom(0, PhantomSettings(shape=(24, 24, 24), spacing_mm=(8, 8, 8)))  # imports are not counted
    print(f"{'grid':>16} {'raw':>5} {'making':>8} {'writing':>8} {'cases a minute':>15}")
    for shape, spacing in GRIDS:
        settings = PhantomSettings(shape=shape, spacing_mm=(spacing,) * 3, mix=MIX)
        for raw in (False, True):
            making, writing = seconds(settings, raw)
            grid = " x ".join(map(str, shape))
            print(f"{grid:>16} {raw!s:>5} {making:>7.2f}s {writing:>7.2f}s {60 / (making + writing):>15.0f}")


if __name__ == "__main__":
    main()
