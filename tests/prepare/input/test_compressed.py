"""Compressed DICOM: decoded by pydicom or by GDCM, or refused by the name of its syntax."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, HTJ2KLossless, JPEGLossless, RLELossless

from braintumornet.core.text.errors import InputError

from ..write_dicom import head_phantom, write_object, write_series
from .reading import only, require_same

SLOPES = {"slopes": lambda place: (0.5 + place / 10, -7.0 - place)}


def packed(stored: np.ndarray, compressor: str, folder: Path) -> tuple[bytes, str]:
    """Return a slice as SimpleITK packs it, and the syntax."""
    path = folder / "packed.dcm"
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.UseCompressionOn()
    writer.SetCompressor(compressor)
    writer.SetFileName(str(path))
    writer.Execute(sitk.GetImageFromArray(stored[None]))
    dataset = pydicom.dcmread(path)
    path.unlink()
    return next(generate_frames(dataset.PixelData, number_of_frames=1)), str(dataset.file_meta.TransferSyntaxUID)


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("compressor", ["JPEG", "JPEGLS", "JPEG2000"])
def test_lossless_jpeg_of_each_kind_is_decoded(tmp_path, compressor, enhanced):
    head = head_phantom()
    write_series(head, tmp_path, enhanced=enhanced, **SLOPES)
    for file in list(tmp_path.iterdir()):
        dataset = pydicom.dcmread(file)
        frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
        parts = [packed(frame, compressor, tmp_path) for frame in frames]
        dataset.PixelData = encapsulate([part for part, _ in parts])
        write_object(file, dataset, parts[0][1])
    require_same(only(tmp_path), head, atol=1.25)


def test_run_lengths_are_decoded(tmp_path):
    head = head_phantom()
    write_series(head, tmp_path, enhanced=True)
    (file,) = tmp_path.iterdir()
    dataset = pydicom.dcmread(file)
    dataset.compress(RLELossless)
    dataset.save_as(file)
    require_same(only(tmp_path), head)


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        (HTJ2KLossless, "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
        (UID("1.2.3.4"), "a way of its own"),
        (JPEGLossless, "JPEG Lossless, Non-Hierarchical (Process 14)"),
    ],
)
def test_what_cannot_be_decoded_is_refused_by_the_name_of_its_syntax(tmp_path, syntax, name):
    write_series(head_phantom(), tmp_path)
    for file in tmp_path.iterdir():
        dataset = pydicom.dcmread(file)
        dataset.PixelData = encapsulate([b"\xff\xd8no picture at all\xff\xd9"])
        write_object(file, dataset, syntax)
    with pytest.raises(InputError) as refused:
        only(tmp_path).read()
    assert str(refused.value).endswith(
        f"series-001: its pixels are compressed as {name}, which cannot be decoded here; export them uncompressed"
    )


def test_a_deflated_file_is_refused_before_it_is_inflated(tmp_path):
    write_series(head_phantom(), tmp_path, enhanced=True)
    (file,) = tmp_path.iterdir()
    dataset = pydicom.dcmread(file)
    write_object(file, dataset, "1.2.840.10008.1.2.1.99")
    with pytest.raises(InputError, match="holds no image"), pytest.warns(match="is deflated as a whole"):
        only(tmp_path)
