"""What was really drawn: how many samples of which group had which label."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from braintumornet.core.cohort.case import Case
from braintumornet.core.run_records import SampleCount
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.batch_totals import total
from braintumornet.tasks.task import Task

SAMPLES, LABELLED, WITHOUT = "samples", "labelled", "without "
BLANK = "(blank)"


@dataclass
class SampleCounter:
    """Counts samples as they are learned from.

    Args:
        group_of: case id -> group.
        tasks: what is learned.
        sequences: names, in the order of the batch.
        counts: (group, task, what) -> samples.
        fresh: group of cases that are made during the training, and are in no table.
    """

    group_of: Mapping[str, str] = field(default_factory=dict)
    tasks: Sequence[Task] = ()
    sequences: Sequence[str] = ()
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    fresh: str = ""

    @classmethod
    def of(cls, cases: Iterable[Case], column: str, tasks: Sequence[Task], sequences: Sequence[str]) -> "SampleCounter":
        """Return counts of zero for every group, task, region and class.

        Cases that are made during the training are of the group that sorts first: they are all of one.
        """
        group_of = {case.id: case.value(column) or BLANK for case in cases}
        counts: Counter[tuple[str, str, str]] = Counter()
        for group in sorted(set(group_of.values())):
            counts.update({(group, "", what): 0 for what in (SAMPLES, *(f"{WITHOUT}{s}" for s in sequences))})
            for task in tasks:
                counts.update({(group, task.name, what): 0 for what in (LABELLED, *task.counted)})
        return cls(group_of, tasks, sequences, counts, min(group_of.values(), default=""))

    def add(self, batch: Batch) -> None:
        """Count the samples of one step."""
        here: Counter[tuple[str, str, str]] = Counter()
        groups = [self.group_of.get(case_id, self.fresh) for case_id in batch.case_ids]
        for name, task, flags in self._flags(batch):
            here.update((group, task, name) for group, flag in zip(groups, flags.tolist(), strict=True) if flag)
        counted = torch.tensor([here[key] for key in self.counts], device=batch.image.device)
        together = total(counted)  # of all processes
        self.counts.update(dict(zip(self.counts, together.tolist(), strict=True)))

    def _flags(self, batch: Batch) -> Iterator[tuple[str, str, Tensor]]:
        """Yield what is counted, the task that it is counted for, and which samples have it, bool (B,)."""
        yield SAMPLES, "", torch.ones(len(batch.case_ids), dtype=torch.bool)
        for sequence, present in zip(self.sequences, batch.present_sequences.T, strict=True):
            yield f"{WITHOUT}{sequence}", "", ~present
        for task in self.tasks:
            known, target = batch.present[task.name], batch.targets[task.name]
            yield LABELLED, task.name, known.reshape(len(known), -1).any(1)
            for name, flags in zip(task.counted, task.held(target, known).T, strict=True):
                yield name, task.name, flags

    def rows(self) -> list[SampleCount]:
        """Return the counts as rows, in the order of groups and tasks; no row where no sample lacked a sequence."""
        return [
            SampleCount(group=group, task=task, what=what, samples=samples)
            for (group, task, what), samples in self.counts.items()
            if samples or not what.startswith(WITHOUT)
        ]

    def load(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Go on from what `rows` gave, as mappings."""
        for row in rows:
            self.counts[str(row["group"]), str(row["task"]), str(row["what"])] = int(str(row["samples"]))

    def lacked(self) -> list[str]:
        """Return the sequences that at least one sample was without."""
        found = {what for (_, task, what), samples in self.counts.items() if samples and not task}
        return [sequence for sequence in self.sequences if f"{WITHOUT}{sequence}" in found]
