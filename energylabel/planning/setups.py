"""What the user chose → the setup that a model is run in."""

from types import MappingProxyType

from energylabel.classifiers import Batching, find_family
from energylabel.options import Options
from energylabel.records import Device, Hardware, Setup
from energylabel.runtimes import PYTORCH
from energylabel.standard import PROCEDURE

_OWN = PROCEDURE.batches
BATCHES: MappingProxyType[Device, Batching] = MappingProxyType(
    {
        "cpu": Batching(size=_OWN.texts),
        "cuda": Batching(size=_OWN.gpu_tokens, tokens=_OWN.gpu_tokens),
    }
)
"""What a batch holds (standard, section 2); a text has at least one token."""


def setup_of(options: Options, family: str, hardware: Hardware) -> Setup:
    """The setup of a rating; choices that are the standard's own anyway are left out of it.

    So two ratings that are run alike have one setup, whatever was typed.

    Args:
        options: What the user chose.
        family: Of the model; one that is told the question in words has a usual way to answer.
        hardware: Where it runs.
    """
    known = find_family(family)
    own = BATCHES[hardware.device]
    size = options.batch_size
    return Setup(
        device=hardware.device,
        gpus=len(hardware.gpus),
        runtime=None if options.runtime == PYTORCH else options.runtime,
        precision=options.dtype,
        batch_size=None if size == own.size and own.tokens is None else size,
        mode=(options.mode or known.usual_mode) if known.modes else None,
        shots=options.shots if known.modes else 0,
    )
