"""A backbone: what is the least that all heads can share."""

from typing import Literal

from torch import nn

from braintumornet.networks.multi_task_network import Backbone, BackboneModule, Features


class OneConvolution(Backbone):
    """One convolution.

    Args:
        width: channels of its map.
    """

    kind: Literal["one_convolution"] = "one_convolution"
    width: int = 4

    def build(self, sequences):
        return OneConvolutionModule(self.width, sequences)


class OneConvolutionModule(BackboneModule):
    multiple = 1  # patch sizes must be multiples of this

    def __init__(self, width, sequences):
        super().__init__()
        self.width = width
        self.scale_widths = (width,)  # channels of the maps that markers are read from, the coarsest last
        self.layer = nn.Conv3d(sequences, width, 3, padding=1)

    def features(self, image, levels, origin=(0, 0, 0)):
        features = self.layer(image)
        return Features(voxels=features, scales=(features,))

    def voxel_branch(self):
        return nn.Identity(), self.width

    def marker_branch(self, features):
        return nn.Sequential(nn.Linear(features, 3), nn.ReLU()), 3
