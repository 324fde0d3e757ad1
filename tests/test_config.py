"""Configurations: every key checked, every shipped file sound."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from braintumornet.config import ExperimentConfig, load_config, shipped_configs
from braintumornet.core.text.errors import UsageError


@pytest.mark.parametrize("name", shipped_configs())
def test_shipped_files_survive_writing_and_reading(name: str) -> None:
    config = load_config(name)
    assert ExperimentConfig.from_content(yaml.safe_load(config.to_yaml()), name) == config


def test_the_papers_settings_are_the_papers() -> None:
    config = load_config("plgg_paper")
    assert config.sequences == ("t2f",)
    assert config.data.patch == (128, 128, 112)
    assert config.data.batch_size == 4
    assert config.data.centres == "uniform"
    assert config.data.augment == type(config.data.augment)()
    assert (config.training.optimizer, config.training.learning_rate, config.training.epochs) == (
        "adam",
        1e-4,
        400,
    )
    assert config.weighting.weights == {"genotype": 0.3}
    assert config.data.split is not None
    assert (config.data.split.train, config.data.split.val, config.data.split.test) == (0.7, 0.15, 0.15)
    assert config.training.total_steps(cases=217, batch_size=4) == 21700


WRONG = [
    (["training.stepz=5"], "training: unknown key 'stepz'; did you mean 'steps'?"),
    (["tasks.0.regions=[WT, TX]"], "region 'TX' is not known; known: CC, ED, ET"),
    (["tasks.0.kind=segmentaton"], "kind 'segmentaton' is not known; did you mean 'segmentation'?"),
    (["backbone.kind=unet"], "backbone: kind 'unet' is not known; did you mean 'resunet'?"),
    (["backbone.widht=32"], "backbone: unknown key 'widht'; did you mean 'width'?"),
    (["sequences=[flare]"], "sequence 'flare' is not known; did you mean 'flair'?"),
    (
        ["weighting.kind=fixed", "weighting.weights={glimoa: 2}"],
        "weighting: there is no task 'glimoa'; did you mean 'glioma'?",
    ),
    (["weighting.weights={glioma: 2}"], "weighting: kind is missing; known: dynamic, fixed, pcgrad, uncertainty"),
    (["weighting.kind=pcgrad", "weighting.weights={glioma: 2}"], "weighting: unknown key 'weights'; known: kind"),
    (["training.steps=-3"], "training.steps: Input should be greater than 0, found -3"),
    (["training.epochs=3"], "training: give either steps or epochs"),
    (["data.split={train: 0.5, val: 0.1, test: 0.1}"], "train, val and test must sum to 1, found 0.7"),
    (["training"], "expected KEY=VALUE"),
    (["seed=-1"], "seed: Input should be greater than or equal to 0, found -1"),
    (["seed=[1"], "--set 'seed=[1': the value is not YAML"),
    (["seed=!!python/name:os.system"], "--set 'seed=!!python/name:os.system': the value holds more than plain values"),
    (["training.learning_rate=.inf"], "training.learning_rate: Input should be a finite number, found inf"),
    (["training.learning_rate=.nan"], "training.learning_rate: Input should be a finite number, found nan"),
    (["training.steps=1000000000000"], "training.steps: Input should be less than or equal to 1000000000"),
    (["data.workers=100000"], "data.workers: Input should be less than or equal to 1024"),
    (["tasks.0.name=a.b"], "tasks.0: name: 'a.b' cannot be the name of a task, which names a head and files"),
    (["tasks.0.name=../a"], "'../a' cannot be the name of a task"),
    (["tasks.0.name=''"], "'' cannot be the name of a task"),
    (["tasks.0.name=keys"], "'keys' cannot be the name of a task, because torch uses it for something else"),
    (["tasks.9.name=a"], "--set 'tasks.9.name=a': there is no number 9 in a list of 1, counted from 0"),
    (["training.steps.x=1"], "training.steps is a value, not a section"),
    (["sequences=[t1c, T1ce]"], "sequences: sequence 't1c' is there twice"),
    (["tasks.0.regions=[WT, WT]"], "region 'WT' is there twice"),
    (["backbone.kind=[resunet]"], "kind ['resunet'] is not known"),
    (["tasks.x.loss=dice"], "'x' stands in a list, so expected a number"),
]


@pytest.mark.parametrize(("overrides", "message"), WRONG)
def test_mistakes_are_named(overrides: list[str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        load_config("glioma_small", overrides)
    assert message in str(error.value)


def with_tasks(tiny: ExperimentConfig, *names: str) -> dict[str, object]:
    tasks = [{"kind": "segmentation", "name": name, "regions": ["WT", "ET"]} for name in names]
    return tiny.model_dump(mode="json") | {"tasks": tasks, "inference": {}}


@pytest.mark.parametrize("names", [("a", "a_ET"), ("a", "a_prob"), ("a", "A")])
def test_tasks_that_would_share_a_file_are_refused(names: tuple[str, str], tiny: ExperimentConfig) -> None:
    with pytest.raises(UsageError, match=f"the files of '{names[0]}' and '{names[1]}' would have the same names"):
        ExperimentConfig.from_content(with_tasks(tiny, *names), "c.yaml")


def test_at_most_62_regions_are_learned_together(tiny: ExperimentConfig) -> None:
    names = [f"task{number}" for number in range(32)]
    assert len(ExperimentConfig.from_content(with_tasks(tiny, *names[:31]), "c.yaml").tasks) == 31
    with pytest.raises(UsageError, match="they learn 64 regions or tissues together; one network can learn 62"):
        ExperimentConfig.from_content(with_tasks(tiny, *names), "c.yaml")


def test_a_section_that_is_null_can_be_filled() -> None:
    config = load_config("glioma_small", ["data.split=null", "data.split.train=0.6", "data.split.test=0.25"])
    assert config.data.split is not None
    assert config.data.split.train == 0.6


def test_another_kind_starts_its_section_anew() -> None:
    config = load_config("plgg_paper", ["weighting.kind=pcgrad"])  # which has weights for the kind `fixed`
    assert config.weighting.model_dump() == {"kind": "pcgrad"}
    same = load_config("plgg_paper", ["weighting.kind=fixed"])
    assert same.weighting.weights == {"genotype": 0.3}


@pytest.mark.parametrize(
    "override",
    [
        "training.gradient_cosine_every=10",
        "training.devices=2",
        "training.save_every=7",
        "data.workers=3",
        "data.memory_gib=1",
        "data.store=elsewhere",
    ],
)
def test_what_cannot_change_the_result_does_not_change_the_fingerprint(override: str) -> None:
    assert load_config("glioma_small", [override]).fingerprint() == load_config("glioma_small").fingerprint()


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(UsageError, match="there is no configuration 'glioma_smal'; did you mean 'glioma_small'"):
        load_config("glioma_smal")


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [1")
    with pytest.raises(UsageError, match=r"a\.yaml is not YAML"):
        load_config(str(tmp_path / "a.yaml"))


def test_a_configuration_runs_no_code(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("!!python/object/apply:os.system ['true']")
    with pytest.raises(UsageError, match="holds more than plain values .*os.system.*; a configuration runs no code"):
        load_config(str(tmp_path / "a.yaml"))


def test_aliases_of_sequences_become_the_names(tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json") | {"sequences": ["T1ce", "FLAIR"]}
    assert ExperimentConfig.from_content(content, "aliases").sequences == ("t1c", "t2f")


def test_the_fingerprint_follows_the_content() -> None:
    first, same, other = (load_config("glioma_small", o) for o in ([], ["seed=0"], ["seed=1"]))
    assert first.fingerprint() == same.fingerprint() != other.fingerprint()


def test_settings_that_older_runs_lack_do_not_change_their_fingerprint(tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json")
    del content["presence_channels"], content["tasks"][0]["requires"]
    del content["data"]["augment"]["probability"]["sequence_dropout"]
    assert ExperimentConfig.from_content(content, "older").fingerprint() == tiny.fingerprint() == "92b8159f1cd6"


@pytest.mark.parametrize(
    "changed",
    [{"presence_channels": True}, {"data": {"augment": {"probability": {"sequence_dropout": 0.5}}}}],
)
def test_telling_of_sequences_changes_the_fingerprint(tiny: ExperimentConfig, changed: dict[str, Any]) -> None:
    content = tiny.model_dump(mode="json", exclude={"data"}) | changed
    assert ExperimentConfig.from_content(content, "told").fingerprint() != tiny.fingerprint()


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        ({"ED": ["t1c"]}, r"requires: region 'ED' is not outlined; known: ET, TC, WT"),
        (
            {"ET": ["t1n"]},
            r"task 'tumour', requires: ET needs 't1n', which is not among the sequences; (did you mean|known)",
        ),
    ],
)
def test_needs_of_what_is_not_there_are_refused(
    tiny: ExperimentConfig, requires: dict[str, list[str]], reason: str
) -> None:
    content = tiny.model_dump(mode="json")
    content["tasks"][0]["requires"] = requires
    with pytest.raises(UsageError, match=reason):
        ExperimentConfig.from_content(content, "needs")


def test_enhancing_tumour_needs_t1c_where_the_network_reads_it(tiny: ExperimentConfig) -> None:
    task = tiny.tasks[0]
    assert task.needs(("t1c", "t2f")) == {"ET": ("t1c",)}
    assert task.needs(("t2f",)) == {}
    assert task.model_copy(update={"requires": {}}).needs(("t1c", "t2f")) == {}


def test_a_folder_of_the_same_name_does_not_hide_a_shipped_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "demo").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_config("demo").tasks[0].name == "tumour"
