"""The metrics log of a training as curves."""

import numpy as np
import pandas as pd
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.report.training_curves import FEW_POINTS, MOST_POINTS, draw_charts


def history(every=10, **logged):
    """Return what a run logged: name -> values, one every few steps."""
    rows = [(number * every, name, value) for name, values in logged.items() for number, value in enumerate(values, 1)]
    return pd.DataFrame(rows, columns=["step", "name", "value"])


def test_the_metrics_log_is_read_row_by_row(tmp_path):
    (tmp_path / "metrics.csv").write_text("step,name,value\n10,loss/a,2\n10,loss/b,1\n20,loss/a,nan\n30,loss/a,1.5\n")
    found = TrainedRun(tmp_path).history
    assert found["step"].tolist() == [10, 10, 20, 30]
    assert found["name"].tolist() == ["loss/a", "loss/b", "loss/a", "loss/a"]
    assert found["value"].dropna().tolist() == [2, 1, 1.5]
    drawn = {chart.legend[0][0]: chart.plot.drawn for chart in draw_charts(found)}
    assert {name: len(marks.dots) for name, (marks,) in drawn.items()} == {"a": 2, "b": 1}  # without what is no number


@pytest.mark.parametrize("row", ["10,loss/a,many", "10", "ten,loss/a,1"])
def test_a_damaged_diary_is_refused(tmp_path, row):
    (tmp_path / "metrics.csv").write_text(f"step,name,value\n{row}\n")
    with pytest.raises(InputError, match=r"metrics.csv is damaged .* expected rows of step,name,value"):
        _ = TrainedRun(tmp_path).history


def test_no_diary_is_no_curve(tmp_path):
    assert draw_charts(TrainedRun(tmp_path).history) == []


def test_each_task_has_its_charts_and_regions_share_one():
    names = [
        "loss/a",
        "loss/b",
        "val/a/WT/dice",
        "val/a/ET/dice",
        "val/b/accuracy",
        "val/score",
        "weight/a",
        "weight/b",
    ]
    charts = draw_charts(history(**{name: [0.5, 0.6] for name in names}))
    assert {chart.plot.title: [name for name, _, _ in chart.legend] for chart in charts} == {
        "Loss of a": ["a"],
        "Loss of b": ["b"],
        "Dice of a on validation": ["WT", "ET"],
        "Accuracy of b on validation": ["b"],
        "Weights of the losses": ["a", "b"],
    }


def test_weights_that_never_change_have_no_chart():
    logged = history(**{"loss/a": [0.5, 0.6], "weight/a": [1.0, 1.0], "weight/b": [0.3, 0.3]})
    assert [chart.plot.title for chart in draw_charts(logged)] == ["Loss of a"]


def points(line):
    return np.array([point.split(",") for point in line.split()], dtype=float)


def test_points_lie_where_their_values_are():
    (chart,) = draw_charts(history(**{"val/a/WT/dice": [0.0, 0.5, 1.0, 0.25]}))
    (marks,), plot = chart.plot.drawn, chart.plot
    x, y = points(marks.line).T
    np.testing.assert_allclose(np.diff(x), (plot.right - plot.left) / 4, atol=0.1)
    np.testing.assert_allclose((plot.bottom - y) / (plot.bottom - plot.top), [0, 0.5, 1, 0.25], atol=1e-3)
    assert [dot[:2] for dot in marks.dots] == list(zip(x, y, strict=True))
    assert (marks.dots[1][3], chart.legend) == ("step 20: 0.5", (("WT", "WT", "0.25"),))
    assert (plot.y_ticks[0], plot.y_ticks[-1]) == ((plot.bottom, "0"), (plot.top, "1"))
    assert (chart.smooth, chart.kept, plot.guides) == (False, False, ())


def test_many_points_are_thinned_and_smoothed():
    noise = np.random.default_rng(0).normal(size=5000)
    (chart,) = draw_charts(history(**{"loss/a": 2 + 0.1 * noise}))
    logged, smooth = (points(marks.line) for marks in chart.plot.drawn)
    assert len(logged) == len(smooth) == MOST_POINTS
    assert smooth[:, 1].std() < 0.5 * logged[:, 1].std()
    assert [(marks.pale, marks.dots) for marks in chart.plot.drawn] == [(True, ()), (False, ())]
    assert chart.smooth


def test_a_rare_spike_does_not_flatten_the_rest():
    values = np.full(FEW_POINTS * 10, 0.5)
    values[7] = 1000
    (chart,) = draw_charts(history(**{"loss/a": values}))
    assert float(chart.plot.y_ticks[-1][1]) < 100


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [-1.0, -1.0], [1e-9, 2e-9]])
def test_any_values_give_a_chart_with_a_scale(values):
    (chart,) = draw_charts(history(**{"loss/a": values}))
    (marks,) = chart.plot.drawn
    assert np.isfinite([coordinate for dot in marks.dots for coordinate in dot[:2]]).all()
    assert len(chart.plot.y_ticks) >= 2


def test_the_kept_step_is_marked_where_it_lies():
    (chart,) = draw_charts(history(**{"loss/a": [1, 1, 1, 1]}), kept=20)
    ((x, *_),), plot = chart.plot.guides, chart.plot
    assert x == pytest.approx((plot.left + plot.right) / 2)
    assert chart.kept
