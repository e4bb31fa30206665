"""What was chosen before the first window: protocol, batches, slices, workload, machine."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from energylabel import workloads
from energylabel.judging.consistency.saying import Check, above, below, unequal, uninterrupted
from energylabel.records import OWN, Evidence
from energylabel.standard import GPU_PROTOCOL, PROCEDURE, PROTOCOLS
from energylabel.worker import WAIT_POLICY


def protocol(evidence: Evidence) -> Iterator[str]:
    """The numbers of a protocol are the standard's."""
    found = evidence.settings.protocol
    known = PROTOCOLS[found.name]
    if evidence.settings.device == "cuda":
        known = known.model_copy(update=GPU_PROTOCOL)
        if not any(run.rule for run in evidence.warm_up):
            earlier = PROCEDURE.warm_up.earlier
            times = {"warm_up_s": earlier.gpu_s, "warm_up_limit_s": earlier.gpu_limit_s}
            known = known.model_copy(update=times)
    for field in type(found).model_fields:
        place, other = f"settings.protocol.{field}", f"that of the protocol {found.name}"
        yield from unequal(place, getattr(found, field), other, getattr(known, field))


def machine(evidence: Evidence) -> Iterator[str]:
    """Processors and threads, the memory that was taken."""
    settings, hardware = evidence.settings, evidence.hardware
    yield from unequal(
        "settings.threads",
        settings.threads,
        "that of setup or hardware.physical_cores",
        settings.setup.threads or hardware.physical_cores,
    )
    yield from unequal("settings.wait_policy", settings.wait_policy, "the standard's", WAIT_POLICY)
    if settings.setup.attention:
        chosen = settings.setup.attention
        yield from unequal("settings.attention", settings.attention, "that of setup", chosen)
    cores, usable, whole = hardware.physical_cores, hardware.logical_cpus, hardware.machine_cpus
    yield from above("hardware.physical_cores", cores, "hardware.logical_cpus", usable)
    yield from above("hardware.logical_cpus", usable, "hardware.machine_cpus", whole)
    sizes = [gpu.memory_bytes for gpu in hardware.gpus] or [hardware.memory_bytes]
    peaks = {"model_peak_bytes": evidence.model_peak_bytes, "base_bytes": evidence.base_bytes}
    for place, size in (peaks | {"rating_peak_bytes": evidence.rating_peak_bytes}).items():
        yield from above(place, size or 0, "the memory of the device", sum(sizes))
    if uninterrupted(evidence):
        base, own = evidence.base_bytes, evidence.model_peak_bytes
        name, own = ("base_bytes", base) if own is None else ("model_peak_bytes", own)
        yield from above("base_bytes", base, name, own)
        yield from above(name, own, "rating_peak_bytes", evidence.rating_peak_bytes)
    if not hardware.gpus and (
        settings.shared_gpu is not None or evidence.gpu_strangers is not None
    ):
        yield "shared_gpu or gpu_strangers is there, but hardware has no GPU"


def batches(evidence: Evidence) -> Iterator[str]:
    """The batch that was asked for, halved until it fitted; or a model's own."""
    settings, own = evidence.settings, evidence.reference.batch_size
    cuda = settings.device == "cuda"
    usual = PROCEDURE.batches.gpu_tokens if cuda else PROCEDURE.batches.texts
    asked = settings.setup.batch_size or usual
    place = "settings.batch_size_requested"
    yield from unequal(place, settings.batch_size_requested, "what the setup asks for", asked)
    halves = {asked >> turn for turn in range(asked.bit_length())}
    fitted, where = (own, "reference") if own is not None else (settings.batch_size, "settings")
    if fitted not in halves:
        yield f"{where}.batch_size is {fitted}, but {asked} were asked for, halved until they fit"
    tokens = fitted if cuda and settings.setup.batch_size is None and own is None else None
    yield from unequal("settings.batch_tokens", settings.batch_tokens, "the batch's", tokens)
    if own is not None:
        name, most = "settings.batch_size", PROCEDURE.batches.unpadded_texts
        yield from above(name, settings.batch_size, "the most of unpadded texts", most)
        if own == 1:
            yield from unequal(name, settings.batch_size, "reference.batch_size", own)


def agreement(evidence: Evidence) -> Iterator[str]:
    """The sample that was asked alone and in batches, and what followed from it."""
    found, limits = evidence.agreement, PROCEDURE.agreement
    if found is None:
        return
    rows = max(len(evidence.answers.gold), evidence.settings.queries)
    least = min(limits.least_texts, evidence.settings.queries)
    yield from above("agreement.texts", found.texts, "the standard's", limits.texts)
    yield from above("agreement.texts", found.texts, "the rows there are", rows + 2)
    yield from below("agreement.texts", found.texts, "the standard's least", least)
    for name in ("flips", "strays", "repeated_flips", "repeated_strays"):
        number = getattr(found, name)
        yield from above(f"agreement.{name}", number, "agreement.texts", found.texts)
        if name.endswith("strays") and number and not found.scored:
            yield f"agreement.{name} is {number}, but there were no scores"
    differing = found.strays if found.scored else found.flips
    usual = found.grouping == "any-lengths" and not found.restored
    by_batch = found.scaled
    if by_batch and by_batch.flips > PROCEDURE.runtime.scaled * by_batch.texts:
        if found.grouping != "one-by-one":
            yield f"agreement.grouping is {found.grouping!r}, but {by_batch.flips} texts differed"
    elif usual == bool(differing):
        yield f"agreement.grouping is {found.grouping!r}, but {differing} texts differed in batches"
    repeated = found.repeated_strays if found.scored else found.repeated_flips
    if found.restored != bool(repeated):
        yield f"agreement.restored is {found.restored}, but {repeated} texts differed when repeated"
    if found.grouping == "one-by-one":
        size, own = evidence.settings.batch_size, evidence.reference.batch_size
        yield from unequal("settings.batch_size", size, "that of agreement.grouping", 1)
        if own is None:
            yield "agreement.grouping is 'one-by-one', but reference.batch_size is not there"


def slices(evidence: Evidence) -> Iterator[str]:
    """The queries are dealt like cards: sizes differ by one at most, and sum up."""
    settings = evidence.settings
    dealt, rules = settings.slices, settings.protocol
    yield from unequal(
        "settings.queries", settings.queries, "the sum of settings.slices", sum(dealt)
    )
    if not dealt or max(dealt) - min(dealt) > 1 or min(dealt) < 1:
        yield f"settings.slices are {dealt}, not dealt evenly"
    least = rules.min_slices
    if rules.max_slice_queries is not None:
        least = max(least, ceil(settings.queries / rules.max_slice_queries))
    least = min(least, settings.queries)
    yield from below("the number of settings.slices", len(dealt), "that of the protocol", least)
    if rules.max_reference_pass_s is None:
        yield from above("the number of settings.slices", len(dealt), "that of the protocol", least)


def workload(evidence: Evidence) -> Iterator[str]:
    """The workload's own redundancies, and the definition of one that comes with the program."""
    found = evidence.workload
    if (found.origin == "hub") != (found.dataset is not None):
        yield f"workload.origin is {found.origin!r}, but workload.dataset is {found.dataset}"
    if found.origin == "embedded" and found.name not in workloads.names():
        yield f"workload.origin is 'embedded', but {found.name} does not come with the program"
    if found.name.startswith(OWN):
        digest = found.content_sha256[:8]
        end = found.name.rpartition("-")[2]
        yield from unequal(
            "the end of workload.name", end, "that of workload.content_sha256", digest
        )
        yield from unequal("workload.seed", found.seed, "that of one's own data", 0)
        if found.reference_accuracy is not None and not found.reference_accuracy.declared:
            yield "workload.reference_accuracy is not declared, but these are data of one's own"
    if found.name in workloads.names():
        known = workloads.load(found.name)
        published = found.reference_accuracy
        if published is not None and published.declared and known.reference_accuracy is None:
            known = known.model_copy(update={"reference_accuracy": published})
        for field in ("labels", "dataset", "seed", "reference_accuracy", "language", "licence"):
            place, other = f"workload.{field}", f"that of the definition of {found.name}"
            yield from unequal(place, getattr(found, field), other, getattr(known, field))
        if (
            known.majority_share is not None
            and abs(found.majority_share - known.majority_share) > 1e-3
        ):
            yield from unequal(
                "workload.majority_share", found.majority_share, other, known.majority_share
            )
    most = max(evidence.settings.queries, len(evidence.answers.gold), _wanted(evidence))
    yield from above("workload.repaired_texts", found.repaired_texts, "the texts used", most)


def rows(evidence: Evidence) -> Iterator[str]:
    """How many rows were asked, and the share of the most frequent class in them."""
    settings, gold = evidence.settings, evidence.answers.gold
    asked, there = len(gold), evidence.workload.rows
    wanted = _wanted(evidence)
    yield from above("settings.queries", settings.queries, "workload.rows", there)
    yield from below("the rows of answers", asked, "settings.queries", settings.queries)
    yield from above("the rows of answers", asked, "what settings.accuracy_rows allows", wanted)
    if settings.time_limit_s is None and settings.accuracy_rows != "auto":
        yield from below("the rows of answers", asked, "settings.accuracy_rows", wanted)
    counts = Counter(gold)
    share = evidence.workload.majority_share
    frequent = round(share * there)
    if Fraction(frequent, there) != Fraction(share) and frequent / there != share:
        yield f"workload.majority_share is {share!r}, no share of workload.rows, {there}"
    yield from below(
        "the rows of workload.majority_share", frequent, "those answered", max(counts.values())
    )
    most = max(counts.values()) + there - asked
    yield from above("the rows of workload.majority_share", frequent, "those there can be", most)


def label_map(evidence: Evidence) -> Iterator[str]:
    """Each of the workload's labels is one of the model's, and the others are none."""
    written = evidence.settings.label_map
    targets = sorted(target for target in written if target is not None)
    classes = len(evidence.workload.labels)
    if targets != [*range(classes)]:
        yield f"settings.label_map is {written}, not each of {classes} labels once"


def _wanted(evidence: Evidence) -> int:
    """Rows that are asked for accuracy where the time allows."""
    settings, there = evidence.settings, evidence.workload.rows
    most = {"all": there, "auto": PROCEDURE.texts.accuracy_rows}
    wanted = most.get(str(settings.accuracy_rows), settings.accuracy_rows)
    return min(there, max(settings.queries, int(wanted)))


CHOICES: tuple[Check, ...] = (
    protocol,
    machine,
    batches,
    agreement,
    slices,
    workload,
    rows,
    label_map,
)
