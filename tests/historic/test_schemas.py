"""Evidence and labels of every schema that there ever was: read, verified, drawn and pushed."""

import hashlib
import json
from pathlib import Path

import pytest

from energylabel import storing
from energylabel.errors import SchemaError
from energylabel.pipeline import differences, relabel
from energylabel.publishing.delivering import check_pushable, parcel
from energylabel.records import Evidence, Label, Setup
from energylabel.storing.labels import SCHEMA_VERSION

HERE = Path(__file__).parent
LABELS = HERE.parents[1] / "labels"
EXAMPLES = sorted(path.parent for path in HERE.glob("schema-*/*/evidence.json"))
SCHEMAS = {1: 3, 2: 5}


def version(folder: Path) -> int:
    return int(folder.parent.name.removeprefix("schema-"))


def test_there_are_examples_of_each_schema() -> None:
    found = [version(folder) for folder in EXAMPLES]
    assert {number: found.count(number) for number in set(found)} == SCHEMAS
    assert max(SCHEMAS) == SCHEMA_VERSION


@pytest.mark.slow
@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: "/".join(path.parts[-2:]))
def test_an_example_is_what_it_was(folder: Path, tmp_path: Path) -> None:
    raw = (folder / "evidence.json").read_bytes()
    assert json.loads(raw)["schema_version"] == version(folder)
    evidence, label = storing.read_evidence(folder), storing.read_label(folder)
    assert evidence.canonical() == raw
    assert label.id == hashlib.sha256(raw).hexdigest()
    assert label.canonical() == storing_form(folder / "label.json")
    assert differences(folder) == ()
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("evidence.json", "label.json"):
        (copy / name).write_bytes((folder / name).read_bytes())
    relabel(copy)
    for path in folder.iterdir():
        assert (copy / path.name).read_bytes() == path.read_bytes(), path.name
    made = parcel(folder)
    assert made.files["evidence.json"] == raw
    assert json.loads(made.files["label.json"])["schema_version"] == version(folder)
    if not made.label.quick_look:
        check_pushable(made.label)


def storing_form(path: Path) -> bytes:
    """The canonical form of a JSON file, without any record of ours."""
    import rfc8785

    return rfc8785.dumps(json.loads(path.read_bytes()))


def test_what_schema_1_said_in_other_places() -> None:
    setups = {
        folder.name: storing.read_evidence(folder).settings.setup
        for folder in EXAMPLES
        if version(folder) == 1
    }
    assert setups == {
        "processor": Setup(device="cpu"),
        "one-gpu": Setup(device="cuda", gpus=1),
        "asked-in-words": Setup(
            device="cpu", precision="bfloat16", batch_size=8, mode="generate", shots=2
        ),
    }
    (unit,) = storing.read_evidence(HERE / "schema-1" / "one-gpu").hardware.gpus
    assert (unit.name, unit.bus_id) == ("NVIDIA H200", "00000000:41:00.0")


@pytest.mark.parametrize("path", sorted(LABELS.rglob("evidence.json")), ids=lambda p: p.parts[-4])
def test_committed_evidence_keeps_its_bytes(path: Path) -> None:
    raw = path.read_bytes()
    evidence = Evidence.from_json(raw)
    assert evidence.canonical() == raw
    assert evidence.settings.setup.slug() == ""
    # Lifted into the schema of today, it is the same but for where things stand.
    lifted = Evidence.from_json(evidence.model_copy(update={"schema_version": 2}).model_dump_json())
    assert lifted.settings == evidence.settings
    assert lifted.digest() != evidence.digest()


@pytest.mark.parametrize(
    ("version", "change", "told"),
    [
        (1, {"hardware": {"gpus": []}}, "hardware.gpus is not of schema 1"),
        (1, {"settings": {"setup": {"device": "cpu"}}}, "settings.setup is not of schema 1"),
        (2, {"hardware": {"gpu": None}}, "hardware.gpu"),
        (2, {"settings": {"device": "cpu"}}, "settings.device"),
        (2, {"settings": {"setup": {"device": "cuda", "gpus": 1}}}, "GPUs of the hardware"),
        (2, {"settings": {"setup": {"device": "cpu", "mode": "score"}}}, "the same way to ask"),
        (2, {"settings": {"setup": {"device": "cpu", "batch_size": 7}}}, "the same batches"),
        (2, {"settings": {"setup": {"device": "cpu", "shots": 1}}}, "worked examples are for"),
        (2, {"settings": {"setup": {"device": "cpu", "precision": "../x"}}}, "precision"),
    ],
)
def test_a_mixture_of_schemas_is_no_evidence(
    tmp_path: Path, version: int, change: dict[str, dict[str, object]], told: str
) -> None:
    source = HERE / f"schema-{version}" / "processor" / "evidence.json"
    values = json.loads(source.read_bytes())
    for part, fields in change.items():
        values[part] |= fields
    (tmp_path / "evidence.json").write_text(json.dumps(values))
    with pytest.raises(SchemaError, match="is not a valid record") as caught:
        storing.read_evidence(tmp_path)
    assert told in caught.value.message


def test_a_label_has_a_setup_from_schema_2_on() -> None:
    for number, setup in ((1, {"device": "cpu", "precision": "auto"}), (2, None)):
        values = json.loads((HERE / f"schema-{number}" / "processor" / "label.json").read_bytes())
        values["conditions"].pop("setup", None)
        if setup:
            values["conditions"]["setup"] = setup
        with pytest.raises(ValueError, match="setup"):
            Label.from_dict(values)
