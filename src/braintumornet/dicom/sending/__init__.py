"""DICOM objects sent to where they are needed: nodes by C-STORE, DICOMweb services by STOW-RS."""
