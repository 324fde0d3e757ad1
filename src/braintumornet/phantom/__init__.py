"""The embedded cohort: from a seed to labelled four-sequence heads with a tumour of a known genotype."""
