"""How the predictions of one task are scored over a cohort: masks, markers, plain values."""
