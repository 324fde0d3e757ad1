"""CPU seconds of a training step of DeepMedic `2017`: ours beside the original's operations in TensorFlow.

    pip install tensorflow-cpu==2.21.0
    python benchmarks/deepmedic_training.py [--rounds 5] [--steps 5] [--threads 1]

Ten segments of 25 voxels, two sequences, four classes, cross-entropy, L1 and L2, RMSProp. The original's step is built
here anew from the same operations as in its program (0.8): a graph run in a session, channels second but each
convolution's input and output turned round, as TensorFlow computes on a CPU. oneDNN is switched on for it where
TensorFlow would not choose it (without AVX-512), or it would take more than twice as long. It is the step alone:
drawing the segments and validating, which the original also does, are not in it, for ours neither. The two take turns.
"""

import argparse
import os
import statistics
from collections.abc import Callable
from itertools import pairwise
from time import perf_counter, process_time
from typing import Any

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "1"}  # read when TensorFlow is imported

import numpy as np
import tensorflow
import torch

from braintumornet.config import load_config
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.losses import task_losses
from braintumornet.training.distributed import start_processes
from braintumornet.training.optimiser import add_weight_penalty
from braintumornet.training.training_setup import set_up

tf = tensorflow.compat.v1
Step = Callable[[], float]

BATCH, SEGMENT, LOW, FACTOR, ANSWERED = 10, 25, 19, 3, 9
WIDTHS, WIDE, CLASSES, SEQUENCES = (30, 30, 40, 40, 40, 40, 50, 50), (150, 150), 4, 2
DROPOUT = (0.0, 0.5, 0.5)
RATE, RHO, EPSILON, MOMENTUM, L1, L2 = 1e-3, 0.9, 1e-4, 0.6, 1e-6, 1e-4


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--steps", type=int, default=5)
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    steps = {"ours": our_step(), "original": original_step(given.threads)}
    for name, step in steps.items():
        first, last = step(), [step() for _ in range(4)][-1]
        print(f"{name}: loss {first:.3f}, four steps later {last:.3f}")
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for _ in range(given.rounds):
        for name, step in steps.items():
            wall, cpu = perf_counter(), process_time()
            for _ in range(given.steps):
                step()
            measured[name].append(((perf_counter() - wall) / given.steps, (process_time() - cpu) / given.steps))
    for name, rounds in measured.items():
        for label, seconds in zip(("s", "CPU s"), zip(*rounds, strict=True), strict=True):
            low, high = min(seconds), max(seconds)
            print(f"{name}: {statistics.median(seconds):.2f} {label} a step ({low:.2f} to {high:.2f})")
    ratios = [ours[1] / theirs[1] for ours, theirs in zip(measured["ours"], measured["original"], strict=True)]
    print(f"ours / original, CPU s: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def our_step() -> Step:
    """Return one step of `glioma_deepmedic`, as the training does it once a batch is there."""
    config = load_config("glioma_deepmedic", ["training.precision=float32"])
    fabric = start_processes(config)
    network, weighting, optimizer = set_up(MultiTaskNetwork(config.backbone, config.tasks, SEQUENCES), config, fabric)
    size = SEGMENT + 2 * config.backbone.context_margin
    image = torch.randn(BATCH, SEQUENCES, size, size, size)
    tissue = torch.randint(0, CLASSES, (BATCH, 1, ANSWERED, ANSWERED, ANSWERED))
    masks = (tissue == torch.arange(1, CLASSES).view(1, -1, 1, 1, 1)).float()  # one for each tissue
    name = config.tasks[0].name
    present = torch.ones(BATCH, CLASSES - 1, dtype=torch.bool)
    batch = Batch(image, torch.ones(BATCH, SEQUENCES, dtype=torch.bool), {name: masks}, {name: present}, ())
    criteria = {name: config.tasks[0].criterion([])}
    network.train()

    def step() -> float:
        losses = task_losses(network(batch.image, truth=batch.targets), batch, criteria)
        weighting.backward(losses, [], fabric)
        add_weight_penalty(network, config.training.l1, config.training.l2)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return losses[name].item()

    return step


def original_step(threads: int) -> Step:
    """Return one step of the original in a TensorFlow session."""
    tf.disable_eager_execution()
    full = tf.placeholder("float32", [None, SEQUENCES, None, None, None])
    low = tf.placeholder("float32", [None, SEQUENCES, None, None, None])
    tissue = tf.placeholder("int32", [None, None, None, None])
    weights: list[Any] = []
    others: list[Any] = []
    low_end = original_pathway(low, weights, others)  # (B, 50, 3, 3, 3)
    for axis in (2, 3, 4):
        low_end = tf.repeat(low_end, FACTOR, axis=axis)
    joined = tf.concat([original_pathway(full, weights, others), low_end], axis=1)  # (B, 100, 9, 9, 9)
    for channels, width, dropout in zip((2 * WIDTHS[-1], *WIDE), (*WIDE, CLASSES), DROPOUT, strict=True):
        active = original_activation(joined, channels, dropout, others)
        joined = original_convolution(active, channels, width, 1, weights)
    probabilities = tf.nn.softmax(joined + per_channel(np.zeros(CLASSES), others), axis=1)
    chosen = tf.one_hot(tissue, CLASSES, axis=1) * tf.math.log(probabilities + 1e-6)
    loss = -tf.reduce_sum(chosen) / tf.cast(tf.size(tissue), "float32")
    penalty = L1 * sum(tf.reduce_sum(tf.abs(w)) for w in weights) + L2 * sum(tf.reduce_sum(w**2) for w in weights)
    updates = original_updates(loss + penalty, weights + others)
    session = tf.Session(
        config=tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
    )
    session.run(tf.global_variables_initializer())
    draw = np.random.default_rng(0)
    fed = {
        full: draw.normal(size=(BATCH, SEQUENCES, SEGMENT, SEGMENT, SEGMENT)),
        low: draw.normal(size=(BATCH, SEQUENCES, LOW, LOW, LOW)),
        tissue: draw.integers(0, CLASSES, (BATCH, ANSWERED, ANSWERED, ANSWERED)),
    }
    return lambda: float(session.run([loss, *updates], feed_dict=fed)[0])


def original_pathway(image: Any, weights: list[Any], others: list[Any]) -> Any:
    """Return eight convolutions, the first after a bias alone, the others after norm and PReLU."""
    features = original_convolution(image + per_channel(np.zeros(SEQUENCES), others), SEQUENCES, WIDTHS[0], 3, weights)
    for channels, width in pairwise(WIDTHS):
        active = original_activation(features, channels, 0.0, others)
        features = original_convolution(active, channels, width, 3, weights)
    return features


def original_activation(features: Any, channels: int, dropout: float, others: list[Any]) -> Any:
    """Return batch norm with the batch's moments, PReLU, dropout."""
    mean, variance = tf.nn.moments(features, axes=[0, 2, 3, 4], keep_dims=True)
    normed = (features - mean) / tf.sqrt(variance + np.finfo(np.float32).tiny)
    normed = per_channel(np.ones(channels), others) * normed + per_channel(np.zeros(channels), others)
    slope = per_channel(np.full(channels, 0.01), others)
    active = tf.maximum(0.0, normed) + slope * (normed - tf.abs(normed)) * 0.5
    return active * tf.floor(1 - dropout + tf.random.uniform(tf.shape(active))) if dropout else active


def original_convolution(features: Any, channels: int, width: int, kernel: int, weights: list[Any]) -> Any:
    """Return a convolution without padding; TensorFlow's for a CPU takes the channels last."""
    start = np.random.default_rng(len(weights)).normal(size=(width, channels, kernel, kernel, kernel))
    weights.append(tf.Variable((start * np.sqrt(2 / (channels * kernel**3))).astype("float32")))
    turned = tf.transpose(features, [0, 4, 3, 2, 1])
    answer = tf.nn.conv3d(turned, tf.transpose(weights[-1], [4, 3, 2, 1, 0]), strides=[1] * 5, padding="VALID")
    return tf.transpose(answer, [0, 4, 3, 2, 1])


def original_updates(loss: Any, variables: list[Any]) -> list[Any]:
    """Return RMSProp with Nesterov's momentum as assignments."""
    updates = []
    for variable, gradient in zip(variables, tf.gradients(loss, variables), strict=True):
        square, velocity = (tf.Variable(np.zeros(variable.shape, "float32")) for _ in range(2))
        new_square = RHO * square + (1 - RHO) * tf.square(gradient)
        step = RATE * gradient / tf.sqrt(new_square + EPSILON)
        new_velocity = MOMENTUM * velocity - step
        moved = variable + MOMENTUM * new_velocity - step
        updates += [tf.assign(square, new_square), tf.assign(velocity, new_velocity), tf.assign(variable, moved)]
    return updates


def per_channel(start: np.ndarray, others: list[Any]) -> Any:
    """Return a new parameter per channel, shaped for channels second."""
    others.append(tf.Variable(start.astype("float32")))
    return tf.reshape(others[-1], [1, -1, 1, 1, 1])


if __name__ == "__main__":
    main()
