"""What `btn info` shows."""

from collections.abc import Mapping
from typing import Any

from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.inference.card.validation_status import join_validation
from braintumornet.networks.multi_task_network import Backbone
from braintumornet.terminal.screen import Table, numbers, screen, show_table, styled


def show_package(about: Mapping[str, Any]) -> None:
    """Show the version, the shipped configurations, the known kinds, and the machine."""
    screen.print(styled((f"braintumornet {about['version']}", "bold"), f" ({RESEARCH_USE})"))
    for title in ("configurations", "studies"):
        show_table(title.capitalize(), ("name", "what it is"), about[title].items())
    kinds = ((family, ", ".join(known)) for family, known in about["kinds"].items())
    show_table("Kinds", ("of", "known"), kinds)
    machine = about["machine"]
    free = "" if machine["free_memory_gib"] is None else f", {machine['free_memory_gib']} GiB free"
    bf16 = "computes in bf16" if machine["bf16"] else "no bf16 arithmetic"
    screen.print(
        f"This machine: {machine['device']}, {bf16}, {machine['cores']} cores{free}; "
        f"python {machine['python']}, torch {machine['torch']}"
    )


def show_experiment(about: Mapping[str, Any]) -> None:
    """Show what a run or a configuration is on one screen."""
    name = f"run {about['run']}" if "run" in about else f"configuration {about['configuration']}"
    screen.print(styled((name, "bold"), f" ({RESEARCH_USE})"))
    rows = map(_task_row, about["tasks"])
    show_table("Tasks", ("task", "kind", "for", "outputs", *numbers("own parameters")), rows)
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(overflow="fold")
    for line in (*_network_lines(about), *_training_lines(about), *_run_lines(about)):
        lines.add_row(*line)
    screen.print(lines)


def _task_row(task: Mapping[str, Any]) -> tuple[str, ...]:
    where = [f"{column} {_words(wanted)}" for column, wanted in task["where"].items()]
    outputs = ", ".join(task["outputs"])
    if "structures" in task:
        where.append(f"{task['by']} {', '.join(task['structures'])}")
        outputs += f" ({', '.join(f'{region} of {value}' for value, region in task['structures'].items())})"
    kind = f"{task['kind']}, detached" if task["detach"] else task["kind"]
    return task["name"], kind, ", ".join(where) or "all cases", outputs, f"{task['parameters']:,}"


def _network_lines(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    parameters, operations = about["parameters"], about["operations"]
    patch = " x ".join(map(str, operations["patch"]))
    several = len(about["tasks"]) > 1
    apart = f"; one network per task: {parameters['apart']:,}" if several else ""
    share = f"; one network per task: {operations['apart'] / 1e9:.1f}" if several else ""
    return [
        ("sequences", ", ".join(about["sequences"]) + (", and which are there" if about["presence_channels"] else "")),
        ("backbone", _backbone(about["backbone"])),
        ("parameters", f"{parameters['shared']:,} shared, {parameters['together']:,} with all heads{apart}"),
        (
            "operations",
            f"{operations['together'] / 1e9:.1f} x 10^9 for all heads{share} (reading {patch} voxels)",
        ),
    ]


def _backbone(settings: Mapping[str, Any]) -> str:
    """Return the kind, and what is not as it is by default."""
    usual = Backbone.kinds()[settings["kind"]]().model_dump(mode="json")
    own = [f"{key} {_words(value)}" for key, value in settings.items() if value != usual[key]]
    return f"{settings['kind']} ({', '.join(own) or 'as it is by default'})"


def _training_lines(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    training, transfer = about["training"], about["transfer"]
    budget = f"{training['steps']} steps" if "steps" in training else f"{training['epochs']} epochs"
    patch = " x ".join(map(str, training["patch"]))
    lines = [
        (
            "training",
            f"{budget} of {training['batch_size']} patches of {patch}, {training['optimizer']}, "
            f"learning rate {training['learning_rate']:g}",
        )
    ]
    if transfer:
        frozen = f", frozen: {', '.join(transfer['freeze'])}" if transfer["freeze"] else ""
        lines.append(("started from", f"{transfer['run']}{frozen}"))
    return lines


def _run_lines(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = [("fingerprints", ", ".join(f"{name} {value}" for name, value in about["fingerprints"].items()))]
    if "run" not in about:
        return lines
    cases = ", ".join(f"{count} {side}" for side, count in about["cases"].items())
    remarks = [("look twice", remark) for remark in about["remarks"]]
    versions = ("versions", ", ".join(f"{name} {version}" for name, version in about["versions"].items()))
    calibration = [("calibration", about["calibration"])] if about["calibration"] else []
    card = _card_lines(about["card"])
    return [*remarks, ("weights", _weights(about)), ("cases", cases), *card, *calibration, *lines, versions]


def _card_lines(card: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return what a person must know before using the network; the file `model_card.md` of the run says more."""
    if card is None:
        return []
    validated = join_validation({task["name"]: task["validation"] for task in card["tasks"]})
    return [("validation", validated), *(("limit", text) for text in card["limits"])]


def _weights(about: Mapping[str, Any]) -> str:
    if not about["finished"]:
        return "none yet: the training is not finished"
    weights = about["weights"]
    if "imported" in weights:
        return f"imported from {weights['imported']}"
    return f"of step {weights['step']}" if "step" in weights else "of a step that was not written down"


def _words(value: Any) -> str:
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)
