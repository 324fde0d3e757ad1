"""Contract checks for plug-ins: each takes a member of a family and raises an AssertionError that says what is wrong.

Ours are checked by the same functions. In the tests of a package with a backbone:

    from braintumornet.testing import check_backbone

    def test_contract():
        check_backbone(MyBackbone(width=4))
"""

from braintumornet.testing.check_backbone import check_backbone
from braintumornet.testing.check_layout import check_layout
from braintumornet.testing.check_metric import check_metric
from braintumornet.testing.check_task import check_task
from braintumornet.testing.check_weighting import check_weighting

__all__ = ["check_backbone", "check_layout", "check_metric", "check_task", "check_weighting"]
