"""What can be chosen of a preparation, and what records say of it."""

from pathlib import Path

import pytest

from braintumornet.core.text.errors import UsageError
from braintumornet.prepare.settings import PrepareSettings


def test_an_affine_fit_needs_an_atlas():
    with pytest.raises(UsageError, match="--atlas-fit affine scales to an atlas, and --space native has none"):
        PrepareSettings(space="native", atlas_fit="affine").require_consistent()


def test_a_command_is_the_choice_itself():
    with pytest.raises(UsageError, match="--skullstrip-command makes the brain mask itself; omit --skullstrip"):
        PrepareSettings(skullstrip="network", skullstrip_command="tool").require_consistent()


def test_a_record_tells_the_atlas_by_content_and_not_by_place(tmp_path: Path):
    atlas = tmp_path / "secret" / "atlas.nii.gz"
    atlas.parent.mkdir()
    atlas.write_bytes(b"abc")
    notes = PrepareSettings(atlas=atlas).as_notes()
    assert notes["atlas"] == "atlas.nii.gz"
    assert notes["atlas_sha256"].startswith("ba7816bf")
    assert "secret" not in str(notes)
