"""What augmentation costs: CPU milliseconds per patch, beside MONAI's, taken in turns in one run.

    OMP_NUM_THREADS=1 python benchmarks/augmentation.py [--rounds 5] [--patches 30]

Both do the same operations at nnU-Net's probabilities on 128x128x112 voxels of four sequences with a label: rotation
and scale 0.36, noise 0.1, blur 0.2, brightness 0.15, contrast 0.15, low resolution 0.25, gamma 0.3, flips 0.5 per axis.
MONAI turns each patch within itself; ours is sampled from as much of a head of 150x180x150 voxels as it needs, so that
nothing is missing in its corners. Reading that box is counted in neither.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from monai import transforms

from braintumornet.core.space import Shape
from braintumornet.data.data_settings import AugmentSettings, ProbabilitySettings
from braintumornet.data.transforms.augment import draw_augmentation
from braintumornet.data.transforms.intensity import vary_intensity_
from braintumornet.data.transforms.spatial import plan_warp, warp_patch

PATCH = (128, 128, 112)
HEAD = (150, 180, 150)
SPACING_MM = (1.0, 1.0, 1.0)
PRESENT = np.ones(4, dtype=bool)

NNUNET = AugmentSettings(
    flip=(0.5, 0.5, 0.5),
    affine=0.36,
    rotation_degrees=30,
    scale=(0.7, 1.3),
    blur_voxels=1.0,
    low_resolution=2.0,
    gamma_sd=0.2,
    contrast_sd=0.15,
    gain_sd=0.15,
    noise_sd=0.1,
    probability=ProbabilitySettings(blur=0.2, low_resolution=0.25, gamma=0.3, contrast=0.15, gain=0.15, noise=0.1),
)

ALONE = {
    "rotation and scale": {"affine": 1.0, "rotation_degrees": 30.0, "scale": (0.7, 1.3)},
    "elastic deformation": {"elastic_mm": 3.0},
    "flips": {"flip": (0.5, 0.5, 0.5)},
    "blur": {"blur_voxels": 1.0},
    "low resolution": {"low_resolution": 2.0},
    "thick slices": {"thick_slices": 5.0},
    "gamma": {"gamma_sd": 0.2},
    "contrast": {"contrast_sd": 0.15},
    "gain": {"gain_sd": 0.15},
    "bias field": {"bias_field_sd": 0.2},
    "noise": {"noise_sd": 0.1},
}


class Ours:
    """Draws and applies, from boxes that lie in memory as a worker has them after reading."""

    def __init__(self, settings: AugmentSettings, image: torch.Tensor, labels: torch.Tensor) -> None:
        self.settings = settings
        self.image, self.labels = image, labels
        self.out = torch.empty(4, *PATCH)  # a place in the batch
        self.rng = np.random.default_rng(0)

    def draw(self) -> Callable[[], object]:
        """Draw one patch and read what it needs; what is returned does the rest."""
        augmentation = draw_augmentation(self.rng, self.settings, PRESENT, np.multiply(PATCH, SPACING_MM))
        if augmentation.blur_voxels > 0:
            augmentation = replace(augmentation, blur_voxels=float(self.rng.uniform(0.5, 1.0)))  # MONAI's range
        start = self.rng.integers(0, np.subtract(HEAD, PATCH) + 1)
        warp = plan_warp(augmentation, PATCH, start, SPACING_MM)
        begin, shape = warp.source(HEAD)
        image, labels = cut(self.image, begin, shape), cut(self.labels, begin, shape)

        def apply() -> None:
            varied, _ = warp_patch(image, labels, warp, begin, self.out)
            vary_intensity_(varied, augmentation)

        return apply


def cut(volume: torch.Tensor, start: np.ndarray, shape: Shape) -> torch.Tensor:
    """Return a box of a volume (..., D, H, W), zero outside it."""
    box = torch.zeros((*volume.shape[:-3], *shape), dtype=volume.dtype)
    low = np.maximum(start, 0)
    high = np.minimum(start + np.array(shape), volume.shape[-3:])
    d, h, w = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low - start, high - start, strict=True))
    box[..., i, j, k] = volume[..., d, h, w]
    return box


class Monai:
    """The operations as MONAI has them."""

    def __init__(self, image: torch.Tensor, labels: torch.Tensor) -> None:
        d, h, w = PATCH
        self.image, self.labels = image[:, :d, :h, :w].contiguous(), labels[None, :d, :h, :w].contiguous()
        angle = np.pi / 6
        self.pipeline = transforms.Compose(
            [
                transforms.RandAffined(
                    ["image", "label"],
                    prob=0.36,
                    rotate_range=(angle,) * 3,
                    scale_range=(0.3,) * 3,
                    mode=("bilinear", "nearest"),
                    padding_mode="zeros",
                ),
                transforms.RandGaussianNoised("image", prob=0.1, std=0.1),
                transforms.RandGaussianSmoothd("image", (0.5, 1), (0.5, 1), (0.5, 1), prob=0.2),
                transforms.RandScaleIntensityd("image", 0.25, prob=0.15),
                transforms.RandAdjustContrastd("image", prob=0.15, gamma=(0.75, 1.25)),
                transforms.RandSimulateLowResolutiond("image", prob=0.25, zoom_range=(0.5, 1)),
                transforms.RandAdjustContrastd("image", prob=0.3, gamma=(0.7, 1.5)),
                *[transforms.RandFlipd(["image", "label"], 0.5, axis) for axis in range(3)],
            ]
        )
        self.pipeline.set_random_state(0)

    def draw(self) -> Callable[[], object]:
        image, labels = self.image.clone(), self.labels.clone()
        return lambda: self.pipeline({"image": image, "label": labels})


def measure(sources: dict[str, Ours | Monai], patches: int, rounds: int) -> dict[str, list[float]]:
    """Return, for each source, the mean CPU milliseconds per patch of every round; patches are taken in turns."""
    found: dict[str, list[float]] = {name: [] for name in sources}
    for source in sources.values():
        source.draw()()
    for _ in range(rounds):
        spent = dict.fromkeys(sources, 0.0)
        for _ in range(patches):
            for name, source in sources.items():
                apply = source.draw()
                begin = time.process_time()
                apply()
                spent[name] += time.process_time() - begin
        for name, seconds in spent.items():
            found[name].append(1000 * seconds / patches)
    return found


def report(title: str, found: dict[str, list[float]]) -> None:
    print(f"\n{title:38s} median   lowest ... highest round, CPU ms per patch")
    for name, rounds in found.items():
        print(f"{name:38s} {np.median(rounds):6.0f}   {min(rounds):6.0f} ... {max(rounds):.0f}")


def make_head(filled: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Return four sequences and a label: an ellipsoid of noise in empty space, or noise to the last corner."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(4, *HEAD, generator=generator)
    labels = torch.randint(0, 8, HEAD, generator=generator, dtype=torch.int32)
    if not filled:
        axes = [torch.linspace(-1, 1, size) ** 2 for size in HEAD]
        brain = axes[0][:, None, None] + axes[1][:, None] + axes[2] < 1
        image, labels = image * brain, labels * brain
    return image, labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patches", type=int, default=30, help="per round")
    wanted = parser.parse_args()
    torch.set_num_threads(1)  # as in a loader's process
    print(f"torch {torch.__version__}, one thread, {wanted.rounds} rounds of {wanted.patches} patches")
    for filled in (False, True):
        head = make_head(filled)
        found = measure({"ours": Ours(NNUNET, *head), "MONAI": Monai(*head)}, wanted.patches, wanted.rounds)
        report("no voxel is empty" if filled else "a head in empty space", found)
    head = make_head(filled=False)
    always = ProbabilitySettings(blur=1.0)
    alone = {name: Ours(AugmentSettings(**keys, probability=always), *head) for name, keys in ALONE.items()}
    report("ours, one operation at probability 1", measure(alone, max(1, wanted.patches // 10), wanted.rounds))


if __name__ == "__main__":
    main()
