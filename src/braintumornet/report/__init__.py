"""Results for people: console tables, progress, figures."""
