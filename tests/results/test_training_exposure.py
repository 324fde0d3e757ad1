"""What networks were shown, from the plan and from what their runs counted."""

from dataclasses import replace
from pathlib import Path

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import write_json
from braintumornet.results.study_result import read_result
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.study_file import Study
from braintumornet.studies.study_folder import StudyFolder

KINDS = ("hgg", "hgg", "hgg", "mets", None)


def test_cases_are_counted_by_what_they_are_drawn_over(tmp_path: Path) -> None:
    mask = Path("nowhere.nii.gz")
    cases = tuple(
        Case(f"c{i}", f"p{i}", "one", {"t2f": mask}, {"seg": mask}, coding="brats2023", pathology=KINDS[i % 5])
        for i in range(20)
    )
    drawn = {"data.sampling": {"kind": "uniform", "by": "pathology"}}
    arms = {"slow": {"set": {"training.learning_rate": 0.0001}}, "fast": {}}
    content = {"experiment": "glioma_small", "set": drawn, "arms": arms, "splits": {"kind": "predefined"}}
    sides = [replace(case, split="test" if i >= 15 else "train") for i, case in enumerate(cases)]
    plan = plan_study(Study.model_validate(content), Cohort("one", tuple(sides)), {})
    folder = StudyFolder(tmp_path)
    (job,) = [job for job in plan.jobs.values() if job.arm == "slow"]
    write_json(folder.result(job.name), {"fingerprint": job.fingerprint, "choice": "", "cost": {}})
    groups = {"hgg": 9, "mets": 5, "(blank)": 4}
    rows = [{"group": group, "task": "", "what": "samples", "samples": n} for group, n in groups.items()]
    write_json(folder.run(job.name).report, {"drawn": rows})
    exposures = read_result(plan, folder).exposures
    assert exposures[["arm", "group", "cases", "samples"]].values.tolist() == [
        ["slow", "hgg", 9, 9], ["slow", "mets", 3, 5], ["slow", "(blank)", 3, 4],
    ]  # fmt: skip
