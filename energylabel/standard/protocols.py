"""The numbers of section 5 of the standard."""

from types import MappingProxyType

from energylabel.records import ProtocolName, ProtocolSettings

PROTOCOLS: MappingProxyType[ProtocolName, ProtocolSettings] = MappingProxyType(
    {
        "standard": ProtocolSettings(
            name="standard",
            min_window_s=5.0,
            min_estimated_window_s=2.0,
            min_slices=6,
            max_slice_queries=None,
            max_reference_pass_s=10.0,
            blocks_per_round=6,
            max_rounds=5,
            target_half_width=0.02,
            warm_up_s=10.0,
            warm_up_limit_s=60.0,
            settle_s=1.0,
            idle_s=10.0,
            single_queries=200,
        ),
        "quick": ProtocolSettings(
            name="quick",
            min_window_s=1.0,
            min_estimated_window_s=1.0,
            min_slices=1,
            max_slice_queries=50,
            max_reference_pass_s=10.0,
            blocks_per_round=3,
            max_rounds=1,
            target_half_width=0.02,
            warm_up_s=10.0,
            warm_up_limit_s=60.0,
            settle_s=1.0,
            idle_s=0.0,
            single_queries=200,
        ),
    }
)
"""By name, as they are on a CPU."""

GPU_PROTOCOL = {
    "min_slices": 1,
    "max_slice_queries": None,
    "max_reference_pass_s": None,
    "warm_up_s": 30.0,
    "warm_up_limit_s": 120.0,
}
"""Where the protocol of a GPU differs (standard, section 5.3 and 5.4)."""
