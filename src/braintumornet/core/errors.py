"""The errors that a person reads: what was expected, what was found, what to do."""


class BrainTumorNetError(Exception):
    """Base of every error that the console shows as one line; `exit_code` is what the command ends with."""

    exit_code = 1


class InputError(BrainTumorNetError):
    """The data are at fault: a file that is missing, damaged or says something else than it should."""


class GeometryError(InputError):
    """Two volumes that must share one grid do not."""


class InputWarning(UserWarning):
    """The data are probably not as they are meant, but can be used; the command line shows each once."""


class UsageError(BrainTumorNetError):
    """The call or the configuration is at fault."""

    exit_code = 2
