"""Real examinations whose files say by their names what they are."""

from pathlib import Path

import pytest

from braintumornet.prepare.recognition.recognise import recognise


@pytest.mark.parametrize(
    ("folder", "sequences"),
    [("raw-tcga-lgg/TCGA-FG-6692", {"t1n", "t1c", "t2w", "t2f"}), ("raw-brainix", {"t1n", "t2w", "t2f"})],
)
def test_real_files_are_recognised_by_name(shared_data: Path, file, folder, sequences) -> None:
    images = [file(path.name) for path in sorted((shared_data / folder).glob("*.nii.gz"))]
    verdicts = recognise(images)
    assert {verdict.sequence for verdict in verdicts if verdict.decision == "use"} == sequences
    assert not [verdict for verdict in verdicts if verdict.decision == "ask"]
