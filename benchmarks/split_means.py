"""One small table of studies whose splits or replicates were done in parts: the mean of each arm, split and structure.

    python benchmarks/split_means.py OUTPUT.csv STUDY [STUDY ...] [--side val] [--metric dice auc]

OUTPUT.csv is what `btn compare` reads; the comparison is that of the scores of all cases, because a split counts by its
mean there, too. Arms and splits that stand in two studies are taken once, and must be equal.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from braintumornet.core.scores import Scores

PLACE = ["cohort", "task", "structure", "metric", "split", "replicate", "arm"]
DIGITS = 6


def main() -> None:
    """Read, average, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("studies", type=Path, nargs="+")
    parser.add_argument("--side", choices=("test", "val"), default="test")
    parser.add_argument("--metric", nargs="+", default=["dice", "auc"])
    given = parser.parse_args()
    parts = [means_of(study / f"scores_{given.side}.csv", given.metric) for study in given.studies]
    found = pd.concat(parts).drop_duplicates()
    twice = found[found.duplicated(PLACE)]
    if len(twice):
        sys.exit(f"two studies differ in {twice.iloc[0][PLACE].to_dict()}; were they trained by one version?")
    found = found.sort_values("split", key=lambda names: names.astype(str).str.zfill(4), kind="stable")  # 10 after 9
    found.to_csv(given.output, index=False, lineterminator="\n")
    print(f"{given.output}: {found['arm'].nunique()} arms, {found['split'].nunique()} splits")


def means_of(table: Path, metrics: list[str]) -> pd.DataFrame:
    """Return a row per arm, split, structure and metric of a study, with the mean of its cases."""
    if not table.is_file():
        sys.exit(f"{table} is not there yet; run `btn study` to its end")
    rows = Scores.read(table).frame
    rows = rows[rows["metric"].isin(metrics) & (rows["lesion"] == "") & ~rows["structure"].str.startswith("site ")]
    return rows.groupby(PLACE, sort=False, as_index=False)["value"].mean().round(DIGITS)


if __name__ == "__main__":
    main()
