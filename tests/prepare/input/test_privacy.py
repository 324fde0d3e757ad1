"""No name, id, date or free text of a header reaches a screen, a log or an error."""

import logging

import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.pseudonyms import Pseudonyms

from ..write_dicom import head_phantom, write_series

SECRETS = ("DOE", "JANE", "19700101", "20240105", "secret")
HEADER = {
    "SeriesDescription": "secret of DOE",
    "ProtocolName": "JANE",
    "StationName": "secret",
    "PatientBirthDate": "19700101",
    "ContrastBolusAgent": "secret",
    "SequenceName": "secret",
    "SpecificCharacterSet": "DOE_JANE",  # pydicom warns of a value that it does not know, and shows it
    "AcquisitionTime": "secret",
    "ImageType": ["ORIGINAL", "PRIMARY", "DOE^JANE"],
    "Modality": "MR",
    0x00180081: ("DS", "3.123456789012345678901"),
}


@pytest.mark.parametrize("spoil", [None, "cut", "noise"])
def test_nothing_of_the_patient_is_said(tmp_path, capfd, caplog, recwarn, spoil):
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "in"
    write_series(head_phantom(), folder, header=HEADER)
    write_series(head_phantom(), folder, number=2, header={"SeriesDescription": "secret"})
    for number, file in enumerate(sorted(folder.iterdir())):
        content = file.read_bytes()
        if spoil == "cut":
            file.write_bytes(content[: len(content) - 60 * number])
        elif spoil == "noise":
            file.write_bytes(content.replace(b"1.2.840.10008.5.1.4.1.1.4", b"DOE^JANE"))
        file.rename(folder / f"DOE_JANE_{number}")
    recwarn.clear()
    caplog.clear()  # of what pydicom said when the files were written
    said = []
    try:
        images = find_images(folder, Pseudonyms(tmp_path / "key.csv"))
    except InputError as error:
        images, said = [], [str(error)]
    for image in images:
        said += [repr(image), str(image.problem), *image.notes]
        try:
            image.read()
        except InputError as error:
            said.append(str(error))
    out, err = capfd.readouterr()
    said += [out, err, caplog.text, *(str(warning.message) for warning in recwarn)]
    assert [text for text in said for secret in SECRETS if secret in text] == []


def test_files_that_cannot_be_read_are_counted_not_named(tmp_path):
    write_series(head_phantom(), tmp_path)
    (tmp_path / "DOE").write_bytes(bytes(128) + b"DICM" + b"DOE^JANE")
    with pytest.warns(match="1 of 11 DICOM files cannot be read and are left out") as warned:
        find_images(tmp_path)
    assert "DOE" not in str(warned[0].message)
