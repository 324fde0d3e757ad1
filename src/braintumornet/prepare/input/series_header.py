"""What the headers of a DICOM series say, in the terms of classic MR images, whatever the files are."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SeriesHeader:
    """The facts of one image of a series; what a header does not say has its default.

    Free text and unique identifiers are for decisions in memory: they may name a patient, so they are never written and
    do not show in `repr`.

    Args:
        modality: such as `MR`.
        sop_class: UID of the kind of object.
        image_type: values of ImageType, and of FrameType in multi-frame objects, in capitals.
        scanning_sequence: some of `SE`, `GR`, `IR`, `EP`, `RM`.
        sequence_variant: such as `SK`, `SP`, `MP`.
        scan_options: such as `FS`, `IR`.
        sequence_name: of the scanner's program (SequenceName, PulseSequenceName, GE's (0019,109C)), joined by a blank.
        acquisition_contrast: of an enhanced object (0008,9209), such as `T1` or `FLUID_ATTENUATED`.
        acquisition_type: `2D` or `3D`.
        repetition_ms: TR.
        echo_ms: TE; the effective one in enhanced objects.
        inversion_ms: TI.
        flip_deg: flip angle.
        echo_train: echoes per excitation.
        b_value: the largest of the series, in s/mm2.
        has_gradients: whether diffusion gradients are described.
        temporal_positions: how often the series holds each slice.
        has_velocity_encoding: whether flow is encoded.
        contrast_agent: what the header says of it (an enhanced object: `YES` or `NO`); None says nothing either way.
        description: free text of the series.
        protocol: free text of the protocol.
        manufacturer: of the scanner.
        study: UID.
        frame_of_reference: UID.
        series_number: as the scanner counts.
        time_s: when the acquisition began, in seconds since a date of no meaning; only for ordering within a study.
        orientations: of the stacks in the series, where more than 5 degrees apart.
        plane: nearest to the slices: `axial`, `coronal` or `sagittal`.
        slices: of this image.
        coverage_mm: slices times the distance between them.
        spacing_mm: between neighbouring columns, rows and slices.
        has_pixels: whether the objects are images at all.
    """

    modality: str = "MR"
    sop_class: str = ""
    image_type: tuple[str, ...] = ()
    scanning_sequence: tuple[str, ...] = ()
    sequence_variant: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    sequence_name: str = field(default="", repr=False)
    acquisition_contrast: str | None = None
    acquisition_type: str = ""
    repetition_ms: float | None = None
    echo_ms: float | None = None
    inversion_ms: float | None = None
    flip_deg: float | None = None
    echo_train: int | None = None
    b_value: float | None = None
    has_gradients: bool = False
    temporal_positions: int = 1
    has_velocity_encoding: bool = False
    contrast_agent: str | None = field(default=None, repr=False)
    description: str = field(default="", repr=False)
    protocol: str = field(default="", repr=False)
    manufacturer: str = field(default="", repr=False)
    study: str = field(default="", repr=False)
    frame_of_reference: str = field(default="", repr=False)
    series_number: int | None = None
    time_s: float | None = field(default=None, repr=False)
    orientations: int = 1
    plane: str = ""
    slices: int = 0
    coverage_mm: float = 0.0
    spacing_mm: tuple[float, float, float] | None = None
    has_pixels: bool = True
