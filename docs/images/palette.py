"""Pictures in few kilobytes: PNG files of a palette."""

from pathlib import Path

from PIL import Image

COLOURS = 256


def save_palette(picture: Image.Image, path: Path) -> None:
    """Write a picture as a PNG of so many colours; an octree keeps those of thin contours."""
    few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
