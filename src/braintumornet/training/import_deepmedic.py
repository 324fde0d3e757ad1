"""A network of the original DeepMedic program becomes a run."""

from collections.abc import Sequence
from pathlib import Path

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.label_scheme import REGIONS, annotated_regions, parse_label_scheme
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError, require
from braintumornet.data.splits import Split
from braintumornet.inference.card.model_card import write_card
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.checkpoint import save_weights
from braintumornet.networks.deepmedic.original_config import OriginalModel, read_model_config
from braintumornet.networks.deepmedic.original_weights import Turn, load_original_weights
from braintumornet.networks.deepmedic.tensorflow_checkpoint import read_checkpoint
from braintumornet.training.start_run import alone_in, open_run, require_free

USUAL_SEQUENCES = ("t2f", "t1c", "t1n", "t2w")
"""Order of the channels unless said otherwise: the first two are those of the original's own examples."""

USUAL_CODINGS = {2: "binary", 3: '{"1": "tumour_core", "2": "oedema"}', 4: "brats2023", 5: "brats2013"}
"""What the classes mean unless said otherwise, for each number of classes."""


def import_deepmedic(
    checkpoint: Path,
    model_config: Path,
    run: RunFolder,
    *,
    sequences: Sequence[str] = (),
    coding: str | None = None,
    orientation: str = "RAS",
) -> ExperimentConfig:
    """Write a run folder with the weights of a checkpoint of the original; nothing is written if anything is wrong.

    Args:
        checkpoint: `model.ckpt`, without the ending of its files.
        model_config: `modelConfig.cfg`, which the checkpoint was made with.
        run: must not hold a run yet.
        sequences: of the input channels, in their order; default the usual ones.
        coding: what the classes 1, 2, ... mean, as for a cohort's masks; default the usual one.
        orientation: how the files lay that it was trained on, such as LPS; the original does not turn them, and we do.

    Returns:
        The configuration that was written.

    Raises:
        UsageError: the run folder is taken, or sequences, coding or orientation do not fit the network.
        InputError: a file is missing, damaged or of another network.
    """
    with alone_in(run):
        require_free(run, "choose another --run")
        turn = Turn.from_orientation(orientation)
        model = read_model_config(model_config)
        config = _configure(model, sequences, coding, turn, model_config)
        network = config.build_network()
        load_original_weights(network, read_checkpoint(checkpoint, scope="net/"), turn)
        open_run(config, Cohort("unknown", ()), Split(train=()), run)
        save_weights(network, run.model, {"imported": checkpoint.name, "files": run.digests()})
        write_card(TrainedRun(run.path))
    return config


def _configure(
    model: OriginalModel, sequences: Sequence[str], coding: str | None, turn: Turn, source: Path
) -> ExperimentConfig:
    return ExperimentConfig.from_content(
        {
            "sequences": _sequences(model, sequences),
            "tasks": [{"kind": "segmentation", "name": "tumour", "loss": "ce", **_classes(model, coding)}],
            "data": {"patch": model.patch, "batch_size": 10},
            "backbone": model.backbone.model_dump(mode="json") | {"samples": turn.samples},
            "training": {
                "steps": 70_000,  # 35 epochs of 20 times 100, and the rest as in the original's default configuration
                "optimizer": "rmsprop",
                "schedule": "halving",
                "l1": 1e-6,
                "l2": 1e-4,
                "max_norm": None,
            },
            "inference": {"window": model.window},
        },
        str(source),
    )


def _sequences(model: OriginalModel, given: Sequence[str]) -> Sequence[str]:
    sequences = given or USUAL_SEQUENCES[: model.sequences]
    require(
        len(sequences) == model.sequences,
        f"the network has {model.sequences} input channels; name their sequences in order, such as --sequences t2f,t1c",
        UsageError,
    )
    return sequences


def _classes(model: OriginalModel, given: str | None) -> dict[str, Sequence[str]]:
    """Return tissues and regions of the classes beside the background."""
    number = model.classes - 1
    coding = given or USUAL_CODINGS.get(model.classes)
    tissues = dict(sorted(parse_label_scheme(coding).items())) if coding is not None else {}
    require(
        list(tissues) == list(range(1, number + 1)),
        f"the network has {number} classes beside the background; say what they are with --label-scheme, by name "
        'or as JSON such as {"1": "tumour_core", "2": "oedema"}',
        UsageError,
    )
    told = [
        region
        for region, is_told in zip(REGIONS, annotated_regions(str(coding), list(REGIONS)), strict=True)
        if is_told
    ]
    nested = [region for region in ("WT", "TC", "ET") if region in told]
    return {"tissues": list(tissues.values()), "regions": nested or told}
