"""Whether the watt-hours of a label divide to its index, as a reader would try."""

from energylabel import formatting
from energylabel.records import Label
from energylabel.rendering._drawing.layout import shown_index


def quotient(label: Label) -> str:
    """Why the watt-hours that are printed do not divide to the index; empty where they do.

    Rounding aside: the last digit of each may be off by one.
    """
    energy, index = label.metrics.energy, shown_index(label)
    if energy.modelled is not None:
        own, reference = energy.modelled.wh_per_1000, energy.modelled.reference_wh_per_1000
        pairs, digits = [(own.low, reference.low), (own.high, reference.high)], 2
    elif energy.wh_per_1000 is not None and energy.reference_wh_per_1000 is not None:
        pairs, digits = [(energy.wh_per_1000.value, energy.reference_wh_per_1000.value)], 3
    else:
        return ""
    if index is None or not index.value > 0 or not all(one > 0 < other for one, other in pairs):
        return ""
    quotients = [100 * one / other for one, other in pairs]
    off = sum(formatting.last_digit(each, digits) / each for each in pairs[0])
    off += formatting.last_digit(index.value, 3) / index.value
    if min(quotients) / (1 + off) <= index.value <= max(quotients) * (1 + off):
        return ""
    shown = dict.fromkeys(formatting.significant(each) for each in quotients)
    why = (
        "the processor's part, which is modelled, is in them and not in the index"
        if energy.modelled is not None and label.hardware.gpus
        else "they are means over all windows of each model, while the index compares the two"
        " block by block, within seconds, so that a machine whose speed wanders in between does not"
        " move it"
    )
    return f"the watt-hours divide to {' to '.join(shown)}, not to the index: {why}"
