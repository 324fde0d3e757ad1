"""Windows that fit into memory, and one pass where it is wanted."""

import pytest
import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.windows.network_memory import NetworkMemory
from braintumornet.inference.windows.network_reader import NetworkReader
from braintumornet.inference.windows.window_plan import plan_windows
from braintumornet.networks.multi_task_network import MultiTaskNetwork

SIZE = (27, 30, 19)


def untrained(config: ExperimentConfig, outline_bias: float = 0.0) -> Predictor:
    """Return a predictor whose mask leans one way."""
    torch.manual_seed(0)
    network = MultiTaskNetwork(config.backbone, config.tasks, len(config.sequences))
    with torch.no_grad():
        network.heads["tumour"][-1].bias += outline_bias
    return Predictor(network, config)


def voxels(read: tuple[int, int, int]) -> int:
    """Return the bytes of a network that takes one for each voxel."""
    return read[0] * read[1] * read[2]


def test_one_pass_is_one_window_of_sides_that_the_network_takes(tiny: ExperimentConfig) -> None:
    plan = plan_windows(tiny, SIZE, 8, True, voxels, None)
    assert (plan.window, plan.batch, plan.note) == ((32, 32, 24), 2**19 // voxels((32, 32, 24)), "")


def test_what_does_not_fit_is_read_in_smaller_batches_then_in_smaller_windows_and_then_refused(
    tiny: ExperimentConfig,
) -> None:
    assert tiny.data.patch == (16, 16, 16)
    plans = {allowed: plan_windows(tiny, SIZE, 8, True, voxels, allowed) for allowed in (13000, 5000, 2100, 600)}
    assert [(plan.window, plan.batch) for plan in plans.values()] == [
        ((16, 16, 16), 3),
        ((16, 16, 16), 1),
        ((8, 16, 16), 1),
        ((8, 8, 8), 1),
    ]
    assert [bool(plan.note) for plan in plans.values()] == [False, False, True, True]
    assert plans[2100].note == "read in windows of 8 x 16 x 16 voxels, as there is no memory for those of the training"
    with pytest.raises(InputError, match="27 x 30 x 19 voxels: even a small window takes .* allow more"):
        plan_windows(tiny, SIZE, 8, True, voxels, 500)


def test_windows_of_valid_convolutions_shrink_without_a_word(tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json") | {"backbone": {"kind": "deepmedic", "preset": "2017"}}
    content["data"]["patch"] = [25, 25, 25]
    config = ExperimentConfig.from_content(content, "valid")
    whole = plan_windows(config, SIZE, 1, False, voxels, None)
    small = plan_windows(config, SIZE, 1, False, voxels, voxels((56, 56, 56)))
    assert (whole.window, whole.batch, whole.overlap) == ((9, 8, 7), 1, 0)
    assert max(small.window) < 7
    assert small.note == ""


def test_a_tiny_limit_changes_the_windows_and_hardly_the_answer(
    phantoms: Cohort, tiny: ExperimentConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("braintumornet.inference.windows.network_memory.held_memory", lambda: 0)
    content = tiny.model_dump(mode="json")
    content["backbone"] |= {"norm": "batch"}
    config = ExperimentConfig.from_content(content, "batch norm")
    predictor = untrained(config, outline_bias=-1.0)
    free = predictor.predict(phantoms.cases[0], ["tumour"])
    need = predictor.readers[0].memory.bytes_of
    gib = {name: 1.01 * need(read) / 2**30 for name, read in (("batch", (16, 16, 16)), ("window", (16, 16, 8)))}
    for name, limit in gib.items():
        monkeypatch.setattr(NetworkReader, "require_room", lambda self, case: None)
        predictor.readers = (NetworkReader(predictor.network, config, InferenceOptions(max_memory_gib=limit)),)
        found = predictor.predict(phantoms.cases[0], ["tumour"])
        differ = (found.maps["tumour"].masks != free.maps["tumour"].masks).mean()
        assert differ < {"batch": 1e-4, "window": 0.1}[name]
        assert any("no memory" in note for note in found.notes) == (name == "window")


def test_a_case_that_cannot_fit_is_refused_before_it_is_read(
    phantoms: Cohort, tiny: ExperimentConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("braintumornet.inference.windows.network_memory.held_memory", lambda: 0)
    monkeypatch.setattr("braintumornet.inference.predictor.read_case", lambda *given: 1 / 0)
    predictor = untrained(tiny)
    predictor.readers = (NetworkReader(predictor.network, tiny, InferenceOptions(max_memory_gib=1e-6)),)
    case = phantoms.cases[0]
    with pytest.raises(InputError, match=f"case {case.id}: 32 x 32 x 32 voxels of 2 sequences take about .* are left"):
        predictor.predict(case)


def test_what_a_window_needs_grows_with_it_and_counts_what_lives_at_once(tiny: ExperimentConfig) -> None:
    memory = NetworkMemory(tiny, bf16=False)
    small, large = memory.bytes_of((16, 16, 16)), memory.bytes_of((32, 16, 16))
    assert large == pytest.approx(2 * small, rel=0.05)
    widest = 4 * tiny.backbone.width * 16**3  # one map of the first level
    assert 3 * widest < small < 12 * widest
    assert NetworkMemory(tiny, bf16=True).bytes_of((16, 16, 16)) < small


@pytest.mark.parametrize("options", [{"mirror": ("left",)}, {"max_memory_gib": 0.0}])
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"expected (x, y or z, or none|more than 0 GiB)"):
        InferenceOptions(**options)


def test_one_pass_answers_for_every_voxel_and_reads_markers_in_windows(
    phantoms: Cohort, tiny: ExperimentConfig
) -> None:
    content = tiny.model_dump(mode="json")
    content["tasks"][1]["roi"] = "patch"
    predictor = untrained(ExperimentConfig.from_content(content, "patch"))
    windows = predictor.predict(phantoms.cases[0])
    predictor.readers = (NetworkReader(predictor.network, predictor.config, one_pass=["tumour"]),)
    sizes = []
    predictor.network.register_forward_pre_hook(lambda module, given: sizes.append(tuple(given[0].shape[2:])))
    one = predictor.predict(phantoms.cases[0])
    assert sizes[0] == tuple(-(-side // 8) * 8 for side in one.space.shape)
    assert set(sizes[1:]) == {(16, 16, 16)}
    assert one.classes == windows.classes
    found, expected = one.maps["tumour"].probabilities, windows.maps["tumour"].probabilities
    assert found.shape == expected.shape
    assert 0 < abs(found - expected).mean() < 0.2
    alone = torch.from_numpy(found)
    assert alone.min() > 0
