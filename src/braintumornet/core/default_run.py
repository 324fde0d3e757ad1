"""The model that comes with the package: a run like any other, known by name, into which nothing is written."""

from os import PathLike
from pathlib import Path

from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError, require

DEFAULT = "default"
"""What the model in the package is called wherever a run is named."""

FOLDER = Path(__file__).parents[1] / "models" / DEFAULT


def find_run(name_or_path: str | PathLike[str] | None = None) -> Path:
    """Return the folder of a run, which is read; `default` is the model in the package.

    Args:
        name_or_path: a folder, or `default`; None: the model in the package, whatever lies in the working folder.

    Raises:
        UsageError: `default` may be two things, because a folder of this name is in the working folder.
        InputError: the model in the package is missing.

    Example:
        >>> find_run("runs/glioma").as_posix()
        'runs/glioma'
    """
    if name_or_path is not None:
        path = Path(name_or_path)
        if path != Path(DEFAULT):
            return path
        require(
            not path.exists(),
            f"{DEFAULT} is the name of the model in the package, and there is a folder {DEFAULT} here; for the model, "
            f"rename that folder or work in another; for what is in it, give its whole path, {path.absolute()}",
            UsageError,
        )
    file = RunFolder(FOLDER).model
    require(file.is_file(), f"the model in the package is missing ({file}); install braintumornet again")
    return FOLDER


def is_default(folder: Path) -> bool:
    """Say whether a folder is that of the model in the package."""
    return folder.resolve() == FOLDER.resolve()


def require_not_default(folder: str | PathLike[str], advice: str) -> None:
    """Refuse to write into the folder of the model in the package, also by its name.

    Args:
        folder: to write into.
        advice: what to do instead.

    Raises:
        UsageError: it is that folder, or `default`.

    Example:
        >>> require_not_default("runs/glioma", "")
        >>> require_not_default("default", "choose another folder")
        Traceback (most recent call last):
        ...
        braintumornet.core.text.errors.UsageError: default is the model in the package, ...; choose another folder
    """
    path = Path(folder)
    named = path == Path(DEFAULT) and not path.exists()
    require(
        not (named or is_default(path)),
        f"{DEFAULT} is the model in the package, which stays as it is; {advice}",
        UsageError,
    )
