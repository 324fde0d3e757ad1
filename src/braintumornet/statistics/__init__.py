"""Paired comparison of any table of scores: effects, intervals, verdicts. No torch; imports core only."""
