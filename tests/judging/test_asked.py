"""Evidence of a language model → what is found, measured and shown."""

from types import SimpleNamespace
from typing import Any

import pytest
from support import labels
from support.asked import NEWS, PAIRS, stretch, written
from support.evidence import (
    RAPL,
    WITHOUT_FILES,
    make_answers,
    make_evidence,
    make_settings,
    make_subject,
    make_windows,
)
from support.metered import make_idle
from support.svg import drawn_text, parse

from energylabel import workloads
from energylabel.cli import summary
from energylabel.judging.checks import check, refusal
from energylabel.judging.judgement import judge
from energylabel.judging.metrics import measure
from energylabel.records.evidence import Prefill
from energylabel.records.metrics import Finding
from energylabel.records.subject import UNANSWERED
from energylabel.records.workload import Asking
from energylabel.rendering import markdown, svg
from energylabel.standard.scales import DEFAULT, load_scale

SCALE = load_scale(DEFAULT)
RIGHT = tuple(n % 4 for n in range(40))
SOME_INVALID = tuple(4 if n < 10 else n % 4 for n in range(40))


def found(evidence: Any) -> dict[str, Finding]:
    return {f.name: f for f in check(evidence, measure(evidence, SCALE), SCALE)}


def test_invalid_answers_are_wrong_and_their_share_is_told():
    metrics = measure(written(SOME_INVALID), SCALE)
    assert metrics.accuracy.accuracy.value == 0.75
    assert metrics.prompt is not None
    assert metrics.prompt.invalid_share == 0.25
    assert metrics.prompt.written_tokens == 3
    assert metrics.prompt.framing_tokens == 60
    # 40 of 50 tokens of each text
    assert metrics.read_share == pytest.approx(0.8)
    finding = found(written(SOME_INVALID))["invalid-answers"]
    assert finding.outcome == "warned"
    assert "10 of 40 answers (25.0%)" in finding.message
    assert found(written((4, *RIGHT[1:])))["invalid-answers"].outcome == "noted"
    assert found(written(RIGHT))["invalid-answers"].outcome == "passed"
    assert "label-coverage" not in found(written(SOME_INVALID))


def test_the_prefill_s_share():
    metrics = measure(written(RIGHT), SCALE)
    assert metrics.prompt is not None
    share = metrics.prompt.prefill_share
    assert share is not None
    assert (share.value, share.count) == (pytest.approx(0.62), 3)
    # 0.62 ± t(2) × 0.02 ÷ √3
    assert share.low == pytest.approx(0.62 - 4.302653 * 0.02 / 3**0.5)


def test_noise_makes_no_share_of_more_than_all():
    pairs = tuple(
        Prefill(alone=stretch(9.0, 1.0), whole=stretch(each, 1.0)) for each in (8.0, 9.0, 10.0)
    )
    prompt = measure(written(RIGHT, prefill=pairs), SCALE).prompt
    assert prompt is not None
    assert prompt.prefill_share is not None
    # (9/8 + 1 + 9/10) ÷ 3 = 1.0083
    assert prompt.prefill_share.value == prompt.prefill_share.high == 1.0
    assert prompt.prefill_share.low == pytest.approx(
        1.00833 - 4.302653 * 0.112731 / 3**0.5, abs=1e-4
    )


def test_the_prefill_s_share_of_counted_joules():
    pairs = tuple(
        Prefill(alone=stretch(9.0, part), whole=stretch(10.0, 20.0)) for part in (10.0, 11.0, 12.0)
    )
    evidence = written(
        RIGHT,
        prefill=pairs,
        windows=make_windows(method="hardware-counter"),
        meters=(RAPL, make_evidence().meters[-1]),
        idle=make_idle(),
    )
    prompt = measure(evidence, SCALE).prompt
    assert prompt is not None
    assert prompt.prefill_share is not None
    assert prompt.prefill_share.value == pytest.approx(0.55)


def test_a_model_no_better_than_a_constant_is_told_so():
    """Of 2,000 rows of four classes a constant has 25 %; Wilson's lower bound of 26.9 % is that."""
    for right, outcome in ((537, "warned"), (538, "passed"), (200, "warned")):
        evidence = make_evidence(answers=make_answers(right))
        finding = found(evidence)["above-majority"]
        assert finding.outcome == outcome, measure(evidence, SCALE).accuracy.accuracy
    for shots, remedy in (
        (0, "rate it with worked examples: --shots"),
        (2, "rate it with more worked examples than 2: --shots"),
    ):
        asking = Asking(wording=workloads.wording("en"), mode="score", shots=shots)
        asked = make_evidence(
            answers=make_answers(400),
            subject=make_subject(family="prompted-lm"),
            settings=make_settings(asking=asking),
        )
        assert found(asked)["above-majority"].remedy == remedy


def test_many_ties_are_a_warning():
    plain = make_evidence()
    for tied, outcome in ((20, "passed"), (21, "warned")):
        answers = plain.answers.model_copy(update={"tied": tied})
        finding = found(plain.model_copy(update={"answers": answers}))["tied-scores"]
        assert len(plain.answers.gold) == 2000
        assert finding.outcome == outcome
        assert f"{tied} of 2000 texts" in finding.message
    assert "tied-scores" not in found(plain)


@pytest.mark.parametrize(
    ("asked", "texts", "outcome", "words"),
    [
        ("en", "en", "passed", "the texts' language, 'en'"),
        ("zh", "zh-CN", "passed", "'zh-CN'"),
        ("en", None, "noted", "put in 'en'; the language of the texts was not told"),
        ("en", "it", "noted", "put in 'en', the texts are in 'it'"),
    ],
)
def test_the_language_of_the_question(asked: str, texts: str | None, outcome: str, words: str):
    asking = Asking(wording=workloads.wording(asked), mode="score")
    evidence = make_evidence(settings=make_settings(asking=asking))
    workload = evidence.workload.model_copy(update={"language": texts})
    finding = found(evidence.model_copy(update={"workload": workload}))["question-language"]
    assert finding.outcome == outcome
    assert words in finding.message


def test_prompts_that_were_read_again_are_told():
    plain = make_evidence()
    assert "reread-prompts" not in found(plain)
    for count in (0, 17):
        answers = plain.answers.model_copy(update={"reread": count})
        findings = found(plain.model_copy(update={"answers": answers}))
        assert ("reread-prompts" in findings) is (count > 0)
    assert findings["reread-prompts"].message.startswith("17 of 2000 prompts were read again")


def test_no_valid_answer_at_all_stops_the_rating():
    stop = refusal(tuple(found(written((4,) * 40)).values()))
    assert stop is not None
    assert stop.message == "the model gave no valid answer to any of the 40 texts"
    assert "--mode score" in (stop.remedy or "")


def test_one_label_and_nothing_else_stops_the_rating():
    stop = refusal(tuple(found(written((4, 4, *(1,) * 38))).values()))
    assert stop is not None
    assert "the only label" in stop.message
    assert "'Sports'" in stop.message
    stop = refusal(tuple(found(written((1,) * 40)).values()))
    assert stop is not None
    assert "answered 'Sports' to each" in stop.message
    assert "--shots" in (stop.remedy or "")


def test_words_that_are_taken_for_others_are_a_warning():
    turned = tuple((n + 1) % 4 for n in range(40))
    finding = found(written(turned))["permuted-labels"]
    assert finding.outcome == "warned"
    assert "takes some labels for others" in finding.message
    assert "1.000" in finding.message


def test_no_valid_answer_is_never_taken_for_a_label():
    """The model says nothing valid about the first class, and gets the others right."""
    evidence = written(tuple(4 if n % 4 == 0 else n % 4 for n in range(40)))
    assert measure(evidence, SCALE).accuracy.permutation_gain == 0
    assert found(evidence)["permuted-labels"].outcome == "passed"


def test_a_label_of_that_name_is_a_label_where_answers_are_not_written():
    plain = make_evidence()
    assert plain.unanswered is None
    assert measure(plain, SCALE).prompt is None
    asked = Asking(wording=workloads.wording("en"), mode="score")
    scored = make_evidence(settings=make_settings(asking=asked))
    assert scored.unanswered is None
    assert written(RIGHT).unanswered == 4
    assert written(RIGHT).subject.labels == (*NEWS, UNANSWERED)


def test_evidence_of_other_models_is_what_it_was():
    text = make_evidence().canonical().decode()
    for name in ("prefill", "generated", "framing"):
        assert f'"{name}"' not in text
    assert len(PAIRS) == 3


def test_the_label_of_a_rating():
    label = judge(written(SOME_INVALID))
    assert (label.conditions.mode, label.conditions.shots) == ("generate", 0)
    shown = drawn_text(parse(svg.PLUGIN.render(label).content))
    assert "prompted-lm·generate" in shown
    assert "25.0%ofitsanswersnamenolabel" in shown
    card = markdown.PLUGIN.render(label).content.decode()
    assert "| Kind of model | prompted-lm · generate |" in card
    assert "| Prompts | 60.0 tokens of each are not the text's |" in card
    assert "| Written answers | 3.00 tokens per text; 25.0 % name no label" in card
    assert "| Reading the prompt | 62.0 % of the processor time (95 % interval 57.0–67.0)" in card


def test_the_pictures_say_how_a_model_was_asked():
    score = drawn_text(parse(svg.PLUGIN.render(labels.prompted("score")).content))
    assert "prompted-lm·score·4examples" in score
    assert "namenolabel" not in score
    assert "prompted-lm" not in drawn_text(parse(svg.PLUGIN.render(labels.make_label()).content))


def test_the_summary_names_both_borderlines(tmp_path: Any):
    rated: Any = SimpleNamespace(label=labels.borderline(), folder=tmp_path)
    lines = summary.human(rated).splitlines()
    energy, accuracy = (line for line in lines if "borderline" in line)
    assert energy.startswith("  energy")
    assert "borderline D–E" in energy
    assert accuracy.startswith("  accuracy")
    assert accuracy.endswith("borderline E–F")


def test_the_summary_prints_tokens_invalid_answers_and_prefill(tmp_path: Any):
    rated: Any = SimpleNamespace(label=judge(written(SOME_INVALID)), folder=tmp_path)
    lines = summary.human(rated).splitlines()
    (line,) = (line for line in lines if line.startswith("  kind"))
    assert line.startswith("  kind      prompted-lm · generate · ")
    assert line.endswith(" tokens in, 3.00 out · 25.0 % invalid · prefill 62.0 % of the CPU time")
    plain: Any = SimpleNamespace(label=judge(make_evidence()), folder=tmp_path)
    assert "  kind " not in summary.human(plain)


def test_the_summary_of_a_model_without_a_tokenizer_counts_words(tmp_path: Any):
    label = judge(make_evidence())
    subject = label.subject.model_copy(update=WITHOUT_FILES)
    rated: Any = SimpleNamespace(
        label=label.model_copy(update={"subject": subject}), folder=tmp_path
    )
    assert " words in" in summary.human(rated)
