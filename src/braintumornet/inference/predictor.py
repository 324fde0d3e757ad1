"""From a trained network and a case to a prediction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case
from braintumornet.core.file_hashes import Digests, digests_of_case
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.data.sampling.patch_sampler import cut_patch
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.data.training_data_profile import choose_spacing, describe_case, describe_resampling, describe_unlike
from braintumornet.inference.missing_sequences import explain_not_assessed, leave_out, note_missing
from braintumornet.inference.sliding_windows import Place, even_window, slide
from braintumornet.inference.trained_run import TrainedRun, TrainingRecord
from braintumornet.inference.validation_status import join_validation
from braintumornet.networks.checkpoint import load_weights
from braintumornet.networks.deepmedic.fuse_layers import fold_for_inference
from braintumornet.networks.device import choose_device, place, uses_bf16
from braintumornet.prepare.training_preparation import describe_difference
from braintumornet.tasks.post_processing import post_process
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import outlines_of
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.components import largest_component
from braintumornet.volumes.midplane import find_midplane

BATCH_VOXELS = 2**19
"""Of the windows that are read at once. Alone, a small window is convolved by torch itself in float32, which takes
twice as long as oneDNN does for several; more than this gains nothing further, and takes memory."""


class Predictor:
    """Answers for whole cases with windows of the training size on the brain's box.

    Args:
        network: its weights may go on changing; each prediction uses those of its moment.
        config: of the experiment that the network belongs to.
        provenance: is copied into every prediction.
        record: what is known of the network's training.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        config: ExperimentConfig,
        provenance: Mapping[str, str] | None = None,
        record: TrainingRecord | None = None,
    ) -> None:
        self.network = network
        self.config = config
        self.provenance = dict(provenance or {})
        self.record = record or TrainingRecord()
        self.device = next(network.parameters()).device
        self.mirrors = _mirror_axes(config.inference.mirror)
        self.bf16 = uses_bf16(config.training.precision, self.device)

    @classmethod
    def from_run(cls, path: Path) -> "Predictor":
        """Load the network of a finished run.

        Raises:
            UsageError: the folder is no finished run.
            InputError: a file in it is damaged.
        """
        run = TrainedRun(path).require_complete()
        config = run.config
        network = config.build_network()
        load_weights(network, run.folder.model)
        network = fold_for_inference(network)
        place(network, choose_device("cpu" if config.training.accelerator == "cpu" else "auto"))
        return cls(network, config, run.provenance, run.training)

    def predict(self, case: Case, tasks: Collection[str] | None = None) -> Prediction:
        """Read a case and answer every task, or only those named.

        A later scan of a patient who trained counts as seen in training, as the patient's own case does.

        Raises:
            InputError: the case cannot be read.
        """
        inputs = digest_inputs(case, self.config, Digests())  # before they are read: who changes one later is found out
        sequences = self.config.sequences
        spacing_mm = choose_spacing(case, sequences, self.config.data.spacing_mm, self.record.learned)
        images, _ = read_case(case, sequences, spacing_mm)
        prediction = self.predict_images(images, tasks)
        seen = prediction.seen_in_training or case.patient_id in self.record.patients
        notes = (*prediction.notes, *describe_difference(case, self.record.preparation))
        known = {task: text for task, text in self.record.validation.items() if tasks is None or task in tasks}
        prediction = replace(prediction, seen_in_training=seen, inputs=inputs, notes=notes)
        return replace(prediction, validation=join_validation(known))

    @torch.inference_mode()
    def predict_images(self, images: CaseImages, tasks: Collection[str] | None = None) -> Prediction:
        """Answer every task, or only those named, for images that were read; whose they are only the case id tells."""
        was_training = self.network.training
        self.network.eval()
        image = torch.from_numpy(images.image).to(self.device)
        wanted = [task for task in self.config.tasks if tasks is None or task.name in tasks]
        shown_to = {task.name: outlines_of(task, self.config.tasks) for task in wanted}
        shown = {outline.name for outlines in shown_to.values() for outline in outlines}
        by_window = [t for t in self.config.tasks if t.name in shown or (t in wanted and not shown_to[t.name])]
        present = torch.from_numpy(images.present)
        found = self._slide(image, torch.from_numpy(images.brain), by_window, present)
        tidied = {t.name: self._tidy(t, found[t.name], images.space.voxel_ml) for t in by_window}
        answers = {name: answer for name, (answer, _) in tidied.items()}
        said = [(t.name, tidied[t.name][1]) for t in wanted if t.name in tidied]
        for task in wanted:
            if outlines := shown_to[task.name]:
                centre, note = _tumour_centre([answers[outline.name] for outline in outlines], images.brain)
                said.append((task.name, note))
                patch = torch.from_numpy(cut_patch(images.image, centre, self.config.patch_size().read))
                answers[task.name] = task.decode(
                    self._answer(patch[None].to(self.device), [task], present)[task.name][0]
                )
        self.network.train(was_training)
        sequences = self.config.sequences
        there = tuple(name for name, is_there in zip(sequences, images.present, strict=True) if is_there)
        not_assessed = explain_not_assessed(wanted, sequences, there)
        for name, reasons in not_assessed.items():
            answers[name] = leave_out(answers[name], reasons)
        needs = {region: names for task in wanted for region, names in task.needs(sequences).items()}
        missing = note_missing(sequences, there, self.record.lacked, needs)
        notes = [*self.record.remarks, *self._describe_input(images), *missing]
        return Prediction(
            images.case_id,
            images.space,
            images.native_space,
            **_sort_answers(wanted, answers),
            sequences=there,
            not_assessed=not_assessed,
            notes=(*notes, *(f"{name}: {note}" for name, note in said if note)),
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

    def _slide(self, image: Tensor, brain: Tensor, tasks: list[Task], present: Tensor) -> dict[str, Tensor]:
        """Answer for a volume (S, D, H, W) in windows, where there is brain."""
        size, overlap = self.config.window_size(), self.config.inference.overlap
        window = size.answered
        if self.config.backbone.valid_margin:  # answers do not depend on the window, so that windows need not overlap
            window, overlap = even_window(image.shape[1:], window), 0.0
        return slide(
            image,
            window,
            overlap,
            lambda part, origin: self._answer(part, tasks, present, origin),
            margin=size.margin,
            where=brain,
            batch=1 if self.config.backbone.uses_origin else max(1, BATCH_VOXELS // prod(size.read)),
        )

    def _answer(
        self, image: Tensor, tasks: list[Task], present: Tensor, origin: Place = (0, 0, 0)
    ) -> dict[str, Tensor]:
        """Return probabilities for patches (B, S, d, h, w) of a case with the sequences (S,) that are present."""
        names = [task.name for task in tasks]
        answers: dict[str, list[Tensor]] = {name: [] for name in names}
        for axes in self.mirrors:
            turned = image.flip(axes).contiguous(memory_format=torch.channels_last_3d)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                logits = self.network(turned, names, origin=origin, present=present)
            for task in tasks:
                answer = task.probabilities(logits[task.name].float())
                answers[task.name].append(answer.flip(axes) if answer.ndim == 5 else answer)
        return {name: torch.stack(given).mean(0) for name, given in answers.items()}


def digest_inputs(case: Case, config: ExperimentConfig, digests: Digests) -> dict[str, str]:
    """Return column -> digest of each file of a case that a prediction reads.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    read = (*config.sequences, "brainmask")
    files = {column: file for column, file in case.files().items() if column in read}
    return digests_of_case(case, files, digests)


def _mirror_axes(names: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the axes of (1, S, D, H, W) to flip for each mirror image, the image itself first."""
    axes = [2 + "xyz".index(name) for name in sorted(set(names))]
    return [some for count in range(len(axes) + 1) for some in combinations(axes, count)]


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
