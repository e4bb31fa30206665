"""What executed the network, and what follows for the rest."""

from collections.abc import Iterator

from energylabel.classifiers import families
from energylabel.judging.consistency.saying import Check, above, below, unequal
from energylabel.records import Evidence
from energylabel.runtimes import PYTORCH, RUNTIMES
from energylabel.standard import PROCEDURE

EXPORTED = "exported"
"""Attention, where the network is a graph."""


def runtime(evidence: Evidence) -> Iterator[str]:
    """The runtime that was asked for has exported the network; it takes precision and device.

    A runtime that is not installed here is that of a plug-in, and is taken at its word.
    """
    setup, found = evidence.settings.setup, evidence.exported
    if (found is not None) != (setup.runtime is not None):
        there = "is" if found is not None else "is not"
        yield f"exported {there} there, but settings.setup.runtime is {setup.runtime!r}"
    attention = evidence.settings.attention
    if (attention == EXPORTED) != (setup.runtime is not None):
        yield f"settings.attention is {attention!r}, but settings.setup.runtime {setup.runtime!r}"
    known = RUNTIMES.found.get(setup.runtime or PYTORCH)
    if known is None:
        return
    if setup.runtime == PYTORCH:
        yield f"settings.setup.runtime is {PYTORCH!r}, which is not named"
    if setup.precision not in known.precisions or setup.device not in known.devices:
        on = f"{setup.precision} on {setup.device}"
        yield f"settings.setup is of {on}, which the runtime {known.name} does not have"
    family = families().get(evidence.subject.family)
    if setup.runtime and family is not None and setup.runtime not in family.runtimes:
        yield f"settings.setup.runtime is {known.name!r}, which {family.name} does not have"
    lacking = [name for name in known.distributions if name not in evidence.versions]
    if lacking:
        yield f"versions lacks {lacking[0]}, but settings.setup.runtime is {known.name!r}"


def exported(evidence: Evidence) -> Iterator[str]:
    """The sample that both answered, and the kernels of the precision that was asked for."""
    found, setup = evidence.exported, evidence.settings.setup
    known = RUNTIMES.found.get(setup.runtime or "")
    if found is None or known is None:
        return
    limits = PROCEDURE.runtime
    least = min(PROCEDURE.agreement.least_texts, evidence.settings.queries)
    yield from above("exported.texts", found.texts, "the standard's", limits.texts)
    most = evidence.settings.queries + 2
    yield from above("exported.texts", found.texts, "the queries and two more", most)
    yield from below("exported.texts", found.texts, "the standard's least", least)
    yield from above("exported.flips", found.flips, "exported.texts", found.texts)
    scaled = setup.precision in known.scaled
    if not scaled:
        noise = PROCEDURE.agreement.noise
        yield from above("exported.apart", found.apart, "what rounding explains", noise)
    integer = [name for name in found.products if name in known.integer]
    if bool(integer) != scaled:
        names = ", ".join(sorted(found.products))
        yield f"exported.products are {names}, but settings.setup.precision is {setup.precision!r}"
    own = "float32" if setup.precision == "auto" else setup.precision
    yield from unequal("subject.dtype", evidence.subject.dtype, "that of settings.setup", own)


def scaled(evidence: Evidence) -> Iterator[str]:
    """What batches changed, where numbers are scaled by batch."""
    setup, found = evidence.settings.setup, evidence.exported
    known = RUNTIMES.found.get(setup.runtime or "")
    by_batch = evidence.agreement.scaled if evidence.agreement else None
    if (by_batch is not None) != (known is not None and setup.precision in known.scaled):
        there = "is" if by_batch is not None else "is not"
        yield f"agreement.scaled {there} there, but settings.setup is of {setup.precision}"
    if by_batch is not None and found is not None:
        yield from unequal("agreement.scaled.texts", by_batch.texts, "exported.texts", found.texts)
        yield from above("agreement.scaled.flips", by_batch.flips, "exported.texts", found.texts)


RUNTIME: tuple[Check, ...] = (runtime, exported, scaled)
