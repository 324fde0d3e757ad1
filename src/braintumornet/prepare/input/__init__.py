"""Examinations as they come: DICOM, NIfTI or NRRD files, sorted into images."""
