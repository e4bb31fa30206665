"""The Hugging Face Hub: listings, files, search, rights and commits, through one client.

In: a repository's name. Out: files checked against their digests and answers checked field by
field, or one error with a remedy. Nothing else in the program imports ``huggingface_hub``.
"""

from energylabel.hub.cache import Place, has_digest, note_revision, require_space
from energylabel.hub.client import HubClient
from energylabel.hub.committing import Moved, Unclear
from energylabel.hub.explaining import ONLINE
from energylabel.hub.validating import Listed, Listing, Pull

__all__ = [
    "ONLINE",
    "HubClient",
    "Listed",
    "Listing",
    "Moved",
    "Place",
    "Pull",
    "Unclear",
    "has_digest",
    "note_revision",
    "require_space",
]
