"""Make the model in the package from a finished run: `python -m braintumornet.inference.export_run --help`."""

import argparse
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.files.atomic_write import write_json, write_text
from braintumornet.core.files.whole_folder import whole_folder
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import SplitRecord, TransferRecord
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import is_phantom
from braintumornet.inference.card.model_card import format_card
from braintumornet.inference.card.model_facts import describe_model
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.networks.checkpoint import read_tensors, write_tensors

MOST_BYTES = 12_000_000
"""Of the weights: the wheel is to stay small."""


def main() -> None:
    """Export a run as the command line asks."""
    parser = argparse.ArgumentParser(description="Write what a prediction needs of a finished run, in half precision.")
    parser.add_argument("run", type=Path, help="folder of the finished run")
    parser.add_argument("--output", type=Path, required=True, help="new folder; calibrate the run there, if at all")
    asked = parser.parse_args()
    export_run(TrainedRun(asked.run), asked.output)


def export_run(run: TrainedRun, folder: Path) -> RunFolder:
    """Write what a prediction needs of a finished run: weights in half precision, and who taught them.

    State, logs and the places of tables, stores and other runs are left out; so is a calibration, because the weights
    are others in half precision. The ids of phantoms get the name of the folder, so that nobody's own phantoms, which
    may be called alike, are taken for them.

    Args:
        run: a finished run.
        folder: for the files; must not be there yet.

    Raises:
        UsageError: the run or its training is not finished, or the folder is there.
        InputError: the weights are too many, or too large for half precision, or a file cannot be read or written.
    """
    source = run.require_complete().folder
    require(
        source.report.exists(),
        f"{run.path}: {source.report.name} is missing, because its training has not ended; resume it first",
        UsageError,
    )
    tensors = halve_weights(run.weights())
    _, notes = read_tensors(source.model)
    with whole_folder(folder) as part:
        made = RunFolder(part)
        write_text(made.config, f"# braintumornet, {RESEARCH_USE}\n{without_places(run.config).to_yaml()}")
        write_json(made.split, rename_phantoms(run.split, folder.name).as_json())
        write_json(made.report, run.report.as_json())
        write_json(made.environment, run.environment)
        if source.transfer.exists():
            write_json(made.transfer, _without_place(source.read_transfer(), folder.name).as_json())
        write_tensors(tensors, {**notes, "files": made.digests()}, made.model)
        size = made.model.stat().st_size
        require(size <= MOST_BYTES, f"the weights take {size:,} bytes, and {MOST_BYTES:,} are the most; train fewer")
        write_text(made.card, format_card({**describe_model(TrainedRun(part)), "name": folder.name}))
    return RunFolder(folder)


def halve_weights(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights in half precision; norms and offsets, which are few and may be large or tiny, as they are.

    Raises:
        InputError: a weight is too large.

    Example:
        >>> halved = halve_weights({"weight": torch.ones(2, 2), "running_var": torch.ones(2)})
        >>> [tensor.dtype for tensor in halved.values()]
        [torch.float16, torch.float32]
    """
    halved = {name: value.half() if value.ndim > 1 else value for name, value in tensors.items()}
    for name, value in halved.items():
        require(bool(torch.isfinite(value).all()), f"{name} is too large for half precision; train with weight decay")
    return halved


def without_places(config: ExperimentConfig) -> ExperimentConfig:
    """Return a configuration without the places of its tables, its store and the run that it started from."""
    transfer = config.transfer and config.transfer.model_copy(update={"run": Path(config.transfer.run.name)})
    data = config.data.model_copy(update={"store": None})
    return config.model_copy(update={"cohorts": (), "data": data, "transfer": transfer})


def rename_phantoms(split: SplitRecord, name: str) -> SplitRecord:
    """Return a split in which the ids of phantoms begin with a name.

    Example:
        >>> rename_phantoms(SplitRecord(train=["phantom-1"], val=["a"], test=[], cohort="c"), "default").sides
        {'train': ['default-phantom-1'], 'val': ['a'], 'test': []}
    """
    columns = ("train", "val", "test", "patients", "val_patients")
    return split.model_copy(update={key: _renamed(getattr(split, key), name) for key in columns})


def _renamed(ids: Iterable[str], name: str) -> list[str]:
    return [f"{name}-{one}" if is_phantom(one) else one for one in ids]


def _without_place(record: TransferRecord, name: str) -> TransferRecord:
    source = record.source
    ids = {"cases": _renamed(source.cases, name), "patients": _renamed(source.patients, name)}
    return record.model_copy(update={"source": source.model_copy(update={"run": Path(source.run).name, **ids})})


if __name__ == "__main__":
    main()
