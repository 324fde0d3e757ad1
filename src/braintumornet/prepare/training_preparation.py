"""How the cases were prepared that a network learned from, and in what another case differs."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from braintumornet.core.cohort.case import Case
from braintumornet.core.json_record import Record
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.preparation_record import FILE, PreparationRecord, read_preparation
from braintumornet.prepare.settings import PrepareSettings

_SAID = {
    "space": "space",
    "atlas": "atlas",
    "atlas_sha256": "content of the atlas",
    "atlas_fit": "fit to the atlas",
    "correct_bias": "bias correction of the images",
}
"""What of the settings changes the look of the images -> its name for people."""


class TrainingPreparation(Record):
    """How most of the training cases were prepared.

    Args:
        settings: of the preparation.
        brainmasks: what made the brain masks.
        cases: how many training cases were prepared in this way.
        of: how many training cases there were.
    """

    settings: dict[str, Any]
    brainmasks: list[str]
    cases: int
    of: int

    def as_settings(self) -> PrepareSettings:
        """Return the settings with which another case is prepared alike; its atlas is to be given."""
        known = {name: value for name, value in self.settings.items() if name in PrepareSettings.model_fields}
        return PrepareSettings.model_validate({**known, "atlas": None})


def preparation_of(case: Case) -> PreparationRecord | None:
    """Return the history of a case that was prepared by this package and lies where it was written; else None."""
    for folder in {file.parent for file in case.images.values()}:
        if (folder / FILE).is_file():
            with suppress(InputError):
                record = read_preparation(folder)
                return record if record.case_id == case.id else None
    return None


def summarise_preparations(cases: Iterable[Case]) -> TrainingPreparation | None:
    """Return how most cases were prepared; None where none of them was, as far as is known."""
    found = [preparation_of(case) for case in cases]
    records = [record for record in found if record is not None]
    if not records:
        return None
    looks = [_look(record.settings) for record in records]
    usual = max(looks, key=looks.count)
    alike = [record for record, look in zip(records, looks, strict=True) if look == usual]
    masks = sorted({record.brainmask or "none" for record in alike})
    return TrainingPreparation(settings=alike[0].settings, brainmasks=masks, cases=len(alike), of=len(found))


def describe_difference(case: Case, learned: TrainingPreparation | None, from_phantoms: bool = False) -> list[str]:
    """Return what a reader of a prediction must know of how its case was prepared, against the training's.

    Args:
        case: that is predicted.
        learned: how the training cases were prepared; None where nothing is known of that.
        from_phantoms: whether they were phantoms alone, which nobody prepares.
    """
    record = preparation_of(case)
    if record is None:
        return []
    said = [f"preparation: {note}" for note in record.notes]
    if from_phantoms:
        return said
    if learned is None:
        space = record.settings.get("space")
        return [*said, f"prepared to the space {space}; how the training data were prepared is not known"]
    differ = [
        f"{name} {_value(record.settings.get(key))} instead of {_value(learned.settings.get(key))}"
        for key, name in _SAID.items()
        if record.settings.get(key) != learned.settings.get(key)
    ]
    mask = record.brainmask or "none"
    if mask not in learned.brainmasks:
        differ.append(f"brain mask by {mask} instead of {' or '.join(learned.brainmasks)}")
    return [*said, f"prepared in another way than the training data: {'; '.join(differ)}"] if differ else said


def _look(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: settings.get(key) for key in _SAID}


def _value(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text[:12] if len(text) == 64 else text
