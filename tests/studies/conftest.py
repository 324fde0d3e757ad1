from ..study_tables import finished, noise, study  # noqa: F401
