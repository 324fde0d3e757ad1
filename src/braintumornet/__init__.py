"""Multi-task brain-tumour segmentation in MRI. Research use; not for clinical decisions."""

__version__ = "0.1.0"
