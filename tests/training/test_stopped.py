"""A training that is stopped, at whatever moment, goes on and ends as one that was left alone."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.files import atomic_write as files
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.workers.stop_signals import SIGNALS, Stopped
from braintumornet.networks.checkpoint import read_tensors, write_tensors
from braintumornet.training.trainer import fit

Btn = Callable[..., tuple[int, str, str]]


class PowerCut(Exception):  # noqa: N818
    """Stands for a process that is killed."""


def changed(config: ExperimentConfig, **sections: dict[str, object]) -> ExperimentConfig:
    content = config.model_dump(mode="json")
    return ExperimentConfig.from_content(
        {**content, **{name: content[name] | new for name, new in sections.items()}}, "changed"
    )


@pytest.fixture(scope="module")
def short(tiny: ExperimentConfig) -> ExperimentConfig:
    """Two steps, one state at their end, validation before it."""
    content = tiny.model_dump(mode="json")
    content["training"] |= {"steps": 2, "validate_every": 1, "save_every": 100}
    content["tasks"] = content["tasks"][:1]
    content["data"]["split"] = {"train": 0.5, "val": 0.2, "test": 0.3}
    return ExperimentConfig.from_content(content, "short")


@pytest.fixture(scope="module")
def whole(phantoms: Cohort, short: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nobody stopped, beside the store that all can use."""
    run = RunFolder(tmp_path_factory.mktemp("runs") / "whole")
    fit(short, phantoms, run)
    return run


def assert_same(one: RunFolder, other: RunFolder) -> None:
    for kind in ("model", "state"):
        first, second = (read_tensors(getattr(run, kind))[0] for run in (one, other))
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    for kind in ("metrics", "split", "config", "report"):
        assert getattr(one, kind).read_text() == getattr(other, kind).read_text(), kind


def cut_after(writes: int, patch: pytest.MonkeyPatch) -> list[str]:
    """Let the process die after so many files were written; return their names as they come."""
    written: list[str] = []
    write = files.write_bytes

    def watched(path: Path, content: bytes) -> None:
        if path.name.startswith("."):  # what is remembered of the files that were read, wherever it is due
            return write(path, content)
        if len(written) == writes:
            raise PowerCut
        write(path, content)
        written.append(path.name)
        return None

    for module in ("core.files.atomic_write", "networks.checkpoint"):
        patch.setattr(f"braintumornet.{module}.write_bytes", watched)
    return written


ORDER = ["config.yaml", "split.json", "environment.json", "metrics.csv"]
"""Of what is written before the first step; the model follows, and the first state."""


@pytest.mark.parametrize("writes", range(len(ORDER) + 2))
def test_killed_before_the_first_state_it_goes_on_from_the_start(
    writes: int, short: ExperimentConfig, whole: RunFolder, phantoms: Cohort
) -> None:
    run = RunFolder(whole.path.with_name(f"cut-{writes}"))
    with pytest.MonkeyPatch.context() as patch:
        written = cut_after(writes, patch)
        with pytest.raises(PowerCut):
            fit(short, phantoms, run)
    assert written == [*ORDER, "model.safetensors"][:writes]
    if writes == 0:
        with pytest.raises(UsageError, match="holds no run to resume; train without --resume"):
            fit(short, phantoms, run, resume=True)
        fit(short, phantoms, run)
    else:
        with pytest.raises(UsageError, match="holds a run already; add --resume"):
            fit(short, phantoms, run)
        fit(short, phantoms, run, resume=True)
    assert_same(run, whole)


def test_killed_early_after_it_started_from_another_run(
    short: ExperimentConfig, whole: RunFolder, phantoms: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = ExperimentConfig.from_content(
        short.model_dump(mode="json") | {"transfer": {"run": str(whole.path)}}, "later"
    )
    order = ["config.yaml", "split.json", "transfer.json", "environment.json", "metrics.csv"]
    alone = RunFolder(whole.path.with_name("later"))
    fit(later, phantoms, alone)
    for writes in range(1, len(order) + 1):
        run = RunFolder(whole.path.with_name(f"later-{writes}"))
        with pytest.MonkeyPatch.context() as patch:
            written = cut_after(writes, patch)
            with pytest.raises(PowerCut):
                fit(later, phantoms, run)
        assert written == order[:writes]
        fit(later, phantoms, run, resume=True)
        assert_same(run, alone)
        assert run.transfer.read_text() == alone.transfer.read_text()


def test_what_goes_on_from_the_start_is_what_was_begun(
    short: ExperimentConfig, whole: RunFolder, phantoms: Cohort
) -> None:
    run = RunFolder(whole.path.with_name("begun"))
    with pytest.MonkeyPatch.context() as patch:
        cut_after(3, patch)
        with pytest.raises(PowerCut):
            fit(short, phantoms, run)
    with pytest.raises(UsageError, match="was trained with another configuration"):
        fit(changed(short, training={"steps": 3}), phantoms, run, resume=True)
    with pytest.raises(UsageError, match="the cohort is not the one"):
        fit(short, Cohort("fewer", phantoms.cases[:5]), run, resume=True)


def test_a_state_that_is_lost_is_not_taken_for_one_that_never_was(
    short: ExperimentConfig, whole: RunFolder, phantoms: Cohort
) -> None:
    run = RunFolder(whole.path.with_name("lost"))
    shutil.copytree(whole.path, run.path)
    run.state.unlink()
    with pytest.raises(UsageError, match="has lost its saved state .*; bring it back, or choose another --run"):
        fit(short, phantoms, run, resume=True)
    run.report.unlink()
    run.metrics.write_text("step,name,value\n110,loss/tumour,0.5\n")
    with pytest.raises(UsageError, match="has lost its saved state"):
        fit(short, phantoms, run, resume=True)


def test_a_state_is_not_gone_on_with_where_it_was_changed_who_trains(
    short: ExperimentConfig, whole: RunFolder, phantoms: Cohort
) -> None:
    run = RunFolder(whole.path.with_name("split"))
    shutil.copytree(whole.path, run.path)
    content = json.loads(run.split.read_text())
    run.split.write_text(json.dumps({**content, "train": content["train"][1:]}))
    with pytest.raises(InputError, match=r"split\.json changed since the state was saved; put back a copy"):
        fit(short, phantoms, run, resume=True)


@pytest.mark.parametrize(
    ("notes", "tensors", "message"),
    [
        ({"step": -1}, {}, "step: Input should be greater than or equal to 0"),
        ({"drawn": [{"group": "a"}]}, {}, "drawn.0.task: Field required"),
        ({}, {"network.heads.tumour.1.weight": torch.zeros(1)}, "does not fit the network of this configuration"),
        ({}, {"optimizer.x.step": torch.zeros(1)}, "does not fit the network of this configuration"),
    ],
)
def test_a_state_of_another_make_is_refused(
    notes: dict[str, object],
    tensors: dict[str, torch.Tensor],
    message: str,
    short: ExperimentConfig,
    whole: RunFolder,
    phantoms: Cohort,
    tmp_path: Path,
) -> None:
    run = RunFolder(tmp_path / "run")
    shutil.copytree(whole.path, run.path)
    there, written = read_tensors(run.state)
    write_tensors({**there, **tensors}, {**written, **notes}, run.state)
    with pytest.raises(InputError, match=message):
        fit(short, phantoms, run, resume=True)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_saves_the_state_after_the_step(
    number: int, tiny: ExperimentConfig, phantoms: Cohort, tmp_path: Path
) -> None:
    late = changed(tiny, training={"save_every": 100})
    run, alone = RunFolder(tmp_path / "stopped"), RunFolder(tmp_path / "alone")

    def send(step: int, total: int, losses: object) -> None:
        if step == 3:
            os.kill(os.getpid(), number)

    with pytest.raises(Stopped) as stop:
        fit(late, phantoms, run, progress=send)
    name = signal.Signals(number).name
    assert str(stop.value) == f"stopped by {name} after step 3 of 4; the state is saved"
    assert stop.value.exit_code == 128 + number
    assert read_tensors(run.state)[1]["step"] == 3
    torch.manual_seed(99)  # whatever happened in between
    fit(late, phantoms, run, resume=True)
    fit(late, phantoms, alone)
    assert_same(run, alone)


@pytest.fixture
def words(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> list[object]:
    """The command line of a training."""
    write_manifest(phantoms, tmp_path / "cohort.csv")
    (tmp_path / "tiny.yaml").write_text(tiny.to_yaml())
    return ["train", tmp_path / "tiny.yaml", "--cohort", tmp_path / "cohort.csv", "--run", tmp_path / "run"]


def kill_in(function: str, patch: pytest.MonkeyPatch, number: int = signal.SIGTERM) -> None:
    """Let a signal come where a function would be called."""
    patch.setattr(f"braintumornet.{function}", lambda *given, **named: os.kill(os.getpid(), number))


def test_the_command_says_in_one_line_that_it_stopped(
    words: list[object], btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_in("training.trainer.require_finite", monkeypatch)
    code, _, said = btn(*words)
    assert said == "stopped by SIGTERM after step 1 of 4; the state is saved: continue with --resume\n"
    assert code == 143
    monkeypatch.undo()
    assert btn(*words, "--resume")[0] == 0


def test_a_signal_while_cases_are_read_ends_at_once(
    words: list[object], btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_in("training.training_setup.read_sides", monkeypatch, signal.SIGINT)
    assert btn(*words)[::2] == (130, "stopped by SIGINT: the same command begins again\n")
    monkeypatch.undo()
    assert btn(*words)[0] == 0


def test_a_prediction_is_dropped_or_written_whole(
    words: list[object], btn: Btn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    btn(*words)
    command = ["predict", tmp_path / "cohort.csv", "--run", tmp_path / "run", "--output", tmp_path / "p"]
    line = "stopped by SIGTERM after {} of 6 cases: continue with --resume\n"
    with pytest.MonkeyPatch.context() as patch:  # while a case is written
        patch.setattr("braintumornet.inference.predict_cohort.write_prediction", _killed(tmp_path))
        assert btn(*command)[::2] == (143, line.format(1))
    assert sorted(path.name for path in (tmp_path / "p").glob("phantom-*.json")) == ["phantom-0000.json"]
    with pytest.MonkeyPatch.context() as patch:  # while one is computed
        kill_in("inference.predictor.read_case", patch)
        assert btn(*command, "--resume")[::2] == (143, line.format(0).replace("6", "5"))
    assert btn(*command, "--resume")[0] == 0
    assert len(list((tmp_path / "p").glob("phantom-*.json"))) == 6


def _killed(tmp_path: Path) -> Callable[..., object]:
    from braintumornet.output.write_prediction import write_prediction

    def write(*given: object, **named: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return write_prediction(*given, **named)  # type: ignore[arg-type]

    return write


@pytest.mark.parametrize(
    ("tail", "left"),
    [("", 2), ("20,loss/tumour,0.4", 2), ("20,lo", 2), ("2", 2), ("\0\0\0\0", 2), ("20,loss/tumour,0.4\n", 3)],
)
def test_a_torn_last_line_is_dropped(
    tail: str, left: int, tiny: ExperimentConfig, phantoms: Cohort, tmp_path: Path
) -> None:
    from braintumornet.inference.trained_run import TrainedRun
    from braintumornet.training.metrics_writer import TrainingLog

    run = RunFolder(tmp_path)
    rows = "step,name,value\n10,loss/tumour,0.5\n10,weight/tumour,1e-05\n"
    run.metrics.write_text(rows + tail)
    assert len(TrainedRun(run.path).history) == left
    log = TrainingLog(run, 10)
    log.write(11, {"loss/tumour": 0.25})
    log.close()
    assert run.metrics.read_text() == f"{rows}11,loss/tumour,0.25\n"


@pytest.mark.parametrize("line", ["10,loss/a,", "10,,1", "x,loss/a,1", "-1,loss/a,1", "10,loss/a,1_0", "10", ""])
def test_a_torn_line_in_the_middle_is_damage(line: str, tmp_path: Path) -> None:
    from braintumornet.training.metrics_writer import TrainingLog

    run = RunFolder(tmp_path)
    run.metrics.write_text(f"step,name,value\n10,loss/a,1\n{line}\n20,loss/a,1\n")
    with pytest.raises(InputError, match=r"metrics\.csv is damaged \(line 3 is .*\); expected rows of step,name,value"):
        TrainingLog(run, 20)


@pytest.mark.parametrize("what", ["metrics.csv", "tensorboard"])
def test_a_full_disk_is_told_truly(
    what: str, words: list[object], btn: Btn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(self: Path, *given: object, **named: object) -> object:
        if what in str(self) and given and given[0] in ("a", "wb"):
            return opened(Path("/dev/full"), *given, **named)  # type: ignore[arg-type]
        return opened(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", full)
    code, _, said = btn(*words)
    place = tmp_path / "run" / what
    assert (
        said == f"error: cannot write {place}: No space left on device; free some space, and continue with --resume\n"
    )
    assert code == 1
    monkeypatch.undo()
    assert btn(*words, "--resume")[0] == 0
