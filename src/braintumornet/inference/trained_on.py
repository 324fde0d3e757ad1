"""What is known of how a network was trained, as far as a reader of its predictions must know it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from braintumornet.core.run_folder import RunFolder
from braintumornet.data.training_profile import Learned


@dataclass(frozen=True)
class TrainingRecord:
    """What is known of the training of a network.

    Args:
        cases: ids of the cases that it learned from.
        patients: ids of their patients, as far as they are known.
        lacked: sequences that it learned to do without; None where that is not known.
        learned: what the cases were like; None where that is not known.
        remarks: what a reader of any prediction must know.
    """

    cases: Collection[str] = field(default_factory=frozenset)
    patients: Collection[str] = field(default_factory=frozenset)
    lacked: Collection[str] | None = None
    learned: Learned | None = None
    remarks: tuple[str, ...] = ()

    @classmethod
    def of_run(cls, run: RunFolder, notes: Mapping[str, Any]) -> "TrainingRecord":
        """Return what a finished run says.

        Args:
            run: the run.
            notes: that were written with its weights.

        Raises:
            InputError: a file of the run is damaged.
        """
        cases, patients = run.learned_from()
        learned = Learned.read(notes["learned"]) if "learned" in notes else None
        return cls(cases, patients, notes.get("lacked"), learned, tuple(run.remarks(notes.get("files", {}))))
