"""A study that is killed again and again ends with the table of one that was left alone."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from braintumornet.core.scores import Scores
from braintumornet.studies.study_folder import StudyFolder

pytestmark = pytest.mark.slow

KILLS = 5
PARTS = ("val", "test", "phantom-unseen")


def start(folder: Path) -> subprocess.Popen[bytes]:
    words = ["study", "study_plgg_tiny", "--study", str(folder), "--set", "splits.repeats=3"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # one thread: sums in another order may end in another last digit
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "braintumornet.cli", *words]
    return subprocess.Popen(command, env=one_thread, start_new_session=True, **quiet)


def done(folder: Path) -> int:
    return len(list(folder.glob("predictions/*/done.json")))


def test_killed_five_times(tmp_path: Path) -> None:
    assert start(tmp_path / "whole").wait() == 0
    chance = random.Random(6)
    folder = tmp_path / "killed"
    for _ in range(KILLS):
        before = done(folder)
        process = start(folder)
        while done(folder) == before and process.poll() is None:
            sleep(0.02)
        sleep(chance.uniform(0, 2))  # into a training, a prediction or the scores of a later job
        assert process.poll() is None, "the study ended before it could be killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(folder).wait() == 0
    for part in PARTS:
        tables = (Scores.read(StudyFolder(each).rows(part)) for each in (tmp_path / "whole", folder))
        whole, killed = (table.frame.drop(columns="study") for table in tables)
        assert whole.equals(killed)
        assert len(whole) > 50
