"""How often the tests of `btn compare` are right, on simulated studies whose effect is known.

OMP_NUM_THREADS=1 python benchmarks/statistics_simulation.py

The model of a paired difference, in split j, training (seed) s and patient i of its test side:

    effect + suits_i + sum of teaches_k over the n training patients k of split j / sqrt(n) + seed_js + noise_jsi

A patient keeps `suits` (how much better the arm suits him) and `teaches` (how much more the arm learns from him) in
every split, so splits that share test or training patients share what these do. Each study draws a new pool.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from braintumornet.statistics.hierarchical_bootstrap import two_level_interval
from braintumornet.statistics.paired_tests import MeanTest, corrected_t, seed_spread, smallest_effect
from braintumornet.statistics.rounding import exceeds_rounding

STUDIES = 2000
BATCH = 500  # studies at once in memory
RESAMPLES = 500
SEED = 20211129
TEST_SHARE = 15 / 70
ROUNDED_STUDIES = 20_000
SPREADS = (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)  # of the differences, in steps of the last decimal


@dataclass(frozen=True)
class StudyModel:
    """A study of repeated splits, and the standard deviations (Dice) that a paired difference is made of.

    By default those of the pLGG paper: 311 patients, six splits of 70/15/15, and differences between splits whose
    standard deviation is 0.050. About 30 % of that variance come from the test patients, 20 % from the training
    patients and 50 % from the seed.
    """

    patients: int = 311
    train: int = 218
    test: int = 47
    splits: int = 6
    seeds: int = 1
    folds: bool = False  # a cross-validation in place of repeated splits
    sd_patient: float = 0.13
    sd_training: float = 0.022
    sd_seed: float = 0.036
    sd_noise: float = 0.13

    @property
    def test_share(self) -> float:
        return 1 / (self.splits - 1) if self.folds else self.test / self.train

    def with_training_share(self, share: float) -> "StudyModel":
        """Return the model in which the training patients make this share of the variance of a split, not the seed."""
        networks = self.sd_training**2 + self.sd_seed**2
        of_training = share * (networks + (self.sd_patient**2 + self.sd_noise**2) / self.test)
        return replace(self, sd_training=of_training**0.5, sd_seed=(networks - of_training) ** 0.5)


def draw_sides(model: StudyModel, studies: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return who is trained on and who is tested, (studies, splits, patients) of booleans each."""
    if model.folds:
        order = rng.random((studies, 1, model.patients)).argsort(axis=-1)
        test = order % model.splits == np.arange(model.splits)[:, None]
        return ~test, test
    order = rng.random((studies, model.splits, model.patients), dtype=np.float32).argsort(axis=-1)
    return order < model.train, order >= model.patients - model.test


def simulate(model: StudyModel, studies: int, rng: np.random.Generator) -> np.ndarray:
    """Return paired differences without an effect, (studies, splits, seeds, patients), NaN where not tested."""
    train, test = draw_sides(model, studies, rng)
    shape = (studies, model.splits, model.seeds, model.patients)
    suits = rng.normal(0, model.sd_patient, (studies, 1, 1, model.patients))
    teaches = rng.normal(0, model.sd_training, (studies, model.patients))
    training = np.einsum("njp,np->nj", train, teaches) / np.sqrt(train.sum(axis=-1))
    seed = rng.normal(0, model.sd_seed, (*shape[:3], 1))
    differences = suits + training[:, :, None, None] + seed + rng.normal(0, model.sd_noise, shape)
    return np.where(test[:, :, None], differences, np.nan)


@dataclass(frozen=True)
class Outcome:
    """Shares of studies: the tests reject without an effect, the intervals cover it, the planted effect is found."""

    naive: float
    published: float
    corrected: float
    bootstrap_covers: float
    planted: float
    found: float
    correlation: float

    @property
    def corrected_covers(self) -> float:
        return 1 - self.corrected


def run(model: StudyModel, studies: int = STUDIES, bootstrapped: int = 400, seed: int = SEED) -> Outcome:
    """Simulate studies and test each; the last test is ours where a split has several seeds, else the published."""
    rng = np.random.default_rng(seed)
    runs, intervals = [], []
    for start in range(0, studies, BATCH):
        differences = simulate(model, min(BATCH, studies - start), rng)
        runs.append(np.nanmean(differences, axis=-1))
        intervals += [two_level_interval(study, RESAMPLES) for study in differences[: max(0, bootstrapped - start)]]
    by_run = np.concatenate(runs)  # (studies, splits, seeds)
    by_split = by_run.mean(axis=-1)
    spread = seed_spread(by_run)
    corrected = corrected_t(by_split, model.test_share, spread)
    planted = plant(corrected)
    shifted = corrected_t(by_split + planted, model.test_share, spread)
    within, mean_variance = by_split.var(axis=1, ddof=1).mean(), by_split.mean(axis=1).var()
    shared = mean_variance - within / model.splits
    return Outcome(
        naive=rejects(corrected_t(by_split, 0)),
        published=rejects(corrected_t(by_split, model.test_share)),
        corrected=rejects(corrected),
        bootstrap_covers=float(np.mean([low <= 0 <= high for low, high in intervals])) if intervals else np.nan,
        planted=planted,
        found=float(np.mean((shifted.p <= 0.05) & (shifted.mean > 0))),
        correlation=float(shared / (shared + within)),
    )


@dataclass(frozen=True)
class RoundedTable:
    """Studies without an effect whose values are told in few decimals.

    Args:
        splits: how many.
        spread: standard deviation of the difference of a split before rounding, in steps of the last decimal.
        values: patients of a split that have a value of their own; their differences are averaged.
        correlation: of the splits; 0.18 is what the correction for a test share of 15/70 is made for.
    """

    splits: int
    spread: float
    values: int = 1
    correlation: float = TEST_SHARE / (1 + TEST_SHARE)


def run_rounded(table: RoundedTable, studies: int, seed: int = SEED) -> tuple[float, float]:
    """Return how often there is a verdict without an effect: from the corrected t alone, and with our rule.

    The t alone is taken as sure where all splits differ by the same, not 0, as it was before the rule.
    """
    rng = np.random.default_rng(seed)
    shape = (studies, table.splits, table.values)
    common = table.correlation**0.5 * rng.standard_normal((studies, 1, 1))
    own = ((1 - table.correlation) * table.values) ** 0.5 * rng.standard_normal(shape)
    baseline = rng.uniform(60, 80, shape)
    arm = baseline + table.spread * (common + own)
    by_split = (np.rint(arm) - np.rint(baseline)).mean(axis=-1)
    rejected = corrected_t(by_split, TEST_SHARE).p <= 0.05
    same = (np.ptp(by_split, axis=-1) == 0) & (by_split[:, 0] != 0)
    told = exceeds_rounding(by_split, 1 / table.values)
    return float(np.mean(rejected | same)), float(np.mean(rejected & told))


def rejects(test: MeanTest) -> float:
    return float(np.mean(test.p <= 0.05))


def plant(test: MeanTest) -> float:
    """Return the effect that a study with the usual standard error says it would show with a power of 80 %."""
    variance = float(np.mean(test.standard_error**2))
    usual = replace(test, standard_error=np.float64(variance**0.5), df=np.float64(np.median(test.df)))
    return smallest_effect(usual)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


ROWS = (
    ("**six splits, one seed**", StudyModel()),
    ("twelve splits", StudyModel(splits=12)),
    ("twenty splits", StudyModel(splits=20)),
    ("six splits, 3 seeds", StudyModel(seeds=3)),
    ("six splits, 5 seeds", StudyModel(seeds=5)),
    ("5-fold cross-validation", StudyModel(splits=5, folds=True)),
    ("10-fold cross-validation", StudyModel(splits=10, folds=True)),
    ("six splits, training patients 0 %", StudyModel().with_training_share(0.0)),
    ("... 10 %", StudyModel().with_training_share(0.1)),
    ("... 30 %", StudyModel().with_training_share(0.3)),
    ("... 40 %", StudyModel().with_training_share(0.4)),
    ("... 70 %", StudyModel().with_training_share(0.7)),
)


def main() -> None:
    start = time.process_time()
    print(
        "| study | correlation of splits | naive t rejects | published correction rejects | ours rejects "
        "| our interval covers | bootstrap covers | planted effect | found |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for number, (name, model) in enumerate(ROWS):
        got = run(model, bootstrapped=400 if number else STUDIES)
        shares = (got.naive, got.published, got.corrected, got.corrected_covers, got.bootstrap_covers)
        cells = (
            f"{got.correlation:.2f}",
            *(percent(share) for share in shares),
            f"{got.planted:.3f}",
            percent(got.found),
        )
        print("|", " | ".join((name, *cells)), "|", flush=True)
    print(f"\n{STUDIES} studies a row, seed {SEED}; {time.process_time() - start:.0f} CPU s\n")
    print_rounded()


def print_rounded() -> None:
    """Print the worst share of wrong verdicts over all spreads, by the number of splits."""
    print("| splits | t alone, one value | ours, one value | t alone, mean of 5 | ours, mean of 5 |")
    print("|---|--:|--:|--:|--:|")
    for splits in range(2, 9):
        worst = [
            np.max([run_rounded(RoundedTable(splits, spread, values), ROUNDED_STUDIES) for spread in SPREADS], axis=0)
            for values in (1, 5)
        ]
        print("|", splits, "|", " | ".join(percent(share) for pair in worst for share in pair), "|", flush=True)
    print(f"\n{ROUNDED_STUDIES} studies for each of {len(SPREADS)} spreads, the worst of them; seed {SEED}")


if __name__ == "__main__":
    main()
