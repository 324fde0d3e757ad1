"""A router that can choose, and those that cannot."""

import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.text.errors import UsageError

HGG = {"kind": "segmentation", "name": "hgg", "regions": ["WT"], "where": {"pathology": ["hgg", "lgg"]}}
METS = {"kind": "segmentation", "name": "mets", "regions": ["TC"], "where": {"pathology": "mets"}}
KIND = {"kind": "classification", "name": "kind", "target": "pathology", "classes": ["hgg", "mets"]}
BOTH = KIND | {"tumour_from": ["hgg", "mets"]}


def parse(*tasks: dict[str, object], router: str | None = "kind") -> ExperimentConfig:
    content = {"sequences": ["t1c"], "tasks": list(tasks), "training": {"steps": 1}, "inference": {"router": router}}
    return ExperimentConfig.from_content(content, "hybrid.yaml")


def test_a_router_that_can_choose() -> None:
    assert parse(HGG, METS, BOTH).router.name == "kind"
    assert parse(HGG, METS, KIND | {"roi": "patch"}).router.name == "kind"
    assert parse(HGG, METS, KIND, router=None).router is None


@pytest.mark.parametrize(
    ("tasks", "text"),
    [
        ((HGG, METS), "inference.router: there is no classification task 'kind'"),
        ((HGG, METS, BOTH | {"name": "kinds"}), "did you mean 'kinds'?"),
        (
            (HGG | {"where": {}}, KIND),
            "no segmentation task says `where: {pathology: ...}`, so nothing is to be chosen",
        ),
        ((HGG, BOTH | {"tumour_from": "hgg"}), "no segmentation task is for pathology 'mets'; drop the class or add"),
        (
            (HGG, METS, KIND),
            "task 'kind' is shown no tumour of pathology 'mets'; add mets to its tumour_from, or set roi",
        ),
        ((HGG, METS, KIND | {"tumour_from": "met"}), "tumour_from 'met' is no segmentation task; did you mean 'mets'?"),
        ((HGG, METS | {"name": "auto"}, BOTH), "'auto' stands for the choice of a router"),
    ],
)
def test_what_cannot_choose_is_refused(tasks: tuple[dict[str, object], ...], text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(*tasks)
    assert text in str(error.value)
