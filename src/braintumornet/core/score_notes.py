"""What the notes of scores say of a case, so that whoever reads a table again understands them."""

NO_PREDICTION = "no prediction: counted as an empty one"
NO_ANSWER = "no prediction: counted as a wrong answer"
NO_VALUE = "no prediction: in no mean"
NOT_ASSESSED = "not assessed: counted as a failure"
SEEN = "seen in training"
_TRUTH = "truth: "


def note_truth(truth: str, seen: bool = False) -> str:
    """Return the note of a marker's probability.

    Args:
        truth: class of the case.
        seen: whether the network learned from the patient.

    Example:
        >>> note_truth("fusion", seen=True)
        'truth: fusion; seen in training'
    """
    return f"{_TRUTH}{truth}; {SEEN}" if seen else f"{_TRUTH}{truth}"


def read_truth(note: str) -> str | None:
    """Return the class that the note of a probability says, or None where it says none.

    Example:
        >>> read_truth("truth: fusion; seen in training"), read_truth("")
        ('fusion', None)
    """
    return note.removeprefix(_TRUTH).removesuffix(f"; {SEEN}") if note.startswith(_TRUTH) else None
