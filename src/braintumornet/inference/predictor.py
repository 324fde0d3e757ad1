"""From a trained network and a case to a prediction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case
from braintumornet.core.file_hashes import Digests, digests_of_case
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.stage_times import stage
from braintumornet.core.text.errors import prefix_errors
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.data.training_data_profile import choose_spacing, describe_case, describe_resampling, describe_unlike
from braintumornet.inference.card.validation_status import NO_PATIENT, join_validation
from braintumornet.inference.ensemble import mean_answer, open_runs, provenance_of, training_of
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.missing_sequences import explain_not_assessed, leave_out, note_missing
from braintumornet.inference.trained_run import TrainingRecord
from braintumornet.inference.windows.network_reader import NetworkReader
from braintumornet.prepare.training_preparation import describe_difference
from braintumornet.tasks.post_processing import post_process
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import outlines_of
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.components import largest_component
from braintumornet.volumes.midplane import find_midplane


class Predictor:
    """Answers for whole cases with windows of the training size on the brain's box.

    Args:
        network: its weights may go on changing; each prediction uses those of its moment.
        config: of the experiment that the network belongs to.
        provenance: is copied into every prediction.
        record: what is known of the network's training.
        readers: of networks that answer together, this one first; default it alone, as its configuration has it.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        config: ExperimentConfig,
        provenance: Mapping[str, str] | None = None,
        record: TrainingRecord | None = None,
        readers: Sequence[NetworkReader] = (),
    ) -> None:
        self.network = network
        self.config = config
        self.provenance = dict(provenance or {})
        self.record = record or TrainingRecord()
        self.readers = tuple(readers) or (NetworkReader(network, config),)

    @classmethod
    def from_run(cls, path: Path, options: InferenceOptions | None = None) -> "Predictor":
        """Load the network of a finished run, and those of the runs that answer with it.

        Raises:
            UsageError: a folder is no finished run, or the runs do not agree.
            InputError: a file in one is damaged.
        """
        decided = options or InferenceOptions()
        runs = open_runs(path, decided)
        readers = [NetworkReader.from_run(run, decided) for run in runs]
        made_by, training = provenance_of(runs, decided), training_of(runs, decided)
        return cls(readers[0].network, runs[0].config, made_by, training, readers)

    def predict(self, case: Case, tasks: Collection[str] | None = None) -> Prediction:
        """Read a case and answer every task, or only those named.

        A later scan of a patient who trained counts as seen in training, as the patient's own case does.

        Raises:
            InputError: the case cannot be read, or does not fit into the memory.
        """
        with stage("read"):
            inputs = digest_inputs(case, self.config, Digests())  # before they are read: who changes one is found out
            with prefix_errors(f"case {case.id}: "):
                self.readers[0].require_room(case)
            sequences = self.config.sequences
            spacing_mm = choose_spacing(case, sequences, self.config.data.spacing_mm, self.record.learned)
            images, _ = read_case(case, sequences, spacing_mm)
        with stage("network"), prefix_errors(f"case {case.id}: "):
            prediction = self.predict_images(images, tasks)
        seen = prediction.seen_in_training or case.patient_id in self.record.patients
        from_phantoms = self.config.phantoms is not None
        notes = (*prediction.notes, *describe_difference(case, self.record.preparation, from_phantoms))
        known = {task: text for task, text in self.record.validation.items() if tasks is None or task in tasks}
        prediction = replace(prediction, seen_in_training=seen, inputs=inputs, notes=notes)
        trained = f"{NO_PATIENT}; " if self.record.phantoms_alone else ""
        return replace(prediction, validation=f"{trained}{join_validation(known)}")

    @torch.inference_mode()
    def predict_images(self, images: CaseImages, tasks: Collection[str] | None = None) -> Prediction:
        """Answer every task, or only those named, for images that were read; whose they are only the case id tells."""
        wanted = [task for task in self.config.tasks if tasks is None or task.name in tasks]
        shown_to = {task.name: outlines_of(task, self.config.tasks) for task in wanted}
        shown = {outline.name for outlines in shown_to.values() for outline in outlines}
        of_all = [t for t in self.config.tasks if t.name in shown or (t in wanted and not shown_to[t.name])]
        found, how = self._read_volume(images, [task.name for task in of_all])
        tidied = {t.name: self._tidy(t, found[t.name], images.space.voxel_ml) for t in of_all}
        answers = {name: answer for name, (answer, _) in tidied.items()}
        said = [(t.name, tidied[t.name][1]) for t in wanted if t.name in tidied]
        for task in wanted:
            if outlines := shown_to[task.name]:
                centre, note = _tumour_centre([answers[outline.name] for outline in outlines], images.brain)
                said.append((task.name, note))
                answers[task.name] = task.decode(self._read_patch(images, centre, task.name))
        sequences = self.config.sequences
        there = tuple(name for name, is_there in zip(sequences, images.present, strict=True) if is_there)
        not_assessed = explain_not_assessed(wanted, sequences, there)
        for name, reasons in not_assessed.items():
            answers[name] = leave_out(answers[name], reasons)
        needs = {region: names for task in wanted for region, names in task.needs(sequences).items()}
        missing = note_missing(sequences, there, self.record.lacked, needs)
        notes = [*self.record.remarks, *self._describe_input(images), *missing, *how]
        notes += [f"{name}: {note}" for name, note in said if note and answers[name] is not None]
        return Prediction(
            images.case_id,
            images.space,
            images.native_space,
            **_sort_answers(wanted, answers),
            sequences=there,
            not_assessed=not_assessed,
            notes=tuple(notes),
            provenance=self.provenance,
            seen_in_training=images.case_id in self.record.cases,
            midplane=find_midplane(images.brain, images.space),
        )

    def _tidy(self, task: Task, found: Tensor, voxel_ml: float) -> tuple[Any, str]:
        """Return what was found as an answer, cleaned as the task or its run's validation cases will have it."""
        answer, note = task.tidy(task.decode(found), voxel_ml)
        chosen = self.record.post_processing.get(task.name)
        return (answer, note) if chosen is None else post_process(answer, chosen, voxel_ml)

    def _describe_input(self, images: CaseImages) -> list[str]:
        brain = [] if images.facts is None else describe_case(images.facts, self.record.learned)
        resampled = describe_resampling(images, self.record.learned) if self.config.data.spacing_mm is None else []
        unlike = describe_unlike(images, self.config.sequences, self.record.input_profile)
        return [*images.notes, *brain, *resampled, *unlike]

    def _read_volume(self, images: CaseImages, names: list[str]) -> tuple[dict[str, Tensor], list[str]]:
        """Return what the networks tell of a case in the mean, and what a reader of it must know."""
        notes: list[str] = []

        def read(reader: NetworkReader, images: CaseImages) -> dict[str, Tensor]:
            found, said = reader.read_volume(images, names)
            notes.extend(said)
            return found

        return mean_answer(self.readers, images, read), list(dict.fromkeys(notes))

    def _read_patch(self, images: CaseImages, centre: np.ndarray, name: str) -> Tensor:
        """Return what the networks tell of the patch around a voxel in the mean."""
        return mean_answer(self.readers, images, lambda reader, own: {name: reader.read_patch(own, centre, name)})[name]


def digest_inputs(case: Case, config: ExperimentConfig, digests: Digests) -> dict[str, str]:
    """Return column -> digest of each file of a case that a prediction reads.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    read = (*config.sequences, "brainmask")
    files = {column: file for column, file in case.files().items() if column in read}
    return digests_of_case(case, files, digests)


def _sort_answers(tasks: Sequence[Task], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of some tasks by what they are, as a prediction has them."""
    known = {task.name: task for task in tasks}
    given = [(known[name], answer) for name, answer in answers.items() if name in known and answer is not None]
    others: dict[str, dict[str, Any]] = {}
    for task, answer in given:
        if task.gives == "values":
            others.setdefault(task.kind, {})[task.name] = answer
    maps, classes = ({t.name: answer for t, answer in given if t.gives == what} for what in ("maps", "classes"))
    return {"maps": maps, "classes": classes, "answers": others}


def _tumour_centre(outlines: Sequence[RegionMap], brain: np.ndarray) -> tuple[np.ndarray, str]:
    outlined = [outline.masks.any(axis=0) for outline in outlines]
    tumour = largest_component(np.logical_or.reduce(outlined))
    note = "" if tumour.any() else "no tumour was predicted, so the class is read at the brain's centre"
    box: Any = box_around(tumour if tumour.any() else brain)
    return np.array([(s.start + s.stop) // 2 for s in box]), note
