"""The Hugging Face Hub: listings, files, search, rights and commits, through one client.

In: a repository's name. Out: files checked against their digests and answers checked field by
field, or one error with a remedy. Nothing else in the program imports ``huggingface_hub``.
"""

from energylabel.hub.cache import Place, digest_alike, has_digest, note_revision, require_space
from energylabel.hub.client import HubClient
from energylabel.hub.committing import Forbidden, Moved, Unclear
from energylabel.hub.discussing.pulls import PullDetails
from energylabel.hub.endpoint import shown_elsewhere
from energylabel.hub.explaining import ONLINE
from energylabel.hub.rights import refused_as_missing
from energylabel.hub.validating import Kind, Listed, Listing, Pull

__all__ = [
    "ONLINE",
    "Forbidden",
    "HubClient",
    "Kind",
    "Listed",
    "Listing",
    "Moved",
    "Place",
    "Pull",
    "PullDetails",
    "Unclear",
    "digest_alike",
    "has_digest",
    "note_revision",
    "refused_as_missing",
    "require_space",
    "shown_elsewhere",
]
