import re
import stat

import pytest

from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.pseudonyms import Pseudonyms


def test_a_patient_has_the_same_pseudonym_in_later_runs(tmp_path):
    key = tmp_path / "out" / "pseudonyms.csv"
    first = Pseudonyms(key).name({"DOE^JANE": ["1.2"], "ROE": ["3.4", "3.5"]})
    again = Pseudonyms(key).name({"ROE": ["3.4", "3.5"], "NEW": ["9"], "DOE^JANE": ["1.2"]})
    assert first.items() <= again.items()
    assert len(set(again.values())) == 4


def test_visits_are_counted_in_their_order_and_read_back_as_visits(tmp_path):
    names = Pseudonyms(None).name({"ROE": ["3.4", "3.5"], "DOE": ["1"]})
    patient, visit = split_visit(names["ROE", "3.5"])
    assert visit == "2"
    assert split_visit(names["ROE", "3.4"]) == (patient, "1")
    assert split_visit(names["DOE", "1"]) == (names["DOE", "1"], None)
    assert re.fullmatch(r"patient-[0-9a-f]{8}", patient)


def test_a_study_that_comes_later_is_the_next_visit(tmp_path):
    key = tmp_path / "key.csv"
    (first,) = Pseudonyms(key).name({"ROE": ["1"]}).values()
    assert Pseudonyms(key).name({"ROE": ["0", "1"]}) == {("ROE", "0"): f"{first}-2", ("ROE", "1"): first}


def test_nothing_is_computed_from_an_id(tmp_path):
    assert Pseudonyms(None).name({"ROE": ["1"]}) != Pseudonyms(None).name({"ROE": ["1"]})


def test_only_its_owner_reads_the_key_and_nothing_lies_beside_it(tmp_path):
    key = tmp_path / "pseudonyms.csv"
    Pseudonyms(key).name({"DOE^JANE": ["1.2"]})
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["pseudonyms.csv"]


def test_who_deletes_the_key_cuts_the_tie(tmp_path):
    key = tmp_path / "key.csv"
    before = Pseudonyms(key).name({"ROE": ["1"]})
    key.unlink()
    assert Pseudonyms(key).name({"ROE": ["1"]}) != before


def test_ids_with_commas_quotes_and_formulas_come_back(tmp_path):
    key, patients = tmp_path / "key.csv", {'a,"b"': ["1"], "=cmd()": ["2"], "Müller;Ömer": ["3"]}
    assert Pseudonyms(key).name(patients) == Pseudonyms(key).name(patients)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("case_id,patient_id\na,b\n", "is not a key of pseudonyms: expected a column 'study_uid'"),
        ("case_id,patient_id,study_uid\na,b\n", "line 2 is no pseudonym of a study; restore the file or delete it"),
        ("case_id,patient_id,study_uid\n../a,b,c\n", "case_id '../a' holds '/', which a file's name cannot have"),
    ],
)
def test_a_damaged_key_is_refused_and_kept(tmp_path, text, fault):
    key = tmp_path / "key.csv"
    key.write_text(text)
    with pytest.raises(InputError, match=re.escape(fault)):
        Pseudonyms(key).name({"ROE": ["1"]})
    assert key.read_text() == text
