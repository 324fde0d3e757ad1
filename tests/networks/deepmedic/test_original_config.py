"""The model configuration of the original DeepMedic is read without running it."""

from pathlib import Path

import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.networks.deepmedic.original_config import read_model_config


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import os", "line 2: expected NAME = LITERAL; nothing else is read, and no code is run"),
        ("modelName = open('x', 'w')", "line 2: expected NAME = LITERAL"),
        ("a, b = 1, 2", "line 2: expected NAME = LITERAL"),
        ("if True:\n    modelName = 'x'", "line 2: expected NAME = LITERAL"),
        ("modelName = (", "cannot read"),
        ("activationFunction = 'relu'", "activationFunction must be prelu, found 'relu'"),
        ("subsampleFactor = [3, 3, 1]", "a pathway must be subsampled alike along all axes, found [3, 3, 1]"),
        (
            "kernelDimPerLayerNormal = [[5, 5, 5], [3, 3, 3]]",
            "kernelDimPerLayerNormal: all kernels of the pathways must be",
        ),
        (
            "numberFMsPerLayerSubsampled = [2, 2]",
            "numberFMsPerLayerSubsampled must be the same as numberFMsPerLayerNormal",
        ),
        ("kernelDimPerLayerFC = [[3, 3, 3], [1, 1, 1]]", "a first 3x3x3 kernel after the join must be mirror-padded"),
        ("subsampleFactor = 3", "describes a network that is not supported"),
        ("layersWithResidualConnNormal = [1]", "residual: layers are numbered from 1"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_refused(line: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "modelConfig.cfg"
    file.write_text(f"numberFMsPerLayerNormal = [4, 4]\n{line}\n{REST}")
    with pytest.raises(InputError) as error:
        read_model_config(file)
    assert message in str(error.value)


REST = """
numberOfOutputClasses = 3
numberOfInputChannels = 2
useSubsampledPathway = True
numberFMsPerLayerFC = [5]
"""


def test_what_a_configuration_does_not_say_is_as_in_the_original(tmp_path: Path) -> None:
    file = tmp_path / "modelConfig.cfg"
    file.write_text(f"numberFMsPerLayerNormal = [4, 4]\n{REST}")
    settings = read_model_config(file).backbone
    assert (settings.factors, settings.residual, settings.dropout) == ((3,), (), (0.0, 0.5))


def test_a_configuration_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text("sessionName = 'x'")
    with pytest.raises(InputError, match="is no model configuration of DeepMedic: numberFMsPerLayerNormal is missing"):
        read_model_config(tmp_path / "x.cfg")
