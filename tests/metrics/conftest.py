from ..mask_pairs import pair, random_blob  # noqa: F401
