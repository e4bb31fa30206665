"""How ratings are measured under the default standard: its procedure and its protocols."""

import json
from types import MappingProxyType
from typing import get_args

from energylabel.records import Procedure, ProtocolName, ProtocolSettings
from energylabel.standard.scales import DEFAULT, table_of

_TABLE = table_of(DEFAULT)
_UNBOUNDED = {"max_slice_queries": None}

PROCEDURE = Procedure.from_json(json.dumps({name: _TABLE[name] for name in Procedure.model_fields}))
"""What holds under every protocol."""

PROTOCOLS: MappingProxyType[ProtocolName, ProtocolSettings] = MappingProxyType(
    {
        name: ProtocolSettings(
            name=name, **_UNBOUNDED | _TABLE["protocol"]["standard"] | _TABLE["protocol"][name]
        )
        for name in get_args(ProtocolName)
    }
)
"""By name, as they are on a CPU."""

GPU_PROTOCOL = _UNBOUNDED | {"max_reference_pass_s": None} | _TABLE["protocol"]["gpu"]
"""Where the protocol of a GPU differs: one slice holds all (standard, section 5.3 and 5.4)."""
