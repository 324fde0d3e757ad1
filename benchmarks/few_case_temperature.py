"""Whether the temperature of a marker that was fitted to few cases makes its probabilities better or worse.

OMP_NUM_THREADS=1 python benchmarks/few_case_temperature.py

Networks of three classes whose logits (standard deviation 1.5) are too large by a known factor are calibrated on a few
cases, with and without the prior of `fit_class_temperature`, and tried on 3,000. Prints the means over 200
calibration sets, seed 0.
"""

import numpy as np

from braintumornet.metrics.calibration import calibration_error
from braintumornet.uncertainty.temperature import LIMITS, SMALLEST, fit_class_temperature, temper_classes

FACTORS, CASES, SETS, TRIED = (0.6, 1.0, 1.5, 2.0, 3.0), (9, 19, 49, 99), 200, 3000
SPREAD = 1.5
GRID = np.exp(np.linspace(*np.log(LIMITS), 200))


def draw(rng: np.random.Generator, cases: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities (N, 3) of a network that is too sure by a factor, and the true classes (N,)."""
    honest = np.exp(rng.normal(0, SPREAD, (cases, 3)))
    honest /= honest.sum(axis=1, keepdims=True)
    truth = (rng.random(cases)[:, None] > honest.cumsum(axis=1)).sum(axis=1).clip(max=2)
    return temper_classes(honest, 1 / factor), truth


def log_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean negative log-likelihood."""
    return float(-np.log(np.clip(probabilities[np.arange(len(truth)), truth], SMALLEST, None)).mean())


def without_prior(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature with the lowest negative log-likelihood."""
    return float(min(GRID, key=lambda temperature: log_loss(temper_classes(probabilities, temperature), truth)))


def judge(probabilities: np.ndarray, truth: np.ndarray, temperature: float) -> tuple[float, float]:
    """Return log loss and calibration error with a temperature."""
    tempered = temper_classes(probabilities, temperature)
    right = tempered.argmax(axis=1) == truth
    error = calibration_error(tempered.max(axis=1), right, np.ones((1, len(truth))))[0]
    return log_loss(tempered, truth), float(error)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    print(
        "| Too sure by | cases | log loss: untouched | without prior | with | error: untouched | without prior | with |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for factor in FACTORS:
        tried = draw(rng, TRIED, factor)
        for cases in CASES:
            sets = [draw(rng, cases, factor) for _ in range(SETS)]
            found = [[1.0, without_prior(*one), fit_class_temperature(*one)] for one in sets]
            judged = np.mean([[judge(*tried, temperature) for temperature in one] for one in found], axis=0)
            losses, errors = (" | ".join(f"{value:.3f}" for value in column) for column in judged.T)
            print(f"| {factor} | {cases} | {losses} | {errors} |", flush=True)


if __name__ == "__main__":
    main()
