"""What is skimmed from evidence is what its records say."""

from pathlib import Path

import pytest
from support.evidence import make_answers, make_evidence, make_subject, make_workload

from energylabel import storing
from energylabel.comparing import asked_of, contender
from energylabel.judging import judge
from energylabel.publishing import read_stored
from energylabel.publishing.existing.skimming import skim
from energylabel.records import Evidence

LABELS = Path(__file__).parents[2] / "labels"
EVIDENCE = sorted(LABELS.rglob("evidence.json"))


def alike(evidence: Evidence, content: bytes) -> None:
    asked, setup = skim(content)
    expected = asked_of(evidence)
    assert asked.keys() == expected.keys()
    assert {key: list(asked[key]) for key in ("gold", "predicted", "label_map")} == {
        key: list(expected[key]) for key in ("gold", "predicted", "label_map")
    }
    assert setup == evidence.settings.setup
    label = judge(evidence)
    assert contender(label, asked) == contender(label, expected)


@pytest.mark.slow
@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.parts[-4])
def test_committed_evidence_of_each_schema(path: Path):
    alike(storing.read_evidence(path.parent), path.read_bytes())


def test_labels_of_two_digits_and_texts_that_look_like_keys():
    odd = '"answers":{"gold":[7,7]} "settings":{"queries":1} \\"'
    evidence = make_evidence(
        answers=make_answers(classes=4),
        subject=make_subject(architecture=odd),
        workload=make_workload(title=odd),
    )
    alike(evidence, evidence.canonical())
    from energylabel.publishing.existing.skimming import _ids

    assert list(_ids("10,3,0,12")) == [10, 3, 0, 12]
    assert list(_ids("1,2,3")) == [1, 2, 3]
    assert list(_ids("")) == []
    assert list(_ids("11,2")) == [11, 2]


def test_evidence_in_other_json_is_read_whole(tmp_path: Path):
    """Not ours, but its digest may be a label's id all the same."""
    import hashlib
    import json
    import shutil

    (folder,) = LABELS.glob("local/tiny-agnews/*/*/*")
    shutil.copytree(folder, tmp_path / "one", ignore=shutil.ignore_patterns("history"))
    spaced = json.dumps(json.loads((folder / "evidence.json").read_bytes()), indent=1).encode()
    (tmp_path / "one" / "evidence.json").write_bytes(spaced)
    label = json.loads((folder / "label.json").read_bytes())
    label["id"] = hashlib.sha256(spaced).hexdigest()
    (tmp_path / "one" / "label.json").write_text(json.dumps(label))
    found = read_stored(tmp_path / "one", thoroughly=False)
    original = read_stored(folder, thoroughly=False)
    assert found.contender == original.contender is not None
