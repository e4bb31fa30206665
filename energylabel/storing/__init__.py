"""What lies on the disk: the tree of labels, and the journal of a rating under way.

In: records. Out: files, written whole or not at all, and records read back.
"""

from energylabel.storing.holding import machine_lock
from energylabel.storing.journal import Journal, state_folder
from energylabel.storing.labels import (
    EVIDENCE,
    LABEL,
    address,
    find,
    is_canonical,
    leaf,
    parse_evidence,
    parse_label,
    prepare,
    published,
    read_bytes,
    read_evidence,
    read_label,
    replace,
    write,
)

__all__ = [
    "EVIDENCE",
    "LABEL",
    "Journal",
    "address",
    "find",
    "is_canonical",
    "leaf",
    "machine_lock",
    "parse_evidence",
    "parse_label",
    "prepare",
    "published",
    "read_bytes",
    "read_evidence",
    "read_label",
    "replace",
    "state_folder",
    "write",
]
