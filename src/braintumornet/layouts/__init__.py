"""One file per way that data lie on a disk: from a folder or a table to a cohort."""
