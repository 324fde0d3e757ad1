"""A finished study's scores, and what is read off them: retention, cost, exposure, by volume, reliability."""
