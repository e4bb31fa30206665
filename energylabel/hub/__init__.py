"""The Hugging Face Hub: search, listings, files, retries, and its refusals in words.

In: a repository's name. Out: files checked against their digests, or one error with a remedy.
"""

from energylabel.hub.downloading import (
    TIMEOUT_S,
    Place,
    cached,
    download,
    fetch_file,
    has_digest,
    require_space,
)
from energylabel.hub.explaining import ONLINE, explained, passing
from energylabel.hub.retrying import patiently
from energylabel.hub.search import models_of

__all__ = [
    "ONLINE",
    "TIMEOUT_S",
    "Place",
    "cached",
    "download",
    "explained",
    "fetch_file",
    "has_digest",
    "models_of",
    "passing",
    "patiently",
    "require_space",
]
