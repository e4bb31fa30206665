"""How workloads are put in words, and where their rows to fit on lie."""

import json
from pathlib import Path

import pytest
from support.rows import ROWS, json_lines
from support.shared import SHARED, needs_shared

from energylabel import workloads
from energylabel.errors import UsageError
from energylabel.events import silent
from energylabel.options import Options
from energylabel.planning.inputs import choose
from energylabel.records.workload import PartialWording, Wording
from energylabel.resolving.models import parse_model, resolve
from energylabel.sampling.samples import sample_file

NAMES = workloads.names()
FOLDER = Path(workloads.__file__).parent
LANGUAGES = sorted(path.stem for path in (FOLDER / "wording").glob("*.toml"))
MASSIVE = [name for name in NAMES if name.startswith("massive-intent-")]


def asked(name: str) -> Wording:
    definition = workloads.load(name)
    return workloads.wording(definition.language, definition.wording)


@pytest.mark.parametrize("name", NAMES)
def test_every_label_has_words_of_its_own(name: str) -> None:
    labels = workloads.load(name).labels
    words = asked(name).words_of(labels)
    assert len({word.casefold() for word in words}) == len(labels)
    assert all(word == word.strip() and word and "\n" not in word for word in words)
    assert not any("_" in word for word in words)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_has_one_place_for_the_words(name: str) -> None:
    wording = asked(name)
    assert wording.hypothesis.count("{}") == 1
    assert wording.instruction.count("{}") == 1
    assert wording.hypothesis.replace("{}", "") != wording.hypothesis


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_fitted_on_that_is_asked(name: str) -> None:
    definition = workloads.load(name)
    if definition.train is not None and definition.dataset is not None:
        assert definition.train.split == "train"
        assert all("train" in file and "test" not in file for file in definition.train.files)
        assert not set(definition.train.files) & set(definition.dataset.files)
    elif definition.dataset is None:
        assert definition.train_file not in {None, definition.file}
    else:
        assert name == "trec-v1"  # the name of its file could not be confirmed


@pytest.mark.parametrize("name", NAMES)
def test_a_workload_is_put_in_its_own_language(name: str) -> None:
    language = workloads.load(name).language.partition("-")[0]
    assert language in LANGUAGES
    assert asked(name).text == workloads.wording(language).text


def test_the_languages_of_massive_have_the_same_labels_and_words_of_their_own() -> None:
    definitions = [workloads.load(name) for name in MASSIVE]
    assert [each.language for each in definitions] == ["de", "en", "es", "fr", "ja", "zh-CN"]
    assert len({each.labels for each in definitions}) == 1
    spoken = [asked(name).words_of(definitions[0].labels) for name in MASSIVE]
    assert all(len(set(column)) == len(MASSIVE) for column in zip(*spoken, strict=True))
    assert {each.dataset.files for each in definitions if each.dataset} == {
        (f"test/{language}.json.gz",) for language in ("de", "en", "es", "fr", "ja", "zh-CN")
    }


@pytest.mark.parametrize(
    ("name", "rows", "most"),
    [("gnad10-v1", 1028, 168), ("clinc150-v1", 5500, 1000), *((m, 2974, 209) for m in MASSIVE)],
)
def test_majority_shares_are_the_published_counts(name: str, rows: int, most: int) -> None:
    assert workloads.load(name).majority_share == most / rows


def test_labels_whose_names_say_little_have_other_words() -> None:
    trec = workloads.load("trec-v1")
    words = asked("trec-v1").words_of(trec.labels)
    assert words[trec.labels.index("NUM")] == "a number"
    bank = workloads.load("banking77-v1")
    said = dict(zip(bank.labels, asked("banking77-v1").words_of(bank.labels), strict=True))
    assert said["activate_my_card"] == "activate my card"
    assert said["reverted_card_payment?"] == "reverted card payment"


def test_names_that_differ_in_the_underscore_alone_stay_as_they_are() -> None:
    words = workloads.wording("en").words_of
    assert words(("top_up", "refund")) == ("top up", "refund")
    assert words(("top_up", "top up")) == ("top_up", "top up")


@pytest.mark.parametrize("language", [None, "xx", "XX-yy", "tlh", "", "..", "../en", "e n"])
def test_wording_falls_back_to_english(language: str | None) -> None:
    assert workloads.wording(language) == workloads.wording("en")


@pytest.mark.parametrize(
    ("regional", "plain"), [("de-AT", "de"), ("DE", "de"), ("zh-Hans-CN", "zh"), ("en-GB", "en")]
)
def test_a_region_has_the_wording_of_its_language(regional: str, plain: str) -> None:
    assert workloads.wording(regional) == workloads.wording(plain)
    assert plain == "en" or workloads.wording(regional) != workloads.wording("en")


def test_what_a_workload_says_itself_replaces_that_part_alone() -> None:
    own = PartialWording(hypothesis="Es geht um {}.", words={"a": "A!"})
    wording = workloads.wording("de", own)
    assert wording.hypothesis == "Es geht um {}."
    assert wording.words_of(("a", "b")) == ("A!", "b")
    assert wording.instruction == workloads.wording("de").instruction


def test_the_language_of_each_part_is_known() -> None:
    hypothesis = PartialWording(hypothesis="Il testo parla di {}.")
    both = PartialWording(hypothesis="Il testo parla di {}.", instruction="Scegli:\n{}")
    found = [
        workloads.wording("it", own)
        for own in (None, hypothesis, PartialWording(instruction="Scegli:\n{}"), both)
    ]
    assert [(each.language, each.hypothesis_language or each.language) for each in found] == [
        ("en", "en"),
        ("en", "it"),
        ("it", "en"),
        ("it", "it"),
    ]


def test_the_language_of_own_data_reaches_the_workload(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "own.jsonl", ROWS)
    samples = sample_file(path, text_column="text", label_column="label", language="de-AT")
    assert samples.workload.language == "de-AT"
    assert samples.wording == workloads.wording("de")
    unknown = sample_file(path, text_column="text", label_column="label")
    assert unknown.workload.language is None
    assert unknown.wording == workloads.wording("en")
    # The texts are the same, whatever language they are said to be in.
    assert samples.workload.content_sha256 == unknown.workload.content_sha256


@pytest.mark.parametrize("code", ["", "german!", "d", "de_AT", "<b>", "de-" + "x" * 100, "de\n"])
def test_a_language_that_is_no_code_is_refused(tmp_path: Path, code: str) -> None:
    path = json_lines(tmp_path / "own.jsonl", ROWS)
    with pytest.raises(UsageError, match=r"--language .* is no code of a language"):
        sample_file(path, text_column="text", label_column="label", language=code)


def test_a_workload_names_its_own_language() -> None:
    options = Options(workload="demo-v1", language="de")
    model = resolve(parse_model("demo"))
    with pytest.raises(UsageError, match="--language is of --data alone"):
        choose(options, model, silent)


@needs_shared
@pytest.mark.parametrize(
    ("workload", "folder"), [("banking77-v1", "banking77"), ("sst2-v1", "sst2")]
)
def test_real_label_names_have_words(workload: str, folder: str) -> None:
    text = (SHARED / "data" / folder / "train.jsonl").read_text(encoding="utf-8")
    names = {json.loads(line)["label_name"] for line in text.splitlines()}
    definition = workloads.load(workload)
    assert names == set(definition.labels)
