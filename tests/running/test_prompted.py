"""Whole ratings of trained language models, in both modes, with a real worker."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from support.tiny_lms import DESKS, rows
from support.workers import make_plan, resolved

from energylabel import errors, workloads
from energylabel.events import silent
from energylabel.judging.judgement import judge
from energylabel.options import Options
from energylabel.planning.inputs import choose
from energylabel.planning.planner import Plan
from energylabel.records import PrefillTaken
from energylabel.records.evidence import Evidence
from energylabel.records.subject import UNANSWERED
from energylabel.records.workload import Samples, Training
from energylabel.running.steps import run
from energylabel.storing.journal import Journal

KINDS = {
    "tiny_lm": ("LlamaForCausalLM", "llama"),
    "tiny_t5": ("T5ForConditionalGeneration", "t5"),
}


def samples() -> Samples:
    texts, gold = zip(*rows("test")[:48], strict=True)
    learned, labels = zip(*rows("train")[:40], strict=True)
    made = make_plan(Path("nowhere")).samples
    workload = made.workload.model_copy(
        update={"labels": DESKS, "rows": len(texts), "language": "en"}
    )
    return Samples(
        workload=workload,
        queries=9,
        texts=texts,
        gold=gold,
        wording=workloads.wording("en"),
        training=Training(texts=learned, gold=labels, content_sha256="ab" * 32),
    )


def planned(folder: Path, kind: str, mode: str, **options: Any) -> Plan:
    architecture, model_type = KINDS[kind]
    model = resolved(
        folder,
        family="prompted-lm",
        labels=None,
        max_positions=None,
        architecture=architecture,
        model_type=model_type,
        vocabulary_size=900,
    )
    plan = make_plan(folder, options={"mode": mode, "accuracy_rows": "all", **options})
    label_map = (0, 1, 2, None) if mode == "generate" else (0, 1, 2)
    setup = plan.setup.model_copy(update={"mode": mode, "shots": options.get("shots", 0)})
    return dataclasses.replace(
        plan, model=model, samples=samples(), label_map=label_map, setup=setup
    )


def right(evidence: Evidence) -> float:
    pairs = zip(evidence.answers.predicted, evidence.answers.gold, strict=True)
    return sum(a == b for a, b in pairs) / len(evidence.answers.gold)


@pytest.mark.usefixtures("small_reference")
@pytest.mark.parametrize(("kind", "mode"), [("tiny_lm", "score"), ("tiny_t5", "generate")])
def test_a_rating_from_end_to_end(
    kind: str, mode: str, tmp_path: Path, request: pytest.FixtureRequest
):
    plan = planned(request.getfixturevalue(kind), kind, mode, shots=2 if mode == "score" else 0)
    book = Journal("a" * 64, tmp_path)
    evidence = run(plan, book, silent, resume=False)
    assert Evidence.from_json(evidence.canonical()) == evidence
    asked = evidence.settings.asking
    assert asked is not None
    assert (asked.mode, asked.shots) == (mode, 2 if mode == "score" else 0)
    assert evidence.answers.framing
    label = judge(evidence)
    prompt = label.metrics.prompt
    assert prompt is not None
    assert label.metrics.tokens_per_query > prompt.framing_tokens > 20
    if mode == "score":
        assert evidence.subject.labels == DESKS
        assert evidence.prefill == ()
        assert evidence.answers.generated is None
        assert prompt.written_tokens is prompt.invalid_share is prompt.prefill_share is None
        return
    assert evidence.subject.labels == (*DESKS, UNANSWERED)
    assert evidence.answers.generated is not None
    assert 1 <= evidence.answers.generated / 48 <= 16
    assert len(evidence.prefill) == 3
    assert prompt.prefill_share is not None
    assert prompt.prefill_share.value > 0.05
    assert prompt.prefill_share.count == 3
    assert right(evidence) > 0.55
    assert prompt.invalid_share is not None

    # Interrupted after two of the three pairs, it measures the third alone.
    lines = book.path.read_bytes().splitlines(keepends=True)
    kinds = [type(entry) for entry in book.read()]
    again = Journal("a" * 64, tmp_path / "again")
    again.path.parent.mkdir(exist_ok=True)
    cut = [n for n, name in enumerate(kinds) if name is PrefillTaken][2]
    again.path.write_bytes(b"".join(lines[:cut]))
    resumed = run(plan, again, silent, resume=True)
    assert resumed.prefill[:2] == evidence.prefill[:2]
    assert len(resumed.prefill) == 3
    assert sum(isinstance(each, PrefillTaken) for each in again.read()) == 3
    assert resumed.windows == evidence.windows
    assert resumed.answers.predicted == evidence.answers.predicted


def test_labels_of_the_model_are_those_of_the_mode(tmp_path: Path):
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(f'{{"text": "t{n}", "label": "{DESKS[n % 3]}"}}\n' for n in range(9)))
    model = resolved(tmp_path, family="prompted-lm", labels=None, files=())
    for mode, expected in ((None, (0, 1, 2)), ("generate", (0, 1, 2, None))):
        options = Options(data=str(data), mode=mode, baselines=False)
        assert choose(options, model, silent)[1] == expected
    for labels, fine in (("👍👎", True), ("+-", True), ("01", False)):
        data.write_text(
            "".join(f'{{"text": "t{n}", "label": "{labels[n % 2]}"}}\n' for n in range(9))
        )
        options = Options(data=str(data), baselines=False)
        if fine:
            assert choose(options, model, silent)[1] == (0, 1)
            continue
        with pytest.raises(errors.UsageError, match=r"are numbers \(0, 1\)"):
            choose(options, model, silent)
    with pytest.raises(errors.UsageError, match="--mode guess"):
        choose(Options(data=str(data), mode="guess"), model, silent)


def test_room_for_caches_and_logits(tmp_path: Path):
    plan = planned(tmp_path, "tiny_lm", "score")
    large = plan.model.model_copy(update={"vocabulary_size": 256_000})
    more = dataclasses.replace(plan, model=large).memory_limit_bytes - plan.memory_limit_bytes
    rows = plan.batching.rows(512)
    assert more == rows * 4 * 128 * (256_000 - 900)
    plain = dataclasses.replace(
        plan, model=plan.model.model_copy(update={"family": "sequence-classification"})
    )
    room = plan.memory_limit_bytes - plain.memory_limit_bytes
    assert room == rows * (300_000_000 + 4 * 128 * 900)
