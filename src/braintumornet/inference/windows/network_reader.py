"""One network reads a case: all of it, or one patch."""

from collections.abc import Collection, Sequence
from itertools import combinations
from math import prod
from typing import Self

import numpy as np
import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case
from braintumornet.core.text.errors import require
from braintumornet.core.workers.parallel import GIB
from braintumornet.data.sampling.patch_sampler import cut_patch
from braintumornet.data.store.case_images import CaseImages
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.inference.windows.network_memory import NetworkMemory, allowed_bytes
from braintumornet.inference.windows.sliding_windows import Place, slide
from braintumornet.inference.windows.window_plan import plan_windows
from braintumornet.networks.checkpoint import load_weights
from braintumornet.networks.deepmedic.fuse_layers import fold_for_inference
from braintumornet.networks.device import choose_device, place, uses_bf16
from braintumornet.networks.fold_residual_blocks import fold_residual_blocks
from braintumornet.tasks.task import Task
from braintumornet.volumes.nifti import MOST_VOXELS, read_space

READ_BYTES = 12  # of each voxel of each image while a case is read; 8 to 10 were measured


class NetworkReader:
    """A network, and how it reads volumes.

    Args:
        network: its weights may go on changing; each answer is that of its moment.
        config: of the experiment that the network belongs to.
        options: what a person decided.
        one_pass: tasks whose maps are answered in one pass over the volume.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        config: ExperimentConfig,
        options: InferenceOptions | None = None,
        one_pass: Collection[str] = (),
    ) -> None:
        self.network = network
        self.config = config
        self.options = options or InferenceOptions()
        self.one_pass = one_pass
        self.device = next(network.parameters()).device
        self.mirrors = mirror_axes(config.inference.mirror if self.options.mirror is None else self.options.mirror)
        self.bf16 = uses_bf16(config.training.precision, self.device)
        self.memory = NetworkMemory(config, self.bf16)

    @classmethod
    def from_run(cls, run: TrainedRun, options: InferenceOptions) -> Self:
        """Load the network of a finished run, folded for inference.

        Raises:
            UsageError: it cannot be read as a person decided.
            InputError: a file in it is damaged.
        """
        config, one_pass = run.config, run.tasks_in_one_pass(options.reading)
        network = config.build_network()
        load_weights(network, run.folder.model)
        network = fold_residual_blocks(fold_for_inference(network))
        place(network, choose_device("cpu" if config.training.accelerator == "cpu" else "auto"))
        return cls(network, config, options, one_pass)

    def require_room(self, case: Case) -> None:
        """Refuse a case whose images alone would not fit, before any is read.

        Raises:
            InputError: says how large it is, and what is left.
        """
        there = [case.images[sequence] for sequence in self.config.sequences if sequence in case.images]
        allowed = allowed_bytes(self.options.max_memory_gib, torch.device("cpu"))
        if there and allowed is not None:
            shape = read_space(there[0]).shape
            if prod(shape) > MOST_VOXELS:
                return  # no image of a head, which is said where it is read
            needed = READ_BYTES * len(there) * prod(shape)
            require(
                needed <= allowed,
                f"{' x '.join(map(str, shape))} voxels of {len(there)} sequences take about {needed / GIB:.2g} GiB, "
                f"and {max(0, allowed) / GIB:.2g} GiB are left; allow more (--max-memory), or look at the image",
            )

    @torch.inference_mode()
    def read_volume(self, images: CaseImages, names: Collection[str]) -> tuple[dict[str, Tensor], list[str]]:
        """Return what the tasks of these names tell of a whole case, and what a reader of it must know.

        Maps come in one pass where that is as good; a class that is read from patches is averaged over windows.

        Returns:
            name -> probabilities (M, D, H, W) or (K,); and notes.
        """
        tasks = [task for task in self.config.tasks if task.name in names]
        whole = [task for task in tasks if task.name in self.one_pass]
        answers, notes = self._slide(images, whole, one_pass=True) if whole else ({}, [])
        if by_window := [task for task in tasks if task not in whole]:
            further, further_notes = self._slide(images, by_window, one_pass=False)
            answers, notes = answers | further, notes + further_notes
        return answers, list(dict.fromkeys(notes))

    @torch.inference_mode()
    def read_patch(self, images: CaseImages, centre: np.ndarray, name: str) -> Tensor:
        """Return what the task of this name tells of the patch around a voxel."""
        (task,) = (task for task in self.config.tasks if task.name == name)
        patch = torch.from_numpy(cut_patch(images.image, centre, self.config.patch_size().read))
        return self.answer(patch[None].to(self.device), [task], torch.from_numpy(images.present))[name][0]

    def answer(
        self, image: Tensor, tasks: Sequence[Task], present: Tensor, origin: Place = (0, 0, 0)
    ) -> dict[str, Tensor]:
        """Return probabilities for patches (B, S, d, h, w) of a case with the sequences (S,) that are present."""
        names = [task.name for task in tasks]
        answers: dict[str, list[Tensor]] = {name: [] for name in names}
        was_training = self.network.training
        self.network.eval()
        for axes in self.mirrors:
            turned = image.flip(axes).contiguous(memory_format=torch.channels_last_3d)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                logits = self.network(turned, names, origin=origin, present=present)
            for task in tasks:
                answer = task.probabilities(logits[task.name].float())
                answers[task.name].append(answer.flip(axes) if answer.ndim == 5 else answer)
        self.network.train(was_training)
        return {name: given[0] if len(given) == 1 else torch.stack(given).mean(0) for name, given in answers.items()}

    def _slide(self, images: CaseImages, tasks: Sequence[Task], one_pass: bool) -> tuple[dict[str, Tensor], list[str]]:
        """Answer for a volume in windows, where there is brain."""
        image, present = torch.from_numpy(images.image).to(self.device), torch.from_numpy(images.present)
        allowed = allowed_bytes(self.options.max_memory_gib, self.device)
        multiple = getattr(getattr(self.network, "backbone", None), "multiple", 1)
        plan = plan_windows(self.config, images.space.shape, multiple, one_pass, self.memory.bytes_of, allowed)
        answers = slide(
            image,
            plan.window,
            plan.overlap,
            lambda part, origin: self.answer(part, tasks, present, origin),
            margin=plan.margin,
            where=torch.from_numpy(images.brain),
            batch=plan.batch,
        )
        return answers, [plan.note] if plan.note else []


def mirror_axes(names: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the axes of (B, S, D, H, W) to flip for each mirror image, the image itself first."""
    axes = [2 + "xyz".index(name) for name in sorted(set(names))]
    return [some for count in range(len(axes) + 1) for some in combinations(axes, count)]
