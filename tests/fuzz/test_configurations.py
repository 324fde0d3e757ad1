"""Configurations and studies as people, editors and enemies write them: one that can be read again, or one line."""

import shutil
from pathlib import Path

import numpy as np
import yaml

from braintumornet.config import SHIPPED, ExperimentConfig, load_config
from braintumornet.core.files.overrides import apply_overrides
from braintumornet.core.files.safe_yaml import parse_yaml
from braintumornet.studies.read_study import SHIPPED_STUDIES, load_study
from braintumornet.studies.study_file import Study

from .damage import NASTY, damage_text, places_of
from .harness import end_of, fuzz, untouched

LONGEST_REFUSAL = 1000


def dump(content: object) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def write_damaged(rng: np.random.Generator, shipped: Path, folder: Path) -> Path:
    """Write a damaged copy of a shipped file."""
    files = sorted(shipped.glob("*.yaml"))
    path = folder / "damaged.yaml"
    shutil.copy(files[rng.integers(len(files))], path)
    damage_text(rng, path, yaml.safe_load, dump)
    return path


def draw_override(rng: np.random.Generator, content: dict[str, object]) -> str:
    """Return KEY=VALUE about a place that is there or not, with a value that may be anything."""
    keys = [str(key) for _, key in places_of(content)] + ["0", "-1", "9", "", "x"]
    key = ".".join(keys[number] for number in rng.integers(0, len(keys), 1 + rng.integers(4)))
    value = NASTY[rng.integers(len(NASTY))]
    return f"{key}{'=' if rng.random() < 0.95 else ''}{value if rng.random() < 0.5 else dump(value)}"


def require_read_again(config: ExperimentConfig) -> None:
    """A configuration that is taken means the same when the run folder is read."""
    assert ExperimentConfig.from_content(parse_yaml(config.to_yaml(), "a"), "a") == config
    assert ExperimentConfig.from_content(parse_yaml(config.to_yaml(), "a"), "a").fingerprint() == config.fingerprint()


def test_configurations(tmp_path: Path) -> None:
    def check(rng: np.random.Generator) -> str:
        path = write_damaged(rng, SHIPPED, tmp_path)
        overrides = [draw_override(rng, yaml.safe_load((SHIPPED / "demo.yaml").read_text()))]
        with untouched(tmp_path):
            outcome = end_of(lambda: load_config(str(path), overrides if rng.random() < 0.3 else []))
        assert len(outcome.refusal) < LONGEST_REFUSAL
        if outcome.refusal:
            return "refused"
        require_read_again(outcome.value)
        return "read"

    words = fuzz("configurations", check)
    assert min(words["read"], words["refused"]) > 0


def test_studies(tmp_path: Path) -> None:
    def check(rng: np.random.Generator) -> str:
        path = write_damaged(rng, SHIPPED_STUDIES, tmp_path)
        with untouched(tmp_path):
            outcome = end_of(lambda: load_study(str(path)))
        assert len(outcome.refusal) < LONGEST_REFUSAL
        if outcome.refusal:
            return "refused"
        assert Study.model_validate(parse_yaml(outcome.value.to_yaml(), "a")) == outcome.value
        return "read"

    words = fuzz("studies", check, share=0.25)
    assert min(words["read"], words["refused"]) > 0


def test_overrides() -> None:
    content = yaml.safe_load((SHIPPED / "demo.yaml").read_text())

    def check(rng: np.random.Generator) -> str:
        copy = parse_yaml(dump(content), "a")
        outcome = end_of(lambda: apply_overrides(copy, [draw_override(rng, content)]))
        return "refused" if outcome.refusal else "applied"

    words = fuzz("overrides", check)
    assert min(words["applied"], words["refused"]) > 0
