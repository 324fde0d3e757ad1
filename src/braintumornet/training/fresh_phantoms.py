"""Heads that a training makes for itself: no two patches of a batch show the same, and none comes back later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import read_manifest, write_manifest
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError, prefix_errors, require
from braintumornet.core.text.names import PHANTOM
from braintumornet.data.store.case_images import images_in_memory
from braintumornet.data.store.label_bitmask import LabelBits, encode_labels
from braintumornet.data.store.memory_case import MemoryCase
from braintumornet.data.store.training_case import TrainingCase, as_training_case
from braintumornet.layouts.choose_cases import NO_COHORT
from braintumornet.phantom.generators import find_generator
from braintumornet.phantom.phantom_settings import FreshPhantoms
from braintumornet.phantom.write_phantoms import describe_phantom, write_phantoms
from braintumornet.training.start_run import require_free

AT_ONCE = 8
"""Heads whose patches come in turn, so that the patches of a batch are of different ones."""

KEPT = 2 * AT_ONCE
"""Heads in memory: those of now, and those of which a batch may still be wanted."""


@dataclass(frozen=True)
class InTurn:
    """Which head each sample shows: some heads take turns, and one that has given its patches makes way for a new one.

    They make way one after the other, so that a worker that makes them keeps pace with the network.

    Args:
        patches: of each head; the first heads give fewer.

    Example:
        >>> [InTurn(patches=2).case_of(number) for number in (0, 1, 4, 7, 8, 9, 12, 15)]
        [0, 1, 4, 7, 0, 1, 12, 15]
    """

    patches: int

    def case_of(self, number: int) -> int:
        """Return the number of the head."""
        turn, place = divmod(number, AT_ONCE)
        made_way = (turn + place * self.patches // AT_ONCE) // self.patches
        return made_way * AT_ONCE + place

    def heads(self, samples: int) -> int:
        """Return the number of heads among which are those of so many first samples."""
        return self.case_of(samples) + 2 * AT_ONCE


class FreshHeads(Sequence[TrainingCase]):
    """Heads by their numbers, each made when it is asked for.

    Args:
        config: names the phantoms, and what is learned from them.
        length: how many heads there are.
    """

    def __init__(self, config: ExperimentConfig, length: int) -> None:
        assert config.phantoms is not None, "asked for by trainings on phantoms only"
        self.config, self.wanted, self.length = config, config.phantoms, length
        self.bits = LabelBits.of_tasks(config.tasks)
        self._kept = lru_cache(KEPT)(self._make)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> TrainingCase:  # type: ignore[override]  # no slice is ever wanted
        if not 0 <= number < self.length:
            raise IndexError(number)
        return self._kept(number)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process without the heads that are in memory."""
        return type(self), (self.config, self.length)

    def _make(self, number: int) -> TrainingCase:
        wanted = self.wanted
        made = find_generator(wanted.generator)(wanted.seed, wanted.head, number)
        case_id = f"{PHANTOM}-{number:04d}"
        volumes = [*made.images, "seg", "brainmask"]
        case = describe_phantom(Path(), volumes, made.records, case_id, PHANTOM, str(wanted.generator))
        case = _as_told(case, wanted)
        with prefix_errors(f"case {case_id}: "):
            images, labels = images_in_memory(
                case_id, made.images, made.brainmask, made.labels, made.space, self.config.sequences
            )
        encoded = encode_labels(case, self.bits, {"seg": labels}, labels.shape)
        kept = MemoryCase.of(images, encoded, self.bits)
        return as_training_case(case, kept, self.bits, self.config.tasks, self.config.sequences, kept.voxels)


def choose_cohort(config: ExperimentConfig, cohort: Cohort | None, run: RunFolder, resume: bool) -> Cohort:
    """Return the cases of a training: those given, or some of the phantoms that teach and all that validate.

    These lie in the run's folder; they are written once, and read where they are there already.

    Args:
        config: of the training.
        cohort: the cases; None where it makes phantoms for itself.
        run: of the training.
        resume: whether it goes on.

    Raises:
        UsageError: there are no cases, or cases and phantoms; the folder is taken; there is no such generator.
        InputError: phantoms cannot be written, or read.
    """
    if config.phantoms is None:
        require(cohort is not None, NO_COHORT, UsageError)
        return cast(Cohort, cohort)
    require(
        cohort is None,
        "this configuration trains on phantoms that it makes for itself; leave --cohort out, or set phantoms=null",
        UsageError,
    )
    if not resume:
        require_free(run, "add --resume to continue it, or choose another --run")
    table = run.phantoms / "cohort.csv"
    if not table.is_file():  # it is written last
        write_manifest(Cohort(PHANTOM, tuple(_written(config.phantoms, run.phantoms))), table)
    return read_manifest(table)


def _written(wanted: FreshPhantoms, folder: Path) -> Iterator[Case]:
    teach = write_phantoms(
        folder / "train", wanted.head, wanted.written, wanted.seed, PHANTOM, generator=wanted.generator
    )
    yield from (replace(_as_told(case, wanted), split="train") for case in teach)
    if (other := wanted.validation) is not None:
        name = f"{PHANTOM}-validation"
        made = write_phantoms(folder / "val", other.head, other.cases, other.seed, name, generator=other.generator)
        yield from (replace(_as_told(case, wanted), split="val") for case in made)


def _as_told(case: Case, wanted: FreshPhantoms) -> Case:
    """Give a phantom the pathology that the configuration has for its kind."""
    told = {str(kind): name for kind, name in wanted.pathology.items()}
    return replace(case, pathology=told.get(case.pathology or "healthy", case.pathology))
