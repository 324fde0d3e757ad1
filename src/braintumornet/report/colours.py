"""The colours of regions, on images and pages."""

COLOURS = {
    "WT": "#f2c14e",
    "TC": "#e4572e",
    "ET": "#4ec5f2",
    "NCR": "#e78ac3",
    "ED": "#a6d854",
    "CC": "#b197fc",
    "RC": "#f1f3f5",
}
OTHER_COLOUR = "#8bd17c"
