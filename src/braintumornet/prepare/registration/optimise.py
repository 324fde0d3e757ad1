"""Climbing to the nearest maximum of the mutual information."""

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.core.workers.stop_signals import held_back
from braintumornet.prepare.registration.itk_images import to_matrix
from braintumornet.prepare.registration.mutual_information import ImagePair

if TYPE_CHECKING:
    import SimpleITK as sitk

SMALLEST_STEP_MM = 1e-3


def climb(pair: ImagePair, start: "sitk.Transform", step_mm: float, iterations: int) -> np.ndarray:
    """Follow the gradient from a start by steps that become smaller, and return the best place that was passed.

    The optimiser itself ends wherever its last step led, which on coarse voxels can be worse than its start.

    Args:
        pair: the two images at one resolution.
        start: where to begin; its kind says what is optimised (rigid or affine). Changed by the search.
        step_mm: length of the first step, as it moves the image.
        iterations: at most.

    Returns:
        (4, 4) from the fixed to the moving image, RAS+ mm; the start itself if the two images hardly overlap.

    Raises:
        Stopped: a signal came.
    """
    import SimpleITK as sitk

    fixed, moving = pair.itk()
    method = pair.method()
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=step_mm,
        minStep=SMALLEST_STEP_MM,
        numberOfIterations=iterations,
        relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-6,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    best = _Best(start.GetParameters())
    method.SetInitialTransform(start, inPlace=True)
    with held_back() as held:  # ITK swallows what is raised while it calls back

        def look() -> None:
            best.see(-method.GetMetricValue(), method.GetOptimizerPosition())
            if held.number:
                method.StopRegistration()

        method.AddCommand(sitk.sitkIterationEvent, look)
        with suppress(RuntimeError):  # the images ceased to overlap
            method.Execute(fixed, moving)
    start.SetParameters(best.place)
    return to_matrix(start)


class _Best:
    """The best place of a search, of which each value is told after the step away from its place."""

    def __init__(self, start: tuple[float, ...]) -> None:
        self.place = self._here = start
        self._value = -np.inf

    def see(self, value: float, next_place: tuple[float, ...]) -> None:
        if value > self._value:
            self.place, self._value = self._here, value
        self._here = next_place
