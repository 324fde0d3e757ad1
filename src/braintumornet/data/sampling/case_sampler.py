"""Which case a sample shows: groups of cases in shares that are kept in every stretch of samples, not only on average.

Sample number i belongs to a group by its place in a round, and shows the next case of that group's own shuffled order.
Both follow from the seed and the number alone, so that a resumed training and many workers draw the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, lcm, sqrt

import numpy as np

from braintumornet.core.text.errors import UsageError, require
from braintumornet.data.data_settings import SamplingSettings

FINEST_SHARE = 1000  # shares that are no simple fractions are kept to a thousandth
COUNTED = 100  # how often a case of the least drawn group counts, so that ratios are right to half a hundredth


@dataclass(frozen=True)
class SamplingPlan:
    """Who is drawn when.

    Args:
        members: for each group, the indices of its cases.
        round: int (M,), the group of each place in a round; rounds follow each other without end.
        before: int (M,), how often the same group came before in the round.
        seed: of the order within the groups.
    """

    members: tuple[np.ndarray, ...]
    round: np.ndarray
    before: np.ndarray
    seed: int

    def case_of(self, number: int) -> int:
        """Return the index of the case that a sample shows.

        Every case of a group comes once before any of them comes again.

        Args:
            number: of the sample, any non-negative integer.
        """
        rounds, place = divmod(number, len(self.round))
        group = int(self.round[place])
        turn = rounds * int(np.count_nonzero(self.round == group)) + int(self.before[place])
        epoch, position = divmod(turn, len(self.members[group]))
        order = np.random.default_rng([self.seed, 1, epoch, group]).permutation(self.members[group])
        return int(order[position])


def plan_sampling(groups: Sequence[str | None], settings: SamplingSettings, seed: int) -> SamplingPlan:
    """Return who is drawn when.

    Args:
        groups: what each case has in the column `settings.by`.
        settings: how large the share of each group is.
        seed: of the order within the groups.

    Raises:
        UsageError: the shares do not fit the groups.

    Example:
        >>> draw = plan_sampling(["hgg", "hgg", "hgg", "mets"], SamplingSettings(kind="uniform"), seed=0)
        >>> [draw.case_of(number) == 3 for number in range(6)]
        [False, True, False, True, False, True]
    """
    names, members = _members(groups, settings)
    places = spread(_slots(names, [len(indices) for indices in members], settings))
    before = np.empty_like(places)
    for group in range(len(names)):
        before[places == group] = np.arange(np.count_nonzero(places == group))
    return SamplingPlan(members, places, before, seed)


def count_samples(groups: Sequence[str | None], settings: SamplingSettings) -> list[int]:
    """Return how often each case is drawn beside the others, in whole numbers: once each where all come equally often.

    Args:
        groups: what each case has in the column `settings.by`.
        settings: how large the share of each group is.

    Raises:
        UsageError: the shares do not fit the groups.

    Example:
        >>> count_samples(["hgg", "hgg", "mets"], SamplingSettings(kind="uniform"))
        [100, 100, 200]
    """
    names, members = _members(groups, settings)
    slots = _slots(names, [len(indices) for indices in members], settings)
    often = np.empty(len(groups))
    for indices, slot in zip(members, slots, strict=True):
        often[indices] = slot / len(indices)
    often /= often.min()
    return [1] * len(groups) if np.allclose(often, 1) else np.rint(COUNTED * often).astype(int).tolist()


def _members(
    groups: Sequence[str | None], settings: SamplingSettings
) -> tuple[list[str | None], tuple[np.ndarray, ...]]:
    """Return the names of the groups and the indices of their cases, after checking that the shares fit them."""
    names = sorted(set(groups), key=str)
    _require_groups(names, settings)
    return names, tuple(np.array([index for index, group in enumerate(groups) if group == name]) for name in names)


def _require_groups(names: Sequence[str | None], settings: SamplingSettings) -> None:
    require(
        settings.kind == "proportional" or any(name is not None for name in names),
        f"data.sampling: no training case has anything in the column {settings.by!r}; fill it, or sample by another",
        UsageError,
    )
    found = ", ".join("(blank)" if name is None else name for name in names)
    require(
        settings.kind != "quota" or set(settings.shares) == set(names),
        f"data.sampling: shares are given for {', '.join(settings.shares)}, but {settings.by!r} of the training cases "
        f"is {found}; give each its share",
        UsageError,
    )


def _slots(names: Sequence[str | None], sizes: Sequence[int], settings: SamplingSettings) -> list[int]:
    """Return how often each group comes in a round."""
    if settings.kind == "proportional":
        return list(sizes)
    if settings.kind == "uniform":
        return [1] * len(sizes)
    if settings.kind == "sqrt":
        return in_whole_numbers([sqrt(size) for size in sizes])
    return in_whole_numbers([settings.shares[str(name)] for name in names])


def in_whole_numbers(shares: Sequence[float]) -> list[int]:
    """Return small whole numbers in the ratio of the shares, exact where these are simple fractions.

    Example:
        >>> in_whole_numbers([0.5, 0.25, 0.25]), in_whole_numbers([0.333333, 0.666667]), in_whole_numbers([2**0.5, 1])
        ([2, 1, 1], [1, 2], [577, 408])
    """
    total = sum(shares)
    fractions = [Fraction(share / total).limit_denominator(FINEST_SHARE) for share in shares]
    if sum(fractions) != 1:
        fractions = [Fraction(max(1, round(FINEST_SHARE * share / total)), FINEST_SHARE) for share in shares]
    whole = lcm(*(fraction.denominator for fraction in fractions))
    return [int(fraction * whole) for fraction in fractions]


def spread(counts: Sequence[int]) -> np.ndarray:
    """Return a round in which each group comes so often, as evenly as can be.

    After any number of places no group is a whole place away from its share, and a stretch as long as a multiple of the
    shares' common denominator holds them exactly: Tijdeman, "The chairman assignment problem", Discrete Mathematics 32
    (1980).

    Args:
        counts: of each group, positive.

    Returns:
        int array of groups.

    Example:
        >>> spread([2, 1, 1]).tolist(), spread([6, 6]).tolist(), spread([4, 1]).tolist()
        ([0, 1, 2, 0], [0, 1], [0, 0, 1, 0, 0])
    """
    wanted = np.array(counts) // np.gcd.reduce(counts)
    length, slack = int(wanted.sum()), max(1, 2 * len(wanted) - 2)
    done = np.zeros_like(wanted)
    places = np.empty(length, dtype=int)
    for place in range(length):
        owed = slack * ((place + 1) * wanted - length * done)  # in parts of 1 / (slack * length) of a place
        until_late = np.where(owed >= length, (length * (slack - 1) - owed) / wanted, inf)
        places[place] = group = int(np.argmin(until_late))
        done[group] += 1
    return places
