"""Cohort tables as people, spreadsheets and accidents make them: the same cases, or one line that says why not."""

import csv
import io
from itertools import count

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.cohort.manifest import format_manifest, read_manifest
from braintumornet.data.check.check_table import check_table, plan_check
from braintumornet.data.check.findings import Severity

from .harness import end_of, fuzz, untouched

COLUMNS = ("case_id", "patient_id", "cohort", "t1c", "t2f", "seg", "coding", "pathology", "split", "age")
SPELLINGS = {
    "case_id": ("case_id", "Case_ID", "case id", "CASE-ID"),
    "patient_id": ("patient_id", "Patient_ID", " patient id"),
    "cohort": ("cohort", "Cohort "),
    "t1c": ("t1c", "T1ce", "t1Gd"),
    "t2f": ("t2f", "FLAIR", " flair"),
    "seg": ("seg", "Seg", "SEG "),
    "coding": ("coding", "label_scheme", "Label Scheme"),
    "pathology": ("pathology", "Pathology"),
    "split": ("split", " Split", "SPLIT"),
    "age": ("age", "Age"),
}
WORDS = (
    *("", " ", "a", "A", "..", "/etc/passwd", "../../victim/split", "a\0b", "\x1b[31mred", "[/b]", "[link=x]y[/link]"),
    *("nan", "NA", "inf", "1e400", "-0", "train", "Test", "vla", "brats2013", "{", '{"1": "oedema"}'),
    *(
        '{"1": {"1": 1}}',
        "x" * 300,
        "é",
        "e\u0301",
        "\u202egpj",
        "\ufeff",
        "'",
        '"',
        ",",
        ";",
        "\t",
        "a\nb",
        "a\r\nb",
        "t1c.nii.gz",
    ),
    *("b.NII.GZ", "CON", "case_1", "case_10", "0", "-1", "--run", "%s", "{0}", "~", "$HOME", "case.", "a/b", "a\\b"),
    "=1+1",
)


def draw_rows(rng):
    names = [f"case_{number}" for number in range(1 + rng.integers(4))]
    return [
        {
            "case_id": name,
            "patient_id": f"p{number // 2}",
            "cohort": "gli",
            "t1c": f"{name}_t1c.nii.gz",
            "t2f": "" if rng.random() < 0.3 else f"{name}_t2f.nii",
            "seg": f"{name}_seg.nii.gz",
            "coding": "brats2023",
            "pathology": "hgg" if number % 2 else "mets",
            "split": ("train", "val", "test")[number // 2 % 3],
            "age": str(30 + number),
        }
        for number, name in enumerate(names)
    ]


def write(rows, header, separator=",", quoting=csv.QUOTE_MINIMAL, end="\n"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def known(case):
    """What a careful reader takes from a line."""
    files = {name: path.name for name, path in {**case.images, **case.targets}.items()}
    return case.id, case.patient_id, case.cohort, files, case.coding, case.pathology, case.split, dict(case.attributes)


def test_the_same_table_written_otherwise_is_the_same_cohort(tmp_path):
    numbers = count()

    def check(rng):
        rows, folder = draw_rows(rng), tmp_path / str(next(numbers))
        folder.mkdir()
        plain, other = folder / "plain.csv", folder / "other.csv"
        plain.write_text(write([[row[column] for column in COLUMNS] for row in rows], COLUMNS))
        columns = [str(column) for column in rng.permutation(COLUMNS)]
        header = [str(rng.choice(SPELLINGS[column])) for column in columns]
        pad = " " * int(rng.integers(3))
        cells = [[pad + row[column] + pad for column in columns] for row in rows]
        text = write(cells, header, quoting=int(rng.integers(2)), end=str(rng.choice(["\n", "\r\n"])))
        other.write_bytes((b"\xef\xbb\xbf" if rng.random() < 0.3 else b"") + text.encode())
        cohorts = [read_manifest(path) for path in (plain, other)]
        assert [known(case) for case in cohorts[0]] == [known(case) for case in cohorts[1]]
        again = folder / "again.csv"
        again.write_text(format_manifest(cohorts[1], folder))
        assert [known(case) for case in read_manifest(again)] == [known(case) for case in cohorts[0]]
        return "same"

    fuzz("tables written otherwise", check, share=0.25)


def spoil_cell(rng, rows, header):
    row = rows[rng.integers(len(rows))]
    place = rng.integers(len(header))
    row[place : place + 1] = [str(rng.choice(WORDS))]


def spoil_name(rng, rows, header):
    header[rng.integers(len(header))] = str(rng.choice([*WORDS, *COLUMNS, "spilt", "patientid", "T1", "t1w", "segx"]))


def repeat_line(rng, rows, header):
    rows.append(list(rows[rng.integers(len(rows))]))


def cut_line(rng, rows, header):
    del rows[rng.integers(len(rows))][rng.integers(len(header)) :]


def lengthen_line(rng, rows, header):
    rows[rng.integers(len(rows))].append("more")


def repeat_column(rng, rows, header):
    place = rng.integers(len(header))
    header.append(header[place])
    for row in rows:
        row.append(row[place] if place < len(row) else "")


def omit_column(rng, rows, header):
    place = rng.integers(len(header))
    for line in (header, *rows):
        del line[place : place + 1]


SPOIL = (spoil_cell, spoil_name, repeat_line, cut_line, lengthen_line, repeat_column, omit_column)


def damage_bytes(rng, content):
    kind, place = rng.integers(6), int(rng.integers(max(1, len(content))))
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + bytes([rng.integers(256)]) + content[place + 1 :]
    if kind == 2:
        return content[:place] + rng.bytes(int(rng.integers(1, 9))) + content[place:]
    if kind == 3:
        encoding = str(rng.choice(["utf-16", "utf-16-le", "utf-32", "cp1252"]))
        return content.decode("utf-8", "replace").encode(encoding, "replace")
    if kind == 4:
        return content.replace(b",", bytes(str(rng.choice([";", "\t", "|", "^"])), "ascii"))
    return content[:place] + b'"' + content[place:]


def safe_name(name):
    """What may become part of a file name on every system."""
    return (
        bool(name)
        and name not in (".", "..")
        and len(name.encode()) < 250
        and not any(c in name for c in "/\\\0\n\r\x1b")
    )


def test_a_spoilt_table_is_read_as_it_stands_or_refused_in_one_line(tmp_path):
    path = tmp_path / "table.csv"

    def check(rng):
        rows = [[row[column] for column in COLUMNS] for row in draw_rows(rng)]
        header = list(COLUMNS)
        for _ in range(rng.integers(1, 3)):
            SPOIL[rng.integers(len(SPOIL))](rng, rows, header)
        content = write(rows, header).encode()
        path.write_bytes(damage_bytes(rng, content) if rng.random() < 0.3 else content)
        with untouched(tmp_path):
            outcome = end_of(lambda: read_manifest(path))
            listed = end_of(lambda: read_table(path))
        if outcome.refusal:
            return "refused"
        cohort, table = outcome.value, listed.value
        assert not [*table.faults, *(fault for line in table.lines for fault in line.faults)], "read with known faults"
        assert all(safe_name(case.id) for case in cohort), [case.id for case in cohort]
        lines = {line.id: line for line in table.lines}
        assert [case.id for case in cohort] == list(lines), "a line was lost"
        assert all(case.split in (None, "train", "val", "test") for case in cohort)
        return "read"

    fuzz("spoilt tables", check)


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(4):
        for name in ("t1c.nii.gz", "t2f.nii", "seg.nii.gz"):
            voxels = rng.integers(1, 4 if name.startswith("seg") else 900, (8, 8, 8), dtype=np.int16)
            voxels[:2] = 0
            nib.Nifti1Image(voxels, np.eye(4)).to_filename(tmp_path / f"case_{number}_{name}")
    return tmp_path


def test_the_check_finds_what_training_would_refuse(files):
    path = files / "table.csv"

    def check(rng):
        rows = [[row[column] for column in COLUMNS] for row in draw_rows(rng)]
        header = list(COLUMNS)
        SPOIL[rng.integers(len(SPOIL))](rng, rows, header)
        path.write_text(write(rows, header))
        refused = end_of(lambda: read_manifest(path)).refusal
        outcome = end_of(lambda: check_table(table := read_table(path), plan_check(table, 1)))
        if outcome.refusal:
            assert refused, f"only the check refuses: {outcome.refusal}"
            return "refused"
        report = outcome.value
        findings = [*report.table, *(finding for case in report.cases for finding in case.findings)]
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        assert errors or not refused, f"training refuses ({refused}), the check finds nothing"
        return "with errors" if errors else "without errors"

    fuzz("checked tables", check, share=0.2)
