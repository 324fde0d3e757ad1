"""What the machine can compute with."""

import sys
from pathlib import Path

import pytest
import torch

from braintumornet.networks.device import uses_bf16

CPU = torch.device("cpu")


@pytest.mark.parametrize(("precision", "expected"), [("bf16", True), ("float32", False)])
def test_a_precision_that_is_asked_for_is_taken(precision: str, expected: bool) -> None:
    assert uses_bf16(precision, CPU) is expected


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/cpuinfo is Linux's")
def test_auto_takes_bf16_only_where_the_processor_says_that_it_has_it() -> None:
    """With AVX-512 alone bf16 is emulated, and twice as slow as float32."""
    flags = {line.split(":")[0].strip(): set(line.split(":")[1].split()) for line in CPUINFO if ":" in line}
    if "flags" not in flags:
        pytest.skip("not an x86 processor")
    assert uses_bf16("auto", CPU) is ("avx512_bf16" in flags["flags"])


CPUINFO = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
