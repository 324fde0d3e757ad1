"""The page of a case as a file: what it says, what it holds, and that nothing in it can run but our own scripts."""

import base64
import gzip
import json
import re
from hashlib import sha256
from itertools import pairwise

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import io_orientation

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.measures_record import LesionMeasures, RegionMeasures
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import FileRecord, MarkerRecord, OutlineRecord, PredictionRecord
from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError
from braintumornet.output.measures import measure_masks
from braintumornet.report.case.case_slices import draw_slices, group_places
from braintumornet.report.case.case_volumes import CaseVolumes, read_case_volumes
from braintumornet.report.case.lesion_places import Place
from braintumornet.report.case.viewer_files import make_viewer_files
from braintumornet.report.case_page import write_case_page
from braintumornet.volumes.nifti import read_labels, read_volume, write_volume
from braintumornet.volumes.volume import Volume

REGIONS = ["WT", "TC", "ET"]


@pytest.fixture
def predicted(phantoms, tmp_path):
    """The expert's mask of a phantom as if a network had predicted it, under any id."""
    case = phantoms.cases[0]

    def write(case_id="case-1", **options):
        labels = read_labels(case.targets["seg"])
        file = FileRecord(name="case-1_tumour.nii.gz", coding=str(case.coding), regions=REGIONS)
        write_volume(labels, tmp_path / file.name)
        outline = OutlineRecord(target="seg", regions=REGIONS, files=[file], volume_ml={"WT": 52.31, "TC": 4.0})
        marker = MarkerRecord(target="genotype", probabilities={"fusion": 0.2, "v600e": 0.8})
        options = {"segmentation": {"glioma": outline}, **options}
        content = {"classification": {"genotype": marker}, **options}
        return PredictionRecord(case_id=case_id, **content), PredictionFolder(tmp_path)

    return write


@pytest.fixture
def page(phantoms, predicted, tmp_path, read_page):
    def write(images=None, card="", **options):
        record, folder = predicted(**options)
        path = tmp_path / "page.html"
        write_case_page(record, folder, phantoms.cases[0].images if images is None else images, path, card)
        return read_page(path)

    return write


def unpacked(page, name):
    """The NIfTI file that an element of the page carries."""
    packed = re.search(f'id="{name}">([^<]*)<', page.html)[1]
    return nib.Nifti1Image.from_bytes(gzip.decompress(base64.b64decode(packed)))


def given(page):
    return json.loads(re.search(r'id="case-data">([^<]*)<', page.html)[1])


def test_the_page_has_measures_markers_and_what_it_is_for(page, predicted):
    outline = predicted()[0].segmentation["glioma"]
    files = [outline.files[0].model_copy(update={"regions": ["WT", "TC"]})]
    outline = outline.model_copy(update={"files": files, "not_assessed": {"ET": "needs t1c, which is missing"}})
    found = page(
        segmentation={"glioma": outline},
        notes=["t1n was missing: /data/Jane/x.nii.gz"],
        seen_in_training=True,
        card="# The card",
    )
    assert found.table("region")[1:] == [
        ["WT, whole tumour", "52.3", "-"],
        ["TC, tumour core", "4.0", "-"],
        ["ET, enhancing tumour", "not assessed", "not assessed"],
    ]
    assert [row[1:] for row in found.table("marker")[1:]] == [["v600e", "0.80"], ["fusion", "0.20"]]
    assert found.text.count("research use; not for clinical decisions") == 2
    assert "seen in training" in found.text
    assert "ET, enhancing tumour is not assessed, because it needs t1c, which is missing." in found.text
    assert "t1n was missing: x.nii.gz" in found.text
    assert "Jane" not in found.html
    assert "# The card" in found.text


def test_headings_go_down_step_by_step_and_every_control_has_a_name(page):
    found = page()
    levels = [int(level[1]) for level, _ in found.headings]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert any(tag == "canvas" and about.get("role") == "img" and about["aria-label"] for tag, about in found.tags)
    assert any(about.get("aria-live") == "polite" for _, about in found.tags)
    labels = re.findall(r"<label[^>]*>(.*?)</label>", found.html, re.DOTALL)
    assert sum(text.count("<input") + text.count("<select") for text in labels) == found.count("input") + found.count(
        "select"
    )


def test_the_viewer_gets_the_case_cut_to_the_head(page, phantoms):
    found = page()
    case = phantoms.cases[0]
    told = given(found)
    assert told["sequences"] == ["t2f", "t1c", "t2w", "t1n"]
    assert [region["name"] for region in told["tasks"][0]["regions"]] == REGIONS
    image, mask = unpacked(found, "image-0"), unpacked(found, "mask-0")
    assert image.get_data_dtype() == np.uint8
    assert np.allclose(image.affine, mask.affine)
    assert np.allclose(image.affine[:3], told["affine"])
    whole = nib.load(case.images["t2f"])
    assert 0 < np.prod(image.shape) < np.prod(whole.shape)
    first = np.linalg.inv(image.affine) @ np.array([*told["lesions"][0]["mm"], 1])
    x, y, z = np.rint(first[:3]).astype(int)
    assert np.asarray(mask.dataobj)[x, y, z] & 1  # the lesion lies in WT, wherever the box was cut
    seg = nib.load(case.targets["seg"])
    assert np.count_nonzero(mask.dataobj) == np.count_nonzero(seg.dataobj)


def test_nothing_runs_that_is_not_ours(page):
    found = page(case_id="<script>alert(1)</script>", notes=["<img src=x onerror=alert(2)>"], card="</script><b>x</b>")
    (policy,) = (about["content"] for tag, about in found.tags if tag == "meta" and "http-equiv" in about)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.split(";")[1]
    assert "http:" not in policy
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", found.html, re.DOTALL)
    (own,) = (text for about, text in scripts if "type=" not in about)
    assert f"'sha256-{base64.b64encode(sha256(own.encode()).digest()).decode()}'" in policy
    library = re.search(r'id="niivue-library">([^<]*)<', found.html)[1]
    held = gzip.decompress(base64.b64decode(library))
    assert f"'sha256-{base64.b64encode(sha256(held).digest()).decode()}'" in policy
    assert "<script>alert" not in found.html
    assert "<img" not in found.html
    assert given(found)["label"] == "Images of case <script>alert(1)</script>"


def measured(file, labels, coding):
    """The outline of a mask file with its measures, as a prediction has them."""
    masks = dict(zip(REGIONS, region_masks(labels.array, coding, REGIONS), strict=True))
    regions = measure_masks(masks, labels.space).regions
    record = FileRecord(name=file.name, coding=coding, regions=REGIONS)
    volume_ml = {name: one.volume_ml for name, one in regions.items()}
    return OutlineRecord(target="seg", regions=REGIONS, files=[record], volume_ml=volume_ml, measures=regions)


@pytest.mark.parametrize("axes", ["RAS", "LPI"])
def test_lesions_are_listed_and_shown_where_they_were_measured(page, phantoms, tmp_path, axes):
    case = phantoms.cases[0]
    labels = read_labels(case.targets["seg"])
    turned = nib.as_closest_canonical(nib.Nifti1Image(labels.array, labels.space.affine))
    turned = turned.as_reoriented(io_orientation(np.diag([*(1 if a in "RAS" else -1 for a in axes), 1])))
    native = Volume(np.asarray(turned.dataobj), Space(turned.shape, turned.affine))
    write_volume(native, tmp_path / "m.nii.gz")
    outline = measured(tmp_path / "m.nii.gz", native, str(case.coding))
    found = page(segmentation={"glioma": outline})
    lesions = [("ET", lesion) for lesion in outline.measures["ET"].lesions]
    lesions += [("WT", lesion) for lesion in outline.measures["WT"].lesions]
    rows = found.table("lesion")[1:]
    assert [row[0] for row in rows] == [f"{region} {lesion.number}" for region, lesion in lesions]
    first = lesions[0][1].diameters
    assert rows[0][3:] == [f"{first.longest_mm:.0f} x {first.perpendicular_mm:.0f}", "yes", str(first.slice)]
    assert "measurable by RANO, 10 x 10 mm" in found.text
    told = given(found)
    assert len(told["lesions"]) == len(rows)
    assert sum("data-lesion" in about for _, about in found.tags) == len(rows)
    mask = unpacked(found, "mask-0")
    x, y, z = np.rint((np.linalg.inv(mask.affine) @ [*told["lesions"][0]["mm"], 1])[:3]).astype(int)
    assert np.asarray(mask.dataobj)[x, y, z] & 4  # in ET
    assert told["slices"]["first"] + told["slices"]["step"] * z == first.slice
    assert f"ET 1 ({rows[0][1]} ml, {rows[0][3]} mm)" in found.text
    assert f"axial slice {first.slice}" in found.text


def test_what_a_calibration_says_is_on_the_page(page, predicted, phantoms, tmp_path):
    outline = predicted()[0].segmentation["glioma"]
    lesion = LesionMeasures(number=1, volume_ml=9.0, centroid_mm=[0.0, 0.0, 0.0], probability=0.87)
    entropy = read_volume(phantoms.cases[0].images["t2f"])
    write_volume(entropy, tmp_path / "entropy.nii.gz")
    sure = outline.model_copy(
        update={
            "volume_interval_ml": {"WT": (40.0, 60.5)},
            "measures": {"WT": RegionMeasures(volume_ml=9.0, number_of_lesions=1, lesions=[lesion])},
            "entropy_file": "entropy.nii.gz",
        }
    )
    markers = {
        "sure": MarkerRecord(target="a", probabilities={"x": 0.9, "y": 0.1}, set=["x"]),
        "open": MarkerRecord(target="b", probabilities={"x": 0.6, "y": 0.4}, set=["x", "y"]),
    }
    found = page(segmentation={"glioma": sure}, classification=markers, calibration="90 % on average, from 12 cases.")
    assert found.table("region")[1] == ["WT, whole tumour", "52.3", "40.0 to 60.5", "1"]
    assert found.table("region")[2][2] == "-"
    assert found.table("lesion")[1][:3] == ["WT 1", "9.0", "87 %"]
    assert [row[0::3] for row in found.table("marker")[1:]] == [
        ["sure", "possible"],
        ["sure", "excluded"],
        ["open", "cannot say"],
        ["open", "cannot say"],
    ]
    assert found.text.count("90 % on average, from 12 cases.") == 2
    assert given(found)["sequences"] == ["t2f", "t1c", "t2w", "t1n", "entropy (glioma)"]


def test_lesions_near_each_other_share_their_slices(phantoms):
    space = Space((40, 40, 40), np.eye(4))
    case = CaseVolumes(space, {}, {"a": {}, "b": {}})
    places = [
        Place("1", (5, 5, 5), "a"),
        Place("2", (9, 9, 9), "a"),
        Place("3", (30, 5, 5), "a"),
        Place("4", (5, 5, 5), "b"),
    ]
    assert [[place.title for place in group] for group in group_places(case, places)] == [["1", "2"], ["3"], ["4"]]


def test_specks_have_no_slices():
    space = Space((40, 40, 40), np.eye(4))
    image = Volume(np.random.default_rng(0).uniform(1, 9, space.shape).astype(np.float32), space)
    case = CaseVolumes(space, {"t1c": image}, {"a": {}, "b": {}})
    volumes_ml = {"1": 9.0, "2": 0.001, "3": 0.07}
    places = [
        Place(name, (5, 5, 15 * int(name) - 10), "a", volume_ml=volume_ml) for name, volume_ml in volumes_ml.items()
    ]
    places.append(Place("4", (5, 5, 5), "b", volume_ml=0.001))
    rows, left_out = draw_slices(case, places)
    assert [row.title for row in rows] == ["1: axial slice 5", "3: axial slice 35", "4: axial slice 5"]
    assert [drawing.name for drawing in rows[0].drawings] == ["t1c, axial", "t1c, coronal", "t1c, sagittal"]
    assert left_out == 1


def test_of_hundreds_of_lesions_the_page_lists_the_largest(page, predicted):
    outline = predicted()[0].segmentation["glioma"]
    lesions = [LesionMeasures(number=n, volume_ml=9.0 / n, centroid_mm=[0.0, 0.0, 0.0]) for n in range(1, 101)]
    many = outline.model_copy(
        update={"measures": {"WT": RegionMeasures(volume_ml=50.0, number_of_lesions=120, lesions=lesions)}}
    )
    found = page(segmentation={"glioma": many})
    assert len(found.table("lesion")) == 1 + 40
    assert "80 smaller ones are not listed." in found.text


def test_an_image_that_cannot_be_shown_is_told(page, phantoms, tmp_path):
    images = dict(phantoms.cases[0].images)
    images["t1n"] = tmp_path / "gone.nii.gz"
    small = Volume(np.ones((9, 9, 9), np.float32), Space((9, 9, 9), np.eye(4)))
    write_volume(small, tmp_path / "small.nii.gz")
    images["t1c"] = tmp_path / "small.nii.gz"
    found = page(images=images)
    assert "t1n is not shown: its file cannot be read." in found.text
    assert "t1c is not shown: it lies on another grid than the masks." in found.text
    assert given(found)["sequences"] == ["t2f", "t2w"]


def test_without_images_the_page_has_its_tables_and_no_viewer(page):
    found = page(images={})
    assert "WT, whole tumour" in found.text
    assert found.count("canvas") == 0
    assert "niivue-library" not in found.html


def test_masks_on_different_grids_are_refused(predicted, phantoms):
    record, folder = predicted()
    other = FileRecord(name="other.nii.gz", coding="binary", regions=["WT"])
    write_volume(Volume(np.zeros((9, 9, 9), np.uint8), Space((9, 9, 9), np.eye(4))), folder.path / other.name)
    second = OutlineRecord(target="seg", regions=["WT"], files=[other])
    two = record.model_copy(update={"segmentation": {**record.segmentation, "second": second}})
    with pytest.raises(GeometryError, match="different grids"):
        read_case_volumes(two, folder, phantoms.cases[0].images)


def test_a_case_too_large_for_a_page_gets_coarser_and_loses_no_lesion(tmp_path):
    rng = np.random.default_rng(0)
    space = Space((40, 41, 12), np.diag([1.0, 1.0, 4.0, 1.0]))
    noise = Volume(rng.uniform(1, 100, space.shape).astype(np.float32), space)
    lesion = np.zeros(space.shape, bool)
    lesion[21, 40, 3] = True
    case = CaseVolumes(space, {"t1c": noise}, {"task": {"WT": lesion}})
    whole = make_viewer_files(case)
    assert whole.shrunk == (1, 1, 1)
    coarse = make_viewer_files(case, most_bytes=len(whole.images["t1c"]) // 3)
    assert coarse.shrunk == (2, 2, 1)
    mask = nib.Nifti1Image.from_bytes(gzip.decompress(base64.b64decode(coarse.masks["task"])))
    ((x, y, z),) = np.argwhere(np.asarray(mask.dataobj))
    assert np.abs(mask.affine @ [x, y, z, 1] - [21, 40, 12, 1]).max() <= 0.5 + 1e-6


def test_four_sequences_of_a_whole_grid_stay_under_15_megabytes(tmp_path):
    """The worst case of BraTS' grid: a head as large as HCP's largest, with noise in every voxel."""
    rng = np.random.default_rng(0)
    space = Space((240, 240, 155), np.eye(4))
    x, y, z = np.ogrid[-1:1:240j, -1:1:240j, -1:1:155j]
    head = (x / 0.6) ** 2 + (y / 0.75) ** 2 + (z / 0.95) ** 2 < 1
    noise = np.where(head, rng.integers(100, 900, space.shape, np.int16), 0)
    file = tmp_path / "noise.nii.gz"
    write_volume(Volume(noise.astype(np.int16), space), file)
    images = dict.fromkeys(("t2f", "t1c", "t2w", "t1n"), file)
    path = tmp_path / "page.html"
    write_case_page(PredictionRecord(case_id="large", segmentation={}), PredictionFolder(tmp_path), images, path)
    assert 5e6 < path.stat().st_size < 15e6
    assert "To keep the page small" in path.read_text()
