"""Which GPUs a process uses, told from its environment."""

import pytest

from energylabel.devices.nvidia import Gpu
from energylabel.devices.visibility import choose
from energylabel.errors import MeasurementError

A = Gpu("Alike", "GPU-aaaa1111-0000", (0, 0x41, 0), None)
B = Gpu("Alike", "GPU-aaaa2222-0000", (0, 0x82, 0), None)
C = Gpu("Alike", "GPU-cccc3333-0000", (1, 0x41, 0), None)
OTHER = Gpu("Another", "GPU-dddd4444-0000", (2, 0x01, 0), None)
GPUS = (A, B, C)


@pytest.mark.parametrize(
    ("shown", "chosen"),
    [
        (None, GPUS),
        ("0", (A,)),
        ("2,0", (C, A)),
        (" 1 , 2", (B, C)),
        ("1,1", (B,)),
        ("0,-1,1", (A,)),  # CUDA stops at what it does not know
        ("1,7,0", (B,)),
        ("GPU-aaaa2222-0000", (B,)),
        ("gpu-CCCC", (C,)),
        ("GPU-cccc,GPU-aaaa", (C,)),  # the second could be two
        ("00000000:82:00.0", (B,)),
        ("0001:41:00.0", (C,)),
        ("41:00.0", (A,)),
        ("41:00,0001:41:00", (A, C)),
    ],
)
def test_as_cuda_reads_it(shown: str | None, chosen: tuple[Gpu, ...]):
    environ = {} if shown is None else {"CUDA_VISIBLE_DEVICES": shown}
    assert choose(GPUS, environ) == chosen


@pytest.mark.parametrize(
    "shown", ["", "-1", "3", "none", "GPU-", "GPU-eeee", "99:00.0", "0x1", "²", "9" * 5000, ",0"]
)
def test_none_is_left(shown: str):
    with pytest.raises(MeasurementError, match="leaves no GPU") as caught:
        choose(GPUS, {"CUDA_VISIBLE_DEVICES": shown})
    assert len(caught.value.message) < 150


@pytest.mark.parametrize("shown", ["MIG-1234", "MIG-GPU-aaaa1111-0000/1/0", "0,mig-5"])
def test_instances_are_not_counted(shown: str):
    with pytest.raises(MeasurementError, match="MIG instance"):
        choose(GPUS, {"CUDA_VISIBLE_DEVICES": shown})


def test_an_index_among_unlike_gpus_needs_an_order():
    unlike = (*GPUS, OTHER)
    environ = {"CUDA_VISIBLE_DEVICES": "1"}
    with pytest.raises(MeasurementError, match="two unlike GPUs") as caught:
        choose(unlike, environ)
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in caught.value.hint
    assert choose(unlike, environ | {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}) == (B,)
    assert choose(unlike, {"CUDA_VISIBLE_DEVICES": OTHER.uuid}) == (OTHER,)
    assert choose(unlike, {}) == unlike
