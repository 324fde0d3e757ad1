"""What we wrote ourselves beside the library that has it: equal where both answer, and where they part.

OMP_NUM_THREADS=1 python benchmarks/against_libraries.py [NAME ...]

Each line is a measurement of docs/what-we-wrote-ourselves.md; times are CPU seconds of one thread.
"""

import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import filelock
import numpy as np
import pandas as pd
import torch
import yaml
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import GroupShuffleSplit

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.files.json_text import parse_json
from braintumornet.core.files.lock import locked
from braintumornet.core.files.safe_yaml import parse_yaml
from braintumornet.core.space import Space
from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.data.data_settings import SplitSettings
from braintumornet.data.splits import make_split
from braintumornet.data.store.run_length_mask import RunLengthMask
from braintumornet.inference.windows.sliding_windows import slide
from braintumornet.metrics.marker_answers import MarkerAnswers
from braintumornet.metrics.markers import Auc, Brier
from braintumornet.report.plots import Axis, Marks, Point, draw_plot
from braintumornet.statistics.auc_difference import delong
from braintumornet.statistics.paired_tests import holm, wilcoxon_p
from braintumornet.statistics.patient_bootstrap import estimate_mean
from braintumornet.tasks.losses import masked_cross_entropy, soft_dice_loss
from braintumornet.training.optimiser import DeepMedicRMSprop
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume

RNG = np.random.default_rng(0)


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return float(np.median(found))


def wilcoxon() -> str:
    few = [np.round(RNG.normal(0.02, 0.05, size=n), 2) for n in (6, 8, 10) for _ in range(20)]
    few = [values[values != 0] for values in few]
    every = stats.PermutationMethod(n_resamples=np.inf)
    apart = max(abs(wilcoxon_p(v) - stats.wilcoxon(v, method=every).pvalue) for v in few if len(v) > 1)
    tied = np.round(RNG.normal(0.02, 0.05, size=(50, 20)), 2)
    default = max(abs(wilcoxon_p(v) - stats.wilcoxon(v[v != 0]).pvalue) for v in tied)
    one = np.round(RNG.normal(0.02, 0.05, size=16), 2)
    one = one[one != 0]
    ours, theirs = seconds(lambda: wilcoxon_p(one)), seconds(lambda: stats.wilcoxon(one, method=every), 1)
    return (
        f"p equal to SciPy's over all signs to {apart:.0e} (60 tables of up to 10 with ties); its default is up to "
        f"{default:.3f} off for 20 with ties; {len(one)} differences {ours:.4f} s and {theirs:.2f} s"
    )


def holm_adjustment() -> str:
    def closed(p: np.ndarray) -> list[float]:
        """Return the largest Bonferroni p over all sets of hypotheses that hold each: what Holm's short cut is of."""
        sets = [[i for i in range(len(p)) if code >> i & 1] for code in range(1, 2 ** len(p))]
        return [max(min(1.0, len(s) * p[s].min()) for s in sets if i in s) for i in range(len(p))]

    tables = RNG.uniform(0, 0.2, size=(50, 6))
    apart = max(np.abs(holm(list(p)) - np.array(closed(p))).max() for p in tables)
    return f"equal to the closed test that it abbreviates to {apart:.0e}"


def delong_test() -> str:
    worst, ratios = 0.0, []
    for _ in range(5):
        truth = RNG.random(120) < 0.4
        a, b = truth + RNG.normal(0, 1.0, 120), truth + RNG.normal(0, 1.5, 120)
        found = delong(truth, a, b)
        worst = max(worst, abs(found.difference - (roc_auc_score(truth, a) - roc_auc_score(truth, b))))

        def difference(t: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
            return float(roc_auc_score(t, x) - roc_auc_score(t, y))

        drawn = stats.bootstrap(
            (truth, a, b), difference, paired=True, vectorized=False, n_resamples=400, method="percentile", rng=1
        )
        ratios.append(found.standard_error / drawn.standard_error)
    return f"AUCs equal to scikit-learn's to {worst:.0e}; standard error {np.mean(ratios):.2f} of SciPy's bootstrap"


def patient_bootstrap() -> str:
    values = RNG.beta(5, 2, size=60)
    names = [f"p{i}" for i in range(60)]
    ours = estimate_mean(list(values), names)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=1).confidence_interval
    apart = max(abs(ours.low - theirs.low), abs(ours.high - theirs.high))
    twice = estimate_mean([*values, *values], [*names, *names])
    naive = stats.bootstrap((np.tile(values, 2),), np.mean, n_resamples=2000, method="percentile", rng=1)
    narrow = (naive.confidence_interval.high - naive.confidence_interval.low) / (twice.high - twice.low)
    return (
        f"one case a patient: ends within {apart:.3f} of SciPy's; "
        f"each patient twice: SciPy, which takes cases, gives an interval {narrow:.2f} as wide"
    )


def markers() -> str:
    truth, p = RNG.integers(0, 3, 150), RNG.dirichlet((1, 1, 1), 150)
    answers = MarkerAnswers.of(["a", "b", "c"], ["abc"[k] for k in truth], p)
    macro = roc_auc_score(truth, p, multi_class="ovr", average="macro")
    auc, brier = (metric.measure(answers)["macro"].value for metric in (Auc(), Brier()))
    each = seconds(lambda: Auc().measure(MarkerAnswers.of(["a", "b", "c"], ["abc"[k] for k in truth], p)))

    def one_by_one() -> list[float]:
        draws = RNG.integers(0, 150, (200, 150))
        return [float(roc_auc_score(truth[d], p[d], multi_class="ovr", average="macro")) for d in draws]

    return (
        f"macro AUC of three classes equal to scikit-learn's to {abs(auc - macro):.0e}, Brier score to "
        f"{abs(brier - sum(brier_score_loss(truth == k, p[:, k]) for k in range(3))):.0e}; 2,000 resamples of 150 "
        f"cases {each:.2f} s, one by one {10 * seconds(one_by_one, 1):.0f} s"
    )


def losses() -> str:
    from monai.losses import DiceLoss

    logits, target = torch.randn(2, 3, 12, 12, 12), (torch.rand(2, 3, 12, 12, 12) > 0.5).float()
    there, p = torch.ones(2, 3, dtype=torch.bool), logits.sigmoid()
    theirs = DiceLoss(squared_pred=True, batch=True, smooth_nr=0, smooth_dr=1e-5)(p, target)
    bce = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    absent = torch.tensor([[True, False, True], [True, False, False]])
    logits.requires_grad_(True)
    (soft_dice_loss(logits.sigmoid(), target, absent) + masked_cross_entropy(logits, target, absent)).backward()
    dice = abs(float(soft_dice_loss(p, target, there) - theirs))
    entropy = abs(float(masked_cross_entropy(logits.detach(), target, there) - bce))
    return (
        f"all labels present: soft Dice equal to MONAI's to {dice:.0e}, cross-entropy to torch's to {entropy:.0e}; "
        f"largest gradient at an absent label {float(logits.grad[~absent].abs().max()):g}"
    )


def rmsprop() -> str:
    ours, theirs = (torch.nn.Parameter(torch.tensor([3.0, 0.03])) for _ in range(2))
    steppers = (
        DeepMedicRMSprop([ours], lr=1e-2),
        torch.optim.RMSprop([theirs], lr=1e-2, alpha=0.9, eps=1e-4, momentum=0.6),
    )
    for _ in range(10):
        for weight, optimizer in zip((ours, theirs), steppers, strict=True):
            weight.grad = 0.1 * weight.detach()
            optimizer.step()
    return f"weights 3 and .03 of a parabola after ten steps: {ours.tolist()}, torch's RMSprop {theirs.tolist()}"


def sliding_windows() -> str:
    from monai.inferers import sliding_window_inference

    image = torch.randn(2, 48, 48, 48)
    net = torch.nn.Conv3d(2, 3, 5, padding=2)
    ramp = torch.linspace(0, 1, 24)  # each window answers otherwise for the same voxel, so that its weight shows
    with torch.no_grad():
        ours = slide(image, (24, 24, 24), 0.5, lambda x, _: {"y": x + ramp})["y"]
        whole = sliding_window_inference(
            image[None], (24, 24, 24), 4, lambda x: x + ramp, overlap=0.5, mode="gaussian"
        )[0]
        apart = (ours - whole).abs()
        brain = torch.zeros(48, 48, 48, dtype=torch.bool)
        brain[:20, :20, :20] = True
        calls = [0, 0]

        def count(place: int) -> Callable[..., object]:
            def answer(x: torch.Tensor, *_: object) -> dict[str, torch.Tensor]:
                calls[place] += len(x)
                return {"y": net(x)}

            return answer

        slide(image, (24, 24, 24), 0.5, count(0), where=brain)  # type: ignore[arg-type]
        sliding_window_inference(image[None], (24, 24, 24), 4, lambda x: count(1)(x)["y"], overlap=0.5)  # type: ignore[index]
    return (
        f"beside MONAI's Gaussian blend: at most {float(apart[:, 16:32, 16:32, 16:32].max()):.2f} apart in the middle, "
        f"{float(apart.max()):.2f} at the faces; windows asked where a tenth is brain: {calls[0]} of {calls[1]}"
    )


def resampling() -> str:
    import nibabel as nib
    from nibabel.processing import resample_from_to

    array = RNG.normal(size=(30, 32, 28)).astype(np.float32)
    source = np.diag([1.0, 1.2, 2.0, 1.0])
    target = Space((40, 30, 30), np.array([[1.1, 0.1, 0, 2], [-0.1, 1.3, 0, 1], [0, 0, 1.9, 0.5], [0, 0, 0, 1.0]]))
    ours = resample(Volume(array, Space(array.shape, source)), target).array
    theirs = resample_from_to(
        nib.Nifti1Image(array, source), (target.shape, target.affine), order=1, mode="grid-constant"
    ).get_fdata()
    return f"equal to nibabel's to {np.abs(ours - theirs).max():.0e}; both are SciPy's affine_transform"


def splits() -> str:
    kinds = ["other"] * 56 + ["fusion"] * 14 + ["v600e"] * 10
    file = Path("none.nii.gz")
    cases = [
        Case(f"c{i}", f"p{i}", "one", {"t1c": file}, {"seg": file}, coding="binary", attributes={"genotype": kind})
        for i, kind in enumerate(kinds)
    ]
    shares = SplitSettings(train=0.7, val=0.15, test=0.15)
    ours = theirs = 0
    for seed in range(200):
        split = make_split(Cohort("one", tuple(cases)), shares, seed, ["genotype"])
        side = [case for case in cases if case.id in split.test]
        ours += len({case.attributes["genotype"] for case in side}) < 3
        drawn = GroupShuffleSplit(1, test_size=0.15, random_state=seed).split(
            cases, groups=[c.patient_id for c in cases]
        )
        theirs += len({kinds[i] for i in next(drawn)[1]}) < 3
    lack = f"{ours / 2:.1f} % of 200, GroupShuffleSplit {theirs / 2:.1f} %"
    return f"test sides of 12 of 80 patients that lack a class of 10 or 14: {lack}"


DAMAGED_TABLES = {
    "semicolons": "case_id;t1c\na;a.nii\n",
    "a title above the header": "Our cohort\ncase_id,t1c\na,a.nii\n",
    "a line cut short": "case_id,t1c,t2f\na,a.nii,b.nii\nb,b.n",
    "a cell too many": "case_id,t1c\na,a.nii\nb,b.nii,c\n",
    "a quotation mark left open": 'case_id,t1c\n"a,a.nii\nb,b.nii\n',
    "a column twice": "case_id,t1c,t1c\na,a.nii,b.nii\n",
    "UTF-16": "case_id,t1c\na,a.nii\n".encode("utf-16"),
    "another encoding": "case_id,t1c\nMüller,a.nii\n".encode("latin-1"),
    "a spreadsheet's own file": b"PK\x03\x04rest",
}


def csv_reader() -> str:
    silent, told = [], 0
    for name, content in DAMAGED_TABLES.items():
        data = content if isinstance(content, bytes) else content.encode()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "cohort.csv"
            file.write_bytes(data)
            try:
                table = read_table(file)
                told += bool(table.faults or any(line.faults for line in table.lines))
            except BrainTumorNetError:
                told += 1
        try:
            pd.read_csv(io.BytesIO(data), dtype=str)
            silent.append(name)
        except (ValueError, UnicodeError):
            pass
    count = f"of {len(DAMAGED_TABLES)} damaged tables ours refuses or names {told}"
    return f"{count}; pandas reads {len(silent)} without a word: {', '.join(silent)}"


def yaml_reader() -> str:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
    )
    damaged = {"a key twice": "seed: 1\nseed: 2\n", "a date for a name": "name: 2026-01-02\n", "a bomb": laughs}
    found = []
    for name, text in damaged.items():
        try:
            read = parse_yaml(text, "it")
            ours = f"read as {read}" if name == "a date for a name" else "read"
        except BrainTumorNetError:
            ours = "refused"
        theirs = yaml.safe_load(text)
        said = f"{len(json.dumps(theirs['a3'])):,} letters from its fourth line" if name == "a bomb" else str(theirs)
        found.append(f"{name}: {ours}, PyYAML {said}")
    return "; ".join(found)


def json_reader() -> str:
    twice = '{"dice": 1, "dice": 2}'
    try:
        parse_json(twice)
        ours = "read"
    except ValueError:
        ours = "refused"
    return f"a key twice: {ours}, json {json.loads(twice)}; NaN: {parse_json('[NaN]')}, json {json.loads('[NaN]')}"


def lock() -> str:
    """Fork while a lock is held, let the first process go, and try to take it while the copy lives."""
    with tempfile.TemporaryDirectory() as folder:
        _ours(Path(folder) / "ours")
        _theirs(Path(folder) / "filelock")
        left = ", ".join(file.name for file in Path(folder).iterdir())
    died = f"after its holder died, while a forked copy lives: ours {_relock(_ours)}, filelock {_relock(_theirs)}"
    return f"{died}; the file is left behind by: {left}"


def _ours(path: Path) -> None:
    with locked(path, refusal="taken"):
        pass


def _theirs(path: Path) -> None:
    with filelock.FileLock(path, timeout=0):
        pass


def _relock(take: Callable[[Path], None]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path, (ready, done) = Path(folder) / ".lock", os.pipe()
        holder = os.fork()
        if holder == 0:
            keep = locked(path) if take is _ours else filelock.FileLock(path)
            keep.__enter__()
            if os.fork() == 0:  # such as a worker that loads data
                os.write(done, b"x")
                time.sleep(3)
                os._exit(0)
            time.sleep(0.5)
            os._exit(9)  # killed: nothing is tidied up
        os.read(ready, 1)
        os.waitpid(holder, 0)
        try:
            take(path)
        except (BrainTumorNetError, filelock.Timeout):
            return "is still held"
        return "can be taken"


def plots() -> str:
    import matplotlib

    matplotlib.use("Agg")
    from jinja2 import Environment, PackageLoader
    from matplotlib import pyplot

    values = RNG.random((3, 40))
    marks = [Marks(f"line-{i}", tuple(Point(x, y, "p") for x, y in enumerate(row))) for i, row in enumerate(values)]
    axes = Axis(0, 40, ((0, "0"), (20, "20"), (40, "40"))), Axis(0, 1, ((0, "0"), (0.5, ".5"), (1, "1")))
    drawn: list[object] = []
    ours = seconds(lambda: drawn.append(draw_plot("t", axes, marks)))
    loader = PackageLoader("braintumornet.report", "templates")
    macros = Environment(loader=loader, trim_blocks=True, lstrip_blocks=True)
    module = macros.get_template("plots.html").module
    text = str(module.plot_of(drawn[0]))  # type: ignore[attr-defined]

    def theirs() -> str:
        figure, ax = pyplot.subplots(figsize=(3, 2.2))
        for row in values:
            ax.plot(row, marker="o")
        out = io.StringIO()
        figure.savefig(out, format="svg")
        pyplot.close(figure)
        return out.getvalue()

    sizes = f"{len(text) / 1e3:.0f} kB with a text at each point, matplotlib's SVG {len(theirs()) / 1e3:.0f} kB without"
    return f"three lines of 40 points: {sizes}; {ours * 1e3:.1f} ms and {seconds(theirs) * 1e3:.0f} ms"


def run_lengths() -> str:
    z, y, x = np.ogrid[:155, :240, :240]
    mask = (z - 70) ** 2 + (y - 100) ** 2 + (x - 90) ** 2 < 30**2
    runs = RunLengthMask.of(mask)
    same = np.array_equal(runs.mask(mask.shape), mask)
    return (
        f"{int(mask.sum()):,} voxels: {runs.bounds.nbytes / 1e3:.0f} kB as runs, "
        f"{np.packbits(mask).nbytes / 1e3:.0f} kB as bits, {4 * int(mask.sum()) / 1e3:.0f} kB as a list of indices; "
        f"the same mask again: {same}"
    )


MEASURED = {
    "wilcoxon": wilcoxon,
    "holm": holm_adjustment,
    "delong": delong_test,
    "bootstrap": patient_bootstrap,
    "markers": markers,
    "losses": losses,
    "rmsprop": rmsprop,
    "windows": sliding_windows,
    "resampling": resampling,
    "splits": splits,
    "csv": csv_reader,
    "yaml": yaml_reader,
    "json": json_reader,
    "lock": lock,
    "plots": plots,
    "runs": run_lengths,
}


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name in sys.argv[1:] or MEASURED:
        RNG.bit_generator.state = np.random.default_rng(0).bit_generator.state
        print(f"{name}: {MEASURED[name]()}", flush=True)


if __name__ == "__main__":
    main()
