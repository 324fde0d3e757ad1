"""What is done with every image of some examinations before anything is done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.recognition.recognise import recognise
from braintumornet.prepare.recognition.recognition import Recognition

MOST_SHOWN = 4
"""Questions of a case that its error shows in full."""


@dataclass(frozen=True)
class PlannedImage:
    """An image and what was decided about it."""

    image: SourceImage
    recognition: Recognition


@dataclass(frozen=True)
class Plan:
    """Every image that was found, case by case, and what was recognised.

    Args:
        rows: in the order in which the images were found.
    """

    rows: tuple[PlannedImage, ...]

    @cached_property
    def cases(self) -> Mapping[str, Sequence[PlannedImage]]:
        """Case id -> its rows, in order."""
        found: dict[str, list[PlannedImage]] = {}
        for row in self.rows:
            found.setdefault(row.image.case_id, []).append(row)
        return found

    def questions(self, case_id: str) -> list[PlannedImage]:
        """Return the rows of a case that wait for an answer."""
        return [row for row in self.cases[case_id] if row.recognition.decision == "ask"]

    def images_to_use(self, case_id: str, table: str = "plan.csv") -> dict[str, SourceImage]:
        """Return sequence -> image of a case that can be prepared.

        Args:
            case_id: whose.
            table: where the user reads the plan.

        Raises:
            InputError: a question is open, or no sequence was found; names the images.
        """
        if open_rows := self.questions(case_id):
            asked = " ".join(f"{row.image.name}: {_sentence(row.recognition.reason)}" for row in open_rows[:MOST_SHOWN])
            more = f" And {len(open_rows) - MOST_SHOWN} more." if len(open_rows) > MOST_SHOWN else ""
            msg = (
                f"case {case_id}: it waits for an answer. {asked}{more} Fill the column 'sequence' of its rows "
                f"in {table} with t1n, t1c, t2w, t2f or omit, and give the table back with --map {table}"
            )
            raise InputError(msg)
        used = {
            row.recognition.sequence: row.image
            for row in self.cases[case_id]
            if row.recognition.decision == "use" and row.recognition.sequence is not None
        }
        if not used:
            msg = f"case {case_id}: it has no image that is t1n, t1c, t2w or t2f; see the reasons in {table}"
            raise InputError(msg)
        return used


def make_plan(images: Iterable[SourceImage]) -> Plan:
    """Recognise the sequences of every case."""
    cases: dict[str, list[SourceImage]] = {}
    for image in images:
        cases.setdefault(image.case_id, []).append(image)
    return Plan(tuple(row for found in cases.values() for row in _plan_case(found)))


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def _plan_case(images: Sequence[SourceImage]) -> list[PlannedImage]:
    found = recognise(images)
    return [PlannedImage(image, recognition) for image, recognition in zip(images, found, strict=True)]
