from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, recall_score, roc_auc_score

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.metrics.calibration import reliability
from braintumornet.metrics.marker_answers import MACRO, MarkerAnswers
from braintumornet.scoring.marker_rows import MARKER_METRICS
from braintumornet.statistics.patient_bootstrap import NO_SPREAD

CLASSES = ("fusion", "other", "v600e")  # by name, as a tie goes to the first by name


def marker_scores(*given, **named):
    """Everything that is measured on a cohort's answers."""
    answers = MarkerAnswers.of(*given, **named)
    scores = {metric.name: metric.measure(answers) for metric in MARKER_METRICS}
    of_all = {name: scores[name][MACRO] for name in ("balanced_accuracy", "brier", "calibration_error")}
    curve = reliability(answers.confidence, answers.correct)
    about = {"confusion": answers.confusion, "cases": answers.cases, "reliability": curve}
    return SimpleNamespace(**{**scores, "macro_auc": scores["auc"][MACRO], **of_all, **about})


def random_cohort(seed, cases=80):
    """A cohort with ties, whose probabilities know something of the truth."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(3), rng.choice(3, cases - 3, p=[0.6, 0.3, 0.1])])
    logits = rng.normal(size=(cases, 3)) + 1.0 * np.eye(3)[truth]
    probabilities = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 1) + 1e-3
    return [CLASSES[index] for index in truth], probabilities / probabilities.sum(axis=1, keepdims=True)


def binary(score_of_positive):
    return np.stack([1 - score_of_positive, score_of_positive], axis=1)


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_scikit_learn(seed):
    truths, probabilities = random_cohort(seed)
    scores = marker_scores(CLASSES, truths, probabilities)
    for index, name in enumerate(CLASSES):
        expected = roc_auc_score(np.array(truths) == name, probabilities[:, index])
        assert scores.auc[name].value == pytest.approx(expected)
    indices = [CLASSES.index(name) for name in truths]
    assert scores.macro_auc.value == pytest.approx(roc_auc_score(indices, probabilities, multi_class="ovr"))
    accuracy = balanced_accuracy_score(indices, probabilities.argmax(axis=1))
    assert scores.balanced_accuracy.value == pytest.approx(accuracy)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_cases_does_not_matter(seed):
    truths, probabilities = random_cohort(seed)
    patients = [f"p{index // 2}" for index in range(len(truths))]
    order = np.random.default_rng(seed).permutation(len(truths))
    shuffled = [truths[i] for i in order], probabilities[order]
    assert marker_scores(CLASSES, *shuffled) == marker_scores(CLASSES, truths, probabilities)
    assert marker_scores(CLASSES, *shuffled, [patients[i] for i in order]) == marker_scores(
        CLASSES, truths, probabilities, patients
    )


@pytest.mark.parametrize(
    ("positive", "auc", "accuracy"),
    [([0.1, 0.2, 0.8, 0.9], 1, 1), ([0.9, 0.8, 0.2, 0.1], 0, 0), ([0.5, 0.5, 0.5, 0.5], 0.5, 0.5)],
    ids=["perfect", "inverted", "constant"],
)
def test_perfect_inverted_and_constant(positive, auc, accuracy):
    scores = marker_scores(["no", "yes"], ["no", "no", "yes", "yes"], binary(np.array(positive)))
    for estimate, value in (
        (scores.macro_auc, auc),
        (scores.auc["yes"], auc),
        (scores.balanced_accuracy, accuracy),
    ):
        assert (estimate.value, estimate.note) == (value, NO_SPREAD)
        assert np.isnan([estimate.low, estimate.high]).all()  # four patients do not make an AUC of 1 certain


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_holds_the_value_and_is_neither_a_point_nor_everything(seed):
    scores = marker_scores(CLASSES, *random_cohort(seed))
    for estimate in (scores.macro_auc, scores.balanced_accuracy, scores.auc["fusion"]):
        assert 0 <= estimate.low < estimate.value < estimate.high <= 1
        assert 0.02 < estimate.high - estimate.low < 0.6


def test_the_interval_agrees_with_that_of_delong():
    rng = np.random.default_rng(0)
    negative, positive = rng.normal(size=150), rng.normal(1, 1, size=150)
    right = (positive[:, None] > negative).astype(float)
    error = np.sqrt(right.mean(axis=1).var(ddof=1) / 150 + right.mean(axis=0).var(ddof=1) / 150)
    score = np.concatenate([negative, positive])
    auc = marker_scores(["no", "yes"], ["no"] * 150 + ["yes"] * 150, np.stack([-score, score], axis=1)).auc["yes"]
    assert auc.low == pytest.approx(auc.value - 1.96 * error, abs=0.01)
    assert auc.high == pytest.approx(auc.value + 1.96 * error, abs=0.01)


def test_copies_of_a_case_do_not_narrow_the_interval():
    truths, probabilities = random_cohort(0)
    patients = [f"p{index:03}" for index in range(len(truths))]
    once = marker_scores(CLASSES, truths, probabilities, patients)
    thrice = marker_scores(CLASSES, truths * 3, np.tile(probabilities, (3, 1)), patients * 3)
    assert thrice.macro_auc.value == pytest.approx(once.macro_auc.value)
    assert (thrice.macro_auc.low, thrice.macro_auc.high) == pytest.approx((once.macro_auc.low, once.macro_auc.high))


def test_each_class_stays_present_where_a_patient_has_cases_of_two():
    truths, patients = ["no", "yes", "no", "no"], ["p1", "p1", "p2", "p3"]
    scores = marker_scores(["no", "yes"], truths, binary(np.array([0.1, 0.6, 0.7, 0.2])), patients)
    assert scores.macro_auc.value == pytest.approx(2 / 3)
    assert np.isfinite([scores.macro_auc.low, scores.balanced_accuracy.high]).all()


def test_a_class_without_a_case_has_no_auc_and_says_why():
    scores = marker_scores(CLASSES, ["fusion", "other"], np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2]]))
    assert np.isnan([scores.auc["v600e"].value, scores.macro_auc.value, scores.macro_auc.low]).all()
    assert scores.auc["v600e"].note == scores.macro_auc.note == "not defined: no case of class v600e"
    assert (scores.auc["fusion"].value, scores.auc["fusion"].note) == (1, NO_SPREAD)
    assert (scores.balanced_accuracy.value, scores.balanced_accuracy.note) == (
        1,
        f"without v600e: no case; {NO_SPREAD}",
    )
    assert scores.cases == {"fusion": 1, "v600e": 0, "other": 1}


def test_a_cohort_of_one_class_has_no_auc_and_says_why():
    scores = marker_scores(["no", "yes"], ["yes", "yes"], binary(np.array([0.3, 0.7])))
    assert np.isnan(scores.auc["yes"].value)
    assert scores.auc["yes"].note == "not defined: every case is of class yes"
    assert scores.balanced_accuracy.value == 0.5


def test_no_case_at_all_says_so():
    scores = marker_scores(["no", "yes"], [], np.array([]))
    assert scores.macro_auc.note == scores.balanced_accuracy.note == "not defined: no case"
    assert np.isnan([scores.macro_auc.value, scores.balanced_accuracy.value]).all()


def test_an_unknown_class_is_refused():
    with pytest.raises(InputError, match="case number 2 has the class 'fusoin'; did you mean 'fusion'"):
        marker_scores(CLASSES, ["other", "fusoin"], np.full((2, 3), 1 / 3))


def test_a_probability_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="case number 2 has a probability that is no number"):
        marker_scores(["no", "yes"], ["no", "yes"], binary(np.array([0.5, np.nan])))


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match=r"shape \(2, 2\) do not fit 2 cases and 3 classes"):
        marker_scores(CLASSES, ["other", "fusion"], np.full((2, 2), 0.5))


@pytest.mark.parametrize("seed", range(3))
def test_sensitivity_and_specificity_equal_scikit_learn(seed):
    truths, probabilities = random_cohort(seed)
    scores = marker_scores(CLASSES, truths, probabilities)
    told = [CLASSES[index] for index in probabilities.argmax(axis=1)]
    for name in CLASSES:
        actual, said = (np.array(names) == name for names in (truths, told))
        assert scores.sensitivity[name].value == pytest.approx(recall_score(actual, said))
        assert scores.specificity[name].value == pytest.approx(recall_score(~actual, ~said))
    matrix = [[scores.confusion[truth][name] for name in CLASSES] for truth in CLASSES]
    assert matrix == confusion_matrix(truths, told, labels=CLASSES).tolist()


def test_a_case_without_an_answer_is_wrong_in_everything():
    truths, probabilities = ["no", "no", "yes"], binary(np.array([0.1, 0.5, 0.9]))
    given = marker_scores(["no", "yes"], truths, probabilities)
    missing = marker_scores(["no", "yes"], truths, probabilities, answered=[True, False, True])
    assert given.sensitivity["no"].value == 1  # a tie is the first class
    assert missing.sensitivity["no"].value == missing.balanced_accuracy.value - 0.25 == 0.5
    assert missing.confusion["no"] == {"no": 1, "yes": 0, "nothing": 1}
    assert missing.auc["yes"].value == 0.5  # below no: 1 before that
    assert missing.brier.value == pytest.approx((2 * 0.1**2 + 2 + 2 * 0.1**2) / 3)
    assert missing.specificity["yes"].value == 0.5
    assert missing.calibration_error.value == pytest.approx(0.1)  # of the two answers
    for name in ("macro_auc", "balanced_accuracy", "brier"):
        assert getattr(missing, name).note == "1 case without a prediction: counted as wrong"


@pytest.mark.parametrize("seed", range(3))
def test_leaving_an_answer_out_never_improves_a_score(seed):
    truths, probabilities = random_cohort(seed, cases=20)
    given = marker_scores(CLASSES, truths, probabilities)
    for left_out in range(20):
        missing = marker_scores(CLASSES, truths, probabilities, answered=[n != left_out for n in range(20)])
        for name in CLASSES:
            for metric in ("auc", "sensitivity", "specificity"):
                assert getattr(missing, metric)[name].value <= getattr(given, metric)[name].value
        assert missing.macro_auc.value <= given.macro_auc.value
        assert missing.balanced_accuracy.value <= given.balanced_accuracy.value
        assert missing.brier.value >= given.brier.value


def test_without_any_answer_there_is_no_calibration():
    scores = marker_scores(["no", "yes"], ["no", "yes"], binary(np.array([0.5, 0.5])), answered=[False, False])
    assert (scores.macro_auc.value, scores.brier.value, scores.reliability) == (0, 2, {})
    assert scores.calibration_error.note == "not defined: no answer"


@pytest.mark.parametrize("seed", range(3))
def test_the_intervals_of_the_other_scores_hold_their_values(seed):
    scores = marker_scores(CLASSES, *random_cohort(seed))
    for estimate in (scores.brier, scores.sensitivity["fusion"], scores.specificity["fusion"]):
        assert estimate.low < estimate.value < estimate.high
