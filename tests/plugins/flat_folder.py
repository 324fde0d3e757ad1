"""A layout: all files in one folder, such as `anna.t1c.nii.gz` and `anna.seg.nii.gz`."""

from typing import Literal

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.errors import InputError
from braintumornet.layouts.layout import Layout


class FlatFolder(Layout):
    """Files `<patient>.<sequence>.nii.gz`; in masks, `<patient>.seg.nii.gz`, the labels are those of BraTS 2023."""

    kind: Literal["flat_folder"] = "flat_folder"

    def refusal(self, path):
        if any(find_sequence(name) for _, name, _ in self.files(path)):
            return None
        return "it holds no files such as <patient>.t1c.nii.gz"

    def read(self, folder, coding, needs_masks):
        if refusal := self.refusal(folder):
            raise InputError(f"{folder}: {refusal}")
        cases = []
        for patient in dict.fromkeys(patient for patient, _, _ in self.files(folder)):
            files = {name: file for owner, name, file in self.files(folder) if owner == patient}
            images = {find_sequence(name): file for name, file in files.items() if find_sequence(name)}
            targets = {"seg": files["seg"]} if "seg" in files else {}
            cases.append(Case(patient, patient, folder.name, images, targets, coding=coding or "brats2023"))
        return Cohort(folder.name, tuple(cases))

    def files(self, folder):
        for file in sorted(folder.glob("*.*.nii.gz")):
            patient, name = file.name.removesuffix(".nii.gz").rsplit(".", 1)
            yield patient, name, file
