"""Scores of masks and markers, one file per family: overlap, surface, lesions, markers, calibration."""
