"""What tests of several rooms share."""

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet import cli
from braintumornet.config import ExperimentConfig
from braintumornet.core import default_run
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.workers.cluster import Cluster, connect
from braintumornet.core.workers.stop_signals import signals_kept
from braintumornet.inference.export_run import export_run
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.training.trainer import fit

SHARED = Path(__file__).resolve().parents[2] / "shared"
SHARED_DATA = SHARED / "data"
DEEPMEDIC_ORIGINAL = SHARED / "deepmedic-original"


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and then we do, too; tests of it need the usual."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the small real cohorts, which lie beside the project and are not part of it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real sample cohorts (../shared/data) are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session")
def deepmedic_original() -> Path:
    """Folder of two small networks of the original DeepMedic, with what they were given and what they answered."""
    if not DEEPMEDIC_ORIGINAL.is_dir():
        pytest.skip("the networks of the original DeepMedic (../shared/deepmedic-original) are not on this machine")
    return DEEPMEDIC_ORIGINAL


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Six synthetic heads of 32^3 voxels with tumours; the genotype of the last is not known."""
    settings = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))
    cohort = write_phantoms(tmp_path_factory.mktemp("phantoms"), settings, cases=6, seed=3)
    *known, last = cohort.cases
    genotypes = ("fusion", "v600e", "other", "fusion", "v600e")
    cases = [replace(case, attributes={"genotype": name}) for case, name in zip(known, genotypes, strict=True)]
    return Cohort("phantoms", (*cases, replace(last, attributes={})))


@pytest.fixture
def btn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command line in this process: words -> exit code, what it printed, its errors."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["btn", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Ray cluster of one machine that says it has two cores and a GPU; what connects later is given this one."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'braintumornet[ray]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        with signals_kept():
            ray.init(
                "local", num_cpus=2, num_gpus=1, object_store_memory=10**8, include_dashboard=False, log_to_driver=False
            )
        with connect() as connected:
            yield connected
        ray.shutdown()


@pytest.fixture(scope="session")
def tiny() -> ExperimentConfig:
    """Two tasks and a network that trains in a second."""
    return ExperimentConfig.from_content(TINY, "tiny")


@pytest.fixture(scope="session")
def run(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a trained run of `tiny`, for tests that only read it; others have one of their own."""
    path = tmp_path_factory.mktemp("runs") / "run"
    fit(tiny, phantoms, RunFolder(path))
    return path


@pytest.fixture(scope="session")
def router_run(phantoms: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a trained run for gliomas, metastases, and which of them a case has; taught by phantoms alone."""
    path = tmp_path_factory.mktemp("runs") / "router"
    kinds = ("hgg", "mets", "hgg", "hgg", "mets", "mets")
    sides = ("train", "train", "train", "val", "val", "train")
    cases = [replace(case, pathology=kind, split=side) for case, kind, side in zip(phantoms, kinds, sides, strict=True)]
    config = ExperimentConfig.from_content({**TINY, "tasks": ROUTED, "inference": {"router": "kind"}}, "router")
    fit(config, Cohort("phantoms", tuple(cases)), RunFolder(path))
    return path


@pytest.fixture
def default_model(router_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a model in the package, made as the one that ships is made, but learned in a second."""
    folder = tmp_path / "package" / "models" / "default"
    export_run(TrainedRun(router_run), folder)
    monkeypatch.setattr(default_run, "FOLDER", folder)
    return folder


ROUTED = [
    {"kind": "segmentation", "name": "glioma", "regions": ["WT", "TC", "ET"], "where": {"pathology": "hgg"}},
    {"kind": "segmentation", "name": "mets", "regions": ["TC", "ET"], "where": {"pathology": "mets"}},
    {"kind": "classification", "name": "kind", "target": "pathology", "classes": ["hgg", "mets"], "roi": "patch"},
]

TINY = {
    "sequences": ["t1c", "t2f"],
    "tasks": [
        {"kind": "segmentation", "name": "tumour", "regions": ["WT", "TC", "ET"]},
        {
            "kind": "classification",
            "name": "genotype",
            "target": "genotype",
            "classes": ["fusion", "v600e", "other"],
        },
    ],
    "data": {"patch": [16, 16, 16], "batch_size": 2},
    "backbone": {"kind": "resunet", "width": 8, "blocks_down": [1, 1], "blocks_up": [1], "dropout": 0.1},
    "training": {"steps": 4, "save_every": 2, "precision": "float32", "accelerator": "cpu"},
}
