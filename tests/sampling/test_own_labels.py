"""Labels of the user's own data: their order, and one class in several spellings."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from support.rows import json_lines, parquet

from energylabel.errors import DataError
from energylabel.records import Samples, Workload
from energylabel.sampling import sample_file

NFC, NFD = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))


def own(folder: Path, labels: list[Any]) -> Samples:
    rows = [{"text": f"text {n}", "label": label} for n, label in enumerate(labels)]
    return sample_file(
        json_lines(folder / "l.jsonl", rows), text_column="text", label_column="label"
    )


def by_text(samples: Samples) -> list[str]:
    """The name of each row's label, in the order of the file."""
    pairs = zip(samples.texts, samples.gold, strict=True)
    found = {int(text.split()[1]): samples.workload.labels[label] for text, label in pairs}
    return [found[n] for n in range(len(found))]


def test_numbers_in_names_count_as_numbers(tmp_path: Path) -> None:
    labels = [f"class_{n}" for n in (10, 9, 2, 11, 1, 0)]
    samples = own(tmp_path, labels)
    assert samples.workload.labels == tuple(f"class_{n}" for n in (0, 1, 2, 9, 10, 11))
    assert by_text(samples) == labels
    assert own(tmp_path, ["10.0", "2.0", "-1.0"]).workload.labels == ("-1.0", "2.0", "10.0")


@pytest.mark.parametrize(
    ("labels", "names", "spellings"),
    [
        ([NFD, NFC, "thé", NFD], (NFC, "thé"), {NFC: (NFD, NFC)}),
        (["good ", "good", "good", "bad"], ("bad", "good"), {"good": ("good", "good ")}),
        (["Good", "good", "GOOD", "bad"], ("GOOD", "bad"), {"GOOD": ("GOOD", "Good", "good")}),
        (["g\u200bood", "good", "good", "bad"], ("bad", "good"), {"good": ("good", "g\u200bood")}),
        (["2.0", "2", "2", "1"], ("1", "2"), {"2": ("2", "2.0")}),
        ([2.0, 2, "2", "1"], ("1", "2"), {}),
        (["good ", "bad"], ("bad", "good"), {}),
        (["c", "c++", "C#"], ("C#", "c", "c++"), {}),
        (["+", "-"], ("+", "-"), {}),
        (["A-", "A+", "A"], ("A", "A+", "A-"), {}),
        (["#1", "1", "-1"], ("-1", "1", "#1"), {}),
        (["01", "1", "001"], ("001", "01", "1"), {}),
    ],
)
def test_one_class_in_several_spellings_is_one(
    tmp_path: Path, labels: list[Any], names: tuple[str, ...], spellings: dict[str, Any]
) -> None:
    samples = own(tmp_path, labels)
    assert samples.workload.labels == names
    assert samples.workload.spellings == spellings
    merged = {way: name for name, ways in spellings.items() for way in ways}
    plain = [str(label) if isinstance(label, str) else f"{label:.0f}" for label in labels]
    assert by_text(samples) == [merged.get(label, label.strip()) for label in plain]


def test_class_names_of_a_file_keep_their_order_when_two_are_one(tmp_path: Path) -> None:
    path = tmp_path / "named.parquet"
    texts = [f"text {n}" for n in range(5)]
    names = ["zebra", "Ant", "ant ", "bee"]
    path.write_bytes(parquet({"text": texts, "label": [2, 0, 2, 1, 3]}, names))
    samples = sample_file(path, text_column="text", label_column="label")
    assert samples.workload.labels == ("zebra", "ant", "bee")
    assert by_text(samples) == ["ant", "zebra", "ant", "ant", "bee"]
    assert samples.workload.spellings == {"ant": ("Ant", "ant ")}


def test_a_workload_without_such_labels_is_written_as_ever(tmp_path: Path) -> None:
    workload = own(tmp_path, ["a", "b"]).workload
    assert "spellings" not in json.loads(workload.canonical())
    merged = own(tmp_path, ["a", "A", "b"]).workload
    assert Workload.from_json(merged.canonical()) == merged


def test_one_class_alone_and_labels_that_nobody_sees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"all 2 rows .* have the label 'Good'"):
        own(tmp_path, ["Good", "good "])
    with pytest.raises(DataError, match=r"line 2 .* has no label"):
        own(tmp_path, ["a", "\u200b"])


def test_texts_for_labels_are_refused_before_they_are_compared(tmp_path: Path) -> None:
    for count in (1001, 10_001):
        with pytest.raises(DataError, match=f"has {count} different labels"):
            own(tmp_path, [f"a text that is no label {n}" for n in range(count)])
    assert len(own(tmp_path, [f"{n % 1000}{' ' * (n // 1000)}" for n in range(3000)])
               .workload.labels) == 1000  # fmt: skip
