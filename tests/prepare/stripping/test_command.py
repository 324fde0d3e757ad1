import sys
import time

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, InputError, UsageError
from braintumornet.prepare.stripping.command import command_mask, parse_command
from braintumornet.volumes.volume import Volume

TOOL = """
import sys, nibabel as nib, numpy as np
image = nib.load(sys.argv[1])
mask = (image.get_fdata() > 50).astype(np.uint8)
{change}
nib.save(nib.Nifti1Image(mask, affine), sys.argv[2])
"""


@pytest.fixture
def image():
    array = np.zeros((30, 36, 30), np.float32)
    array[8:24, 8:28, 8:24] = 100
    return Volume(array, Space(array.shape, np.diag([-6.0, -6.0, 6.0, 1.0])))


@pytest.fixture
def tool(tmp_path):
    def write(change="affine = image.affine", code=None):
        path = tmp_path / "a tool.py"
        path.write_text(code or TOOL.format(change=change))
        return f"{sys.executable} '{path}' {{input}} {{output}}"

    return write


def test_takes_what_a_tool_says_in_ras(image, tool):
    mask = command_mask(image, tool())
    assert mask.array.dtype == bool
    assert mask.array.sum() == (image.array > 50).sum()
    assert (np.diag(mask.space.affine) > 0).all()


@pytest.mark.parametrize(
    ("change", "kind", "found"),
    [
        ("affine = image.affine @ np.diag([2, 2, 2, 1])", GeometryError, "lie on different grids"),
        ("affine = image.affine; mask = mask[1:]", GeometryError, "lie on different grids"),
        ("affine = image.affine; mask[:] = 0", InputError, "is empty"),
        ("affine = image.affine; mask[:] = 1", InputError, "holds 6998 ml; a brain has 300 to 2200 ml"),
        ("raise SystemExit('no licence found')", InputError, "ended with 1: no licence found"),
    ],
)
def test_refuses_what_is_no_mask_of_the_image(image, tool, change, kind, found):
    with pytest.raises(kind, match=found):
        command_mask(image, tool(change))


def test_says_that_no_file_was_written(image, tool):
    with pytest.raises(InputError, match="wrote no file at {output}"):
        command_mask(image, tool(code="pass"))


def test_stops_what_takes_too_long_with_all_that_it_started(image, tool, tmp_path):
    sign = tmp_path / "sign"
    late = f"import time, pathlib; time.sleep(3); pathlib.Path({str(sign)!r}).touch()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {late!r}])"
    began = time.monotonic()
    with pytest.raises(InputError, match="stopped after 0.5 s"):
        command_mask(image, tool(code=code), timeout_s=0.5)
    assert time.monotonic() - began < 2.5
    time.sleep(max(0.0, 3.8 - (time.monotonic() - began)))
    assert not sign.exists()


def test_no_shell_reads_the_command(image, tool, tmp_path):
    sign = tmp_path / "sign"
    command_mask(image, f"{tool()} ; touch {sign}")
    assert not sign.exists()


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("tool {input}", "lacks {output}"),
        ("tool out", "lacks {input}"),
        ("tool '{input} {output}", "cannot be read .*close its quotes"),
    ],
)
def test_refuses_a_command_that_cannot_work(command, found):
    with pytest.raises(UsageError, match=found):
        parse_command(command)


def test_says_that_the_tool_is_not_there(image):
    with pytest.raises(UsageError, match="'no-such-tool' cannot be run .*check its path"):
        command_mask(image, "no-such-tool {input} {output}")
