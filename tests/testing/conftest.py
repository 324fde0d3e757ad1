"""Faulty plug-ins are known while their own tests run, and to no other test."""

import pytest


@pytest.fixture(autouse=True)
def _known_here_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if faulty := getattr(request.module, "Faulty", None):
        monkeypatch.setitem(faulty._members, faulty.model_fields["kind"].default, faulty)
