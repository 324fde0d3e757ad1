"""The model card of a run: one page of Markdown by which a person can judge what the network is good for."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.text.printable import one_line
from braintumornet.inference.card.model_facts import describe_model
from braintumornet.inference.card.validation_status import NO_PATIENT
from braintumornet.inference.trained_run import TrainedRun


def write_card(run: TrainedRun) -> Path:
    """Write the model card into the folder of a finished run, and return the file.

    Raises:
        InputError: a file of the run is damaged, or the card cannot be written.
    """
    write_text(run.folder.card, format_card(describe_model(run)))
    return run.folder.card


def format_card(facts: Mapping[str, Any]) -> str:
    """Return the model card as Markdown; what users called their cohorts and tasks cannot become markup.

    Args:
        facts: as `describe_model` returns them.
    """
    sections = {
        "": [f"**{facts['use'].capitalize()}.**", *_say_who_taught(facts), *_say_validation(facts["tasks"])],
        "Training data": _say_data(facts["data"]),
        "Input": _say_input(facts),
        "Tasks": list(map(_say_task, facts["tasks"])),
        "Results on the validation cases": _tabulate_results(facts["tasks"]),
        "Calibration": facts["calibration"] or ["There is none, so that volumes have no intervals (`btn calibrate`)."],
        "Limits": facts["limits"],
        "Origin": _say_origin(facts),
    }
    text = [f"# Model card: {_plain(facts['name'])}"]
    for title, lines in sections.items():
        text += ["", f"## {title}"] * bool(title)
        text += ["", *(_plain(line) if line.startswith("|") else f"- {_plain(line)}" for line in lines)]
    return "\n".join(text) + "\n"


def _plain(text: str) -> str:
    return one_line(text).replace("<", "&lt;")


def _say_who_taught(facts: Mapping[str, Any]) -> list[str]:
    return [f"**{NO_PATIENT[:1].upper()}{NO_PATIENT[1:]}.**"] if facts["data"]["phantoms_alone"] else []


def _say_validation(tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{task['name']}: **{task['validation']}**." for task in tasks]


def _say_data(data: Mapping[str, Any]) -> list[str]:
    said = []
    for name, sides in data["cohorts"].items():
        who = "phantom" if sides["synthetic"] else "patient"
        counts = [f"{_many(of['patients'], who)} {side}" for side, of in sides.items() if side != "synthetic"]
        said.append(f"{name}{' (synthetic)' if sides['synthetic'] else ''}: {', '.join(counts)}")
    if not said:
        cases = ", ".join(f"{count} {side}" for side, count in data["cases"].items() if count)
        said.append(f"cases: {cases}" if cases else "not known: the network was imported")
    if data["fresh_phantoms"]:
        said.append("each training step saw new phantoms; those counted here are a sample of them")
    whom = "phantoms" if data["phantoms_alone"] else "patients"
    for column, counts in data["groups"].items():
        said.append(f"{column} of the training {whom}: {_listed(f'{name} ({n})' for name, n in counts.items())}")
    if data["prepared_to"] is not None:
        said.append(f"prepared to the space {data['prepared_to']}")
    return said


def _say_input(facts: Mapping[str, Any]) -> list[str]:
    sequences, data = facts["sequences"], facts["data"]
    said = [f"sequences: {', '.join(sequences['read'])}"]
    if sequences["learned_without"] is not None:
        said.append(f"learned to do without: {_listed(sequences['learned_without'])}")
    if data["voxels"] is not None:
        said.append(f"voxels of the training images: {data['voxels']}; with the skull: {data['with_skull']:.0%}")
    return said


def _say_task(task: Mapping[str, Any]) -> str:
    cases = "" if task["training_cases"] is None else f"; {_many(task['training_cases'], 'labelled training case')}"
    where = [f"{column} {' or '.join(wanted)}" for column, wanted in task["where"].items()]
    population = f" of cases with {' and '.join(where)}" if where else ""
    return f"{task['name']} ({task['kind']}): {_listed(task['answers'])}{population}{cases}"


def _tabulate_results(tasks: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [(task["name"], result) for task in tasks for result in task["results"]]
    if not rows:
        return ["There are none: nothing was validated in training."]
    lines = ["| task | figure | patients or phantoms | mean | 95 % interval |", "|---|---|---|---|---|"]
    for task, result in rows:
        known = isfinite(result["low"])
        interval = f"{result['low']:.3f} to {result['high']:.3f}" if known else "none: fewer than 5, or no spread"
        cells = (task, result["figure"], str(result["patients"]), f"{result['mean']:.3f}", interval)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return lines


def _say_origin(facts: Mapping[str, Any]) -> list[str]:
    training = facts["training"]
    said = [f"imported from {training['imported']}"] if training["imported"] else []
    if training["steps"] is not None:
        best = f"weights of step {training['steps']}, the best on the validation cases if there were any"
        mean = f"mean of the weights along the end of {training['steps']} steps"
        said.append(mean if training["averaged"] else best)
    if start := training["started_from"]:
        share = f", whose weights have a share of {start['share']:g} in the mean" if start["share"] else ""
        said.append(f"started from {start['run']} (model {start['model']}){share}")
    if training["seconds"] is not None:
        said.append(f"trained in {float(training['seconds']) / 3600:.2g} hours")
    if training["version"] is not None:
        said.append(f"braintumornet {training['version']}")
    return [*said, f"fingerprints: {', '.join(f'{name} {value}' for name, value in facts['fingerprints'].items())}"]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
