"""CPU seconds of DeepMedic `2017` for the brain's box of one case, as trained and folded, for several windows.

    python benchmarks/deepmedic_speed.py [--answered 29 45]

One thread, two sequences, three regions, float32 unless --bf16; a window of w answered voxels is a segment of w + 16.
"""

import argparse
from itertools import product
from time import process_time

import torch
from torch import Tensor, nn

from braintumornet.networks.deepmedic.deepmedic import DeepMedic
from braintumornet.networks.deepmedic.fuse_layers import fold_for_inference
from braintumornet.networks.device import place
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.segmentation import SegmentationTask

BOX = (136, 176, 136)
SEQUENCES = 2


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--answered", type=int, nargs="+", default=[29])
    options.add_argument("--bf16", action="store_true")
    given = options.parse_args()
    torch.set_num_threads(1)
    settings = DeepMedic(preset="2017")
    network = MultiTaskNetwork(settings, [SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))], SEQUENCES)
    networks: dict[str, nn.Module] = {"as trained": network.eval(), "folded": fold_for_inference(network)}
    padded = torch.randn(1, SEQUENCES, *(size + 2 * settings.reach for size in BOX))
    for answered, (name, each) in product(given.answered, networks.items()):
        place(each, torch.device("cpu"))
        seconds, windows = measure(each, padded, answered, settings.reach, given.bf16)
        print(f"segments of {answered + 16}, {windows} windows, {name}: {seconds:.1f} CPU s")


@torch.inference_mode()
def measure(network: nn.Module, padded: Tensor, answered: int, reach: int, bf16: bool) -> tuple[float, int]:
    """Return CPU seconds and number of windows for the whole box."""
    begin = process_time()
    corners = list(product(*(range(0, size, answered) for size in BOX)))
    for corner in corners:
        sizes = [min(answered, size - start) + 2 * reach for start, size in zip(corner, BOX, strict=True)]
        d, h, w = (slice(start, start + size) for start, size in zip(corner, sizes, strict=True))
        image = padded[:, :, d, h, w].contiguous(memory_format=torch.channels_last_3d)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            network(image, origin=corner)
    return process_time() - begin, len(corners)


if __name__ == "__main__":
    main()
