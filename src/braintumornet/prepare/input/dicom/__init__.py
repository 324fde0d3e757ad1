"""DICOM series: sorted by their headers alone, split into stacks, stacked into volumes."""
