"""Predictions as DICOM objects on a series: segmentation, structure set, report, and a picture of them."""
