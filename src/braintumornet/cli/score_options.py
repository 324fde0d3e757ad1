"""What a person may say on the command line of scores."""

from pathlib import Path
from typing import Annotated

import typer

Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", help="Also compute this installed metric, such as surface_dice_3mm; may be repeated."),
]
Labelled = Annotated[Path, typer.Argument(help="Table of cases with their masks and markers.")]
Predicted = Annotated[
    Path, typer.Argument(help="Folder that `btn predict` wrote, or with --label-scheme one of CASE_ID.nii.gz files.")
]
Output = Annotated[Path, typer.Option(help="Table of scores to write.")]
Split = Annotated[str | None, typer.Option(help="Only cases of this set in the table: train, val or test.")]
OnlyCases = Annotated[
    list[str] | None, typer.Option(help="Only this case (of that set if --split is given); may be repeated.")
]
Further = Annotated[
    list[Path] | None, typer.Option("--cohort", help="Another table to score together with it; may be repeated.")
]
TasksOf = Annotated[
    str | None,
    typer.Option(
        "--tasks-of", help="Score the tasks of this configuration, not those that the network was trained for."
    ),
]
Heads = Annotated[
    list[str] | None, typer.Option("--head", help="TASK=HEAD: the head that predicts a task; may be repeated.")
]
Lesions = Annotated[
    str | None, typer.Option(help="Also score per lesion: brats2023-gli, -ssa, -ped, -men, -met, or JSON.")
]
Tolerance = Annotated[float, typer.Option(min=0.01, help="Tolerance of the surface Dice in mm.")]
LabelScheme = Annotated[
    str | None,
    typer.Option("--label-scheme", help="Score masks of another tool, whose labels mean this."),
]
MaskTask = Annotated[
    str | None, typer.Option(help="With --label-scheme: name of the task in the scores; default: tumour.")
]
MaskRegions = Annotated[
    list[str] | None,
    typer.Option(help="With --label-scheme: only this region; may be repeated; default: WT, TC, ET."),
]
Target = Annotated[str | None, typer.Option(help="With --label-scheme: column with the reference masks; default: seg.")]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Cases in parallel; default: one per core, fewer if memory is short.")
]
PredictedByRun = Annotated[
    Path | None, typer.Option(help="Folder that `btn predict` wrote for the cohort by this run.")
]
