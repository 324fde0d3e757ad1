"""Files of a BIDS data set: what their names say, the tables beside them, and which of several is meant."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.cohort.cohort_table import NOT_KNOWN
from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.text.errors import InputError

_NAME = re.compile(
    r"(?P<subject>sub-[A-Za-z0-9]+)(?:_(?P<session>ses-[A-Za-z0-9]+))?"
    r"(?P<entities>(?:_[a-z]+-[A-Za-z0-9+]+)*)_(?P<suffix>[A-Za-z0-9]+)\.nii(?:\.gz)?"
)
_SUFFIXES = {"T1w": "t1n", "T2w": "t2w", "FLAIR": "t2f"}
_SAYS_CONTRAST = re.compile("gd|gado|post|contrast|^ce$", re.IGNORECASE)
_DENIES_CONTRAST = re.compile("none?|no|pre|without", re.IGNORECASE)
_NATIVE = ("orig", "native", "individual")


@dataclass(frozen=True)
class BidsFile:
    """A NIfTI file and what its name says.

    Args:
        path: of the file.
        root: of the data set, or of the derivative, that it lies in.
        subject: such as `sub-01`.
        session: such as `ses-02`; blank where there is one only.
        entities: of the name, such as `{"ce": "gadolinium", "run": "2"}`, without these two.
        suffix: such as `T1w`, `dseg`.
    """

    path: Path
    root: Path
    subject: str
    session: str
    entities: Mapping[str, str]
    suffix: str

    @property
    def case_id(self) -> str:
        """Subject and session, as in the name."""
        return "_".join(filter(None, (self.subject, self.session)))

    @property
    def space(self) -> str:
        """Name of the space that the image was moved to; blank for the patient's own."""
        space = self.entities.get("space", "")
        return "" if space in _NATIVE else space

    @property
    def sequence(self) -> str | None:
        """Which sequence it is; None for anything else, such as the phase of one."""
        if self.entities.get("part", "mag") != "mag":
            return None
        return "t1c" if self.suffix == "T1w" and "ce" in self.entities else _SUFFIXES.get(self.suffix)

    @property
    def additions(self) -> int:
        """How many entities tell the file from the plain one: acquisition, reconstruction, run, description."""
        return len(self.entities.keys() - {"ce", "space"})


def find_bids_files(root: Path) -> Iterator[BidsFile]:
    """Yield the anatomical files of a data set and of its derivatives, in order."""
    for place in (root, *sorted(root.glob("derivatives/*"))):
        for pattern in ("sub-*/anat/*", "sub-*/ses-*/anat/*"):
            for path in sorted(place.glob(pattern)):
                if match := _NAME.fullmatch(path.name):
                    yield BidsFile(
                        path,
                        place,
                        match["subject"],
                        match["session"] or "",
                        _read_entities(match["entities"]),
                        match["suffix"],
                    )


def _read_entities(text: str) -> dict[str, str]:
    pairs = (word.split("-", 1) for word in text.split("_") if "-" in word)
    return dict(pairs)


def choose_plainest(files: Sequence[BidsFile]) -> BidsFile | None:
    """Return the file with the fewest additions to its name; None where several have as few, as two runs do."""
    if not files:
        return None
    fewest = min(file.additions for file in files)
    plain = [file for file in files if file.additions == fewest]
    return plain[0] if len(plain) == 1 else None


def contrast_is_doubtful(file: BidsFile) -> bool:
    """Say whether a T1w's name and its JSON file leave a doubt that a contrast agent was given, or was not.

    Raises:
        InputError: the JSON file is damaged.
    """
    if file.sequence == "t1c":
        return bool(_DENIES_CONTRAST.fullmatch(file.entities["ce"]))
    if file.sequence != "t1n":
        return False
    described = find_beside(file, ".json")
    about = {} if described is None else read_json(described)
    agents = [about.get(f"ContrastBolus{word}") for word in ("Ingredient", "Agent")] if isinstance(about, dict) else []
    return any(agents) or bool(_SAYS_CONTRAST.search(file.entities.get("acq", "")))


def find_beside(file: BidsFile, ending: str) -> Path | None:
    """Return the file that describes another by BIDS's inheritance principle, or None.

    It lies beside the other or in a folder above, within the data set, and its name holds nothing that the other's
    lacks; the nearest one counts, and of several in a folder the one that says most.

    Args:
        file: that is described.
        ending: `.tsv` or `.json`.
    """
    own = {*file.path.name.split(".")[0].split("_")}
    for folder in file.path.parents:
        found = [path for path in sorted(folder.glob(f"*{file.suffix}{ending}")) if {*path.stem.split("_")} <= own]
        if found:
            return max(found, key=lambda path: len(path.stem.split("_")))
        if folder == file.root:
            break
    return None


def read_tsv(path: Path, needed: str) -> list[dict[str, str]]:
    """Return the rows of a table of BIDS: column -> cell, without blanks and `n/a`.

    Args:
        path: of the table.
        needed: column without which it is none.

    Raises:
        InputError: it cannot be read, or lacks the column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, ValueError, csv.Error) as error:
        msg = f"cannot read {path}: {error}; expected text in UTF-8, separated by tabs"
        raise InputError(msg) from error
    header = [name.strip() for name in lines[0]] if lines else []
    if needed not in header:
        msg = f"{path} has no column {needed!r}; expected columns separated by tabs, as BIDS has them"
        raise InputError(msg)
    rows = [{name: cell.strip() for name, cell in zip(header, line, strict=False) if name} for line in lines[1:]]
    return [{name: cell for name, cell in row.items() if cell and cell.casefold() not in NOT_KNOWN} for row in rows]
