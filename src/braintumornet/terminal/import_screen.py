"""What `btn import` and `btn export` show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.visits import split_visit
from braintumornet.layouts.write_nnunet import WrittenDataSet
from braintumornet.terminal import console
from braintumornet.terminal.screen import screen, show_table

MOST_ROWS = 20


def show_cohort(cohort: Cohort) -> None:
    """Show what a cohort's cases have, and how ids were read as visits of patients."""
    rows = [
        (
            case.id,
            " ".join(case.images),
            " ".join(case.targets) or "-",
            "yes" if case.brainmask else "-",
            case.coding or "-",
        )
        for case in cohort.cases[:MOST_ROWS]
    ]
    more = [(f"... {len(cohort) - MOST_ROWS} more",)] if len(cohort) > MOST_ROWS else []
    columns = ("case", "sequences", "masks", "brain mask", "coding")
    show_table(f"Cohort {cohort.name}", columns, [*rows, *more])
    visits = [case for case in cohort if split_visit(case.id) == (case.patient_id, case.value("session") or "")]
    if visits:
        one, patients = visits[0], len({case.patient_id for case in cohort})
        counted = f"{len(cohort)} case{'s' * (len(cohort) != 1)} of {patients} patient{'s' * (patients != 1)}"
        screen.print(
            f"{counted}: ids were read as patient and visit, such as {one.id} as patient_id {one.patient_id}, session "
            f"{one.value('session')}; correct the table where that is wrong"
        )


def show_structures(rows: Sequence[Mapping[str, str]]) -> None:
    """Show how many names of structures there are, by object and suggestion; the names themselves may be of persons."""
    counts = Counter((row["object"], row["region"] or "nobody can tell", row["target"]) for row in rows)
    cells = [(one, region, target, str(count)) for (one, region, target), count in sorted(counts.items())]
    show_table("Structures, as suggested", ("object", "region", "target", "names"), cells)


def show_export(written: WrittenDataSet) -> None:
    """Show what a data set of nnU-Net holds, and where its folds belong."""
    channels = ", ".join(f"{number} {sequence}" for number, sequence in enumerate(written.sequences))
    counted = f"{len(written.training)} cases in imagesTr, {len(written.test)} in imagesTs"
    screen.print(f"{counted}; channels {channels}; label scheme {written.label_scheme or '-'}; folds {written.folds}")
    if written.omitted:
        console.warn(f"left out {len(written.omitted)} cases that lack a sequence, such as {written.omitted[0]}")
    if written.folds:
        console.say(f"before training, copy splits_final.json to nnUNet_preprocessed/{written.folder.name}")


def print_export_json(written: WrittenDataSet) -> None:
    """Print the same for a program."""
    console.print_json(asdict(written))
