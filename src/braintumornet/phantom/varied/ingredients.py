"""Which variations the phantoms of generator 2 have, so that each can be left out to see what it is worth."""

from braintumornet.core.plugin import Settings


class Ingredients(Settings):
    """What makes a phantom of generator 2 more varied than one of generator 1.

    Args:
        intensity: several grey levels and texture within a tissue, wide ranges of levels, a gamma of its own for each
            sequence.
        acquisition: strong bias fields and noise, signal that falls towards the neck, thick slices, sequences that lie
            a little apart, brain masks that hold outer fluid or cut the cortex.
        tumours: diffuse gliomas that hardly enhance, tumours in several places, cavities, and labels whose borders
            vary as those of people do.

    Example:
        >>> Ingredients(tumours=False).acquisition
        True
    """

    intensity: bool = True
    acquisition: bool = True
    tumours: bool = True
