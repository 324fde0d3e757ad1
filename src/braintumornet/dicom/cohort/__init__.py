"""Contours and segmentations as the labels of a cohort: names of structures, regions, masks, the table of cases."""
