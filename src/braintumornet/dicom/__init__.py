"""Contours, segmentations and reports as DICOM objects: read, written, and sent to where they are needed."""
