"""An imported network is a run like any other."""

from pathlib import Path

import numpy as np
import pytest
import torch

from braintumornet.core.space import Space
from braintumornet.data.store.case_images import CaseImages
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.deepmedic.original_weights import Turn
from braintumornet.networks.deepmedic.tensorflow_checkpoint import checkpoint_files


@pytest.fixture
def words(deepmedic_original: Path) -> list[object]:
    folder = deepmedic_original / "v2017"
    return ["import-deepmedic", folder / "model.ckpt", "--model", folder / "modelConfig.cfg"]


def test_an_imported_network_predicts(words: list[object], btn, tmp_path: Path) -> None:
    code, out, _ = btn(*words, "--run", tmp_path / "run", "--sequences", "t1c, flair")
    assert code == 0
    assert "t1c, t2f" in out
    assert "background, tumour_core, oedema" in out
    assert "imported from model.ckpt" in btn("info", tmp_path / "run")[1]
    predictor = Predictor.from_run(tmp_path / "run")
    shape = (20, 12, 10)
    image = np.random.default_rng(0).standard_normal((2, *shape), dtype=np.float32)
    space = Space(shape, np.eye(4))
    brain = np.ones(shape, bool)
    found = predictor.predict_images(CaseImages("a", image, np.ones(2, bool), brain, space, space)).maps["tumour"]
    assert found.regions == ("WT", "TC")
    assert found.probabilities.shape == (2, *shape)
    assert (found.probabilities[0] >= found.probabilities[1] - 1e-6).all()  # the core is part of the whole


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--sequences", "t1c"], 2, "the network has 2 input channels; name their sequences in order"),
        (["--sequences", "t1c,pd"], 2, "sequence 'pd' is not known"),
        (["--orientation", "LLS"], 2, "expected a letter of each of R or L, A or P, S or I, such as LPS"),
        (["--label-scheme", "brats2013"], 2, "the network has 2 classes beside the background; say what they are"),
        (["--label-scheme", "brats3"], 1, "label scheme 'brats3' is neither a JSON object nor known"),
        (["--label-scheme", '{"1": "enhancing", "2": "tumour_core"}'], 2, "tissues: enhancing, tumour_core overlap"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    more: list[str], code: int, message: str, words: list[object], btn, tmp_path: Path
) -> None:
    found, _, error = btn(*words, "--run", tmp_path / "run", *more)
    assert (found, message in error) == (code, True), error
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_not_overwritten(words: list[object], btn, tmp_path: Path) -> None:
    btn(*words, "--run", tmp_path)
    code, _, error = btn(*words, "--run", tmp_path)
    assert code == 2
    assert "holds a run already; choose another --run" in error


@torch.no_grad()
@pytest.mark.parametrize("orientation", ["LPS", "SRP"])
def test_a_network_that_was_trained_on_turned_images_is_turned(
    orientation: str, words: list[object], btn, tmp_path: Path
) -> None:
    turn = Turn.from_orientation(orientation)
    networks = []
    for name in ("RAS", orientation):
        btn(*words, "--run", tmp_path / name, "--orientation", name)
        networks.append(Predictor.from_run(tmp_path / name).network.eval())
    reach = Predictor.from_run(tmp_path / "RAS").config.patch_size().margin
    files = torch.randn(1, 2, *[6 + 2 * reach] * 3)  # two cells of low resolution along each axis
    there = networks[0](files)["tumour"]
    here = networks[1](turn.of_kernel(files))["tumour"]
    assert not torch.allclose(here, there, atol=1e-3)
    torch.testing.assert_close(here, turn.of_kernel(there), rtol=1e-4, atol=1e-5)


def test_a_configuration_with_code_in_it_is_refused_and_not_run(words: list[object], btn, tmp_path: Path) -> None:
    witness, config = tmp_path / "witness", tmp_path / "modelConfig.cfg"
    config.write_text(f"{Path(str(words[-1])).read_text()}\nopen({str(witness)!r}, 'w')\n")
    code, _, error = btn(*words[:-1], config, "--run", tmp_path / "run")
    assert code == 1
    assert error.count("\n") == 1
    assert "expected NAME = LITERAL; nothing else is read, and no code is run" in error
    assert list(tmp_path.iterdir()) == [config]


def test_a_truncated_checkpoint_is_refused(words: list[object], btn, tmp_path: Path) -> None:
    for file in checkpoint_files(Path(str(words[1]))):
        (tmp_path / file.name).write_bytes(file.read_bytes()[: 20_000 if "data" in file.name else None])
    code, _, error = btn(words[0], tmp_path / "model.ckpt", *words[2:], "--run", tmp_path / "run")
    assert code == 1
    assert error.count("\n") == 1
    assert "is cut off or damaged" in error
    assert not (tmp_path / "run").exists()


def test_the_classes_of_a_coding_may_be_listed_in_any_order(words: list[object], btn, tmp_path: Path) -> None:
    configs = []
    for coding in ('{"1": "tumour_core", "2": "oedema"}', '{"2": "oedema", "1": "tumour_core"}'):
        run = tmp_path / str(len(configs))
        assert btn(*words, "--label-scheme", coding, "--run", run)[0] == 0
        configs.append((run / "config.yaml").read_text())
    assert configs[0] == configs[1]
