"""What a runtime other than PyTorch made of the network (standard, section 5.14)."""

from decimal import Decimal

from energylabel.formatting import counted
from energylabel.judging.checks.answers import Check
from energylabel.records import Evidence, Finding, Metrics, Scale
from energylabel.runtimes import RUNTIMES


def runtime(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Which runtime and precision ran, and how far its answers are PyTorch's."""
    del metrics, scale
    found, name = evidence.exported, evidence.settings.setup.runtime
    if found is None or name is None:
        return None
    known = RUNTIMES.found.get(name)
    version = evidence.versions.get(name, "")
    title = " ".join(filter(None, (known.title if known else name, version)))
    if known is None or evidence.settings.setup.precision not in known.scaled:
        share = format(Decimal(f"{100 * found.apart:.1g}"), "f")
        return Finding(
            name="runtime",
            outcome="passed",
            message=f"{title} computed PyTorch's scores to {counted(found.texts, 'text')},"
            f" but for rounding ({share} % of the largest at most)",
        )
    products = sum(found.products.values())
    integer = sum(count for each, count in found.products.items() if each in known.integer)
    same = found.texts - found.flips
    return Finding(
        name="runtime",
        outcome="noted",
        message=f"{title} ran {integer} of {products} products of matrices in integers;"
        f" {same} of {counted(found.texts, 'text')} had the label that PyTorch gives in float32",
    )


def scaled_by_batch(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Answers that hang on the other texts of their batch."""
    del metrics, scale
    agreement = evidence.agreement
    found = agreement.scaled if agreement else None
    if agreement is None or found is None:
        return None
    dtype, texts = evidence.subject.dtype, counted(found.texts, "text")
    alone = agreement.grouping == "one-by-one" and found.flips > 0
    return Finding(
        name="scaled-by-batch",
        outcome="warned" if found.flips else "passed",
        message=f"{found.flips} of {texts} had another label in a batch than alone, since {dtype}"
        f" is scaled by batch{': all were asked one at a time' if alone else ''}",
    )


RUNTIME_CHECKS: tuple[Check, ...] = (runtime, scaled_by_batch)
