"""An accuracy class that rests on a declared accuracy says so wherever it stands."""

import json

import pytest
from support.evidence import make_answers, make_evidence, make_settings, make_subject, make_workload
from support.findings import find

from energylabel.judging import REFERENCE_POINT, contradictions, judge
from energylabel.publishing.on_card.mentions import _figures
from energylabel.records import Evidence, Label, ReferenceAccuracy
from energylabel.rendering import files_of, printed

DECLARED = ReferenceAccuracy(value=0.95, source="declared by whoever rated", declared=True)


def own(reference: ReferenceAccuracy | None) -> Evidence:
    digest = "ab" * 32
    return make_evidence(
        workload=make_workload(
            name=f"own-tickets-{digest[:8]}",
            origin="file",
            dataset=None,
            seed=0,
            content_sha256=digest,
            reference_accuracy=reference,
        )
    )


def test_the_class_follows_and_is_marked() -> None:
    label = judge(own(DECLARED))
    accuracy = label.metrics.accuracy.accuracy.value
    assert label.grades.accuracy.index is not None
    assert label.grades.accuracy.index.value == pytest.approx(100 * (1 - accuracy) / 0.05)
    assert label.grades.accuracy.letter is not None
    assert (label.declared_accuracy, label.shared_accuracy_class) == (0.95, None)
    assert "95.0 % that whoever rated declared" in find("declared-reference", own(DECLARED)).message
    files = files_of(label)
    for name in ("card.md", "label.svg", "badge.svg"):
        assert "against a declared 95.0 %" in files[name].decode(), name
    stored = json.loads(files["label.json"])
    assert stored["workload"]["reference_accuracy"]["declared"] is True
    assert Label.from_json(files["label.json"]) == label


def test_it_is_no_published_figure_of_bert_base() -> None:
    label = judge(own(DECLARED))
    assert REFERENCE_POINT not in [point.name for point in label.baselines]
    front = _figures(label, printed(label)).model_dump(mode="json")
    assert "accuracy_class" not in front
    assert "error_index" not in front
    assert front["declared_accuracy_class"] == label.grades.accuracy.letter
    assert front["declared_reference_accuracy"] == 0.95


def test_without_one_there_is_no_class_and_a_published_one_is_as_ever() -> None:
    assert judge(own(None)).grades.accuracy.letter is None
    label = judge(make_evidence())
    assert label.declared_accuracy is None
    assert label.shared_accuracy_class == label.grades.accuracy.letter
    assert b"a declared" not in files_of(label)["badge.svg"]
    assert "declared" not in json.dumps(make_evidence().model_dump(mode="json")["workload"])


def test_own_data_have_no_published_accuracy() -> None:
    published = ReferenceAccuracy(value=0.95, source="a paper")
    told = "workload.reference_accuracy is not declared"
    assert any(each.startswith(told) for each in contradictions(own(published)))
    assert not any(each.startswith(told) for each in contradictions(own(DECLARED)))


def test_labels_of_own_data_that_were_taken_for_others_are_told() -> None:
    answers = make_answers()
    flat = answers.model_copy(update={"predicted": (0, 1) * 1000, "gold": (0, 1) * 999 + (1, 0)})
    evidence = make_evidence(
        subject=make_subject(labels=("negative", "positive")),
        workload=make_workload(name="own-x-abababab", labels=("neg", "pos"), origin="file"),
        settings=make_settings(label_map=(0, 1)),
        answers=flat,
    )
    message = find("renamed-labels", evidence).message
    assert message.endswith("taken as negative = 'neg', positive = 'pos'")
    assert f"| Label names | {message}".replace("'", "") in (
        files_of(judge(evidence))["card.md"].decode().replace("'", "").replace("&#39;", "")
    )
