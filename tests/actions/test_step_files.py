"""Outputs, summary and annotations of a workflow step, read as GitHub's runner reads them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import labels
from support.label_parts import HOSTILE_NAME, make_label

from energylabel.cli import github, summary
from energylabel.cli.output import annotation, clean
from energylabel.errors import OutputError
from energylabel.pipeline import Rated
from energylabel.records.label import Label

PULL = "https://huggingface.co/org/model/discussions/7"
ATTACKS = (
    "a\nenergy-class=A\nb<<X",
    "::error::x",
    "%0A::stop-commands::t",
    "${{ secrets.HF_TOKEN }}",
    "\u202egnp.exe\x1b[31m",
    "##[add-mask]x",
    HOSTILE_NAME,
)


def parsed(text: str) -> dict[str, str]:
    """The documented format: ``name=value``, or ``name<<delimiter``, lines, ``delimiter``."""
    found: dict[str, str] = {}
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        if not line:
            continue
        one = re.match(r"([^=<]+)(=|<<)(.*)", line, re.DOTALL)
        assert one, line
        name, sign, rest = one.groups()
        if sign == "=":
            found[name] = rest
            continue
        value = []
        for following in lines:
            if following == rest:
                break
            value.append(following)
        else:
            raise AssertionError(f"no end of {name}")
        found[name] = "\n".join(value)
    return found


def commanded(line: str) -> tuple[str, dict[str, str], str] | None:
    """A line as the runner takes it: command, properties, message; None for plain text."""
    one = re.match(r"\s*::(\S+?)(?: (.*?))?::(.*)", line, re.DOTALL)
    if one is None:
        return None
    pairs = (each.split("=", 1) for each in (one[2] or "").split(",") if each)
    mended = {"%0D": "\r", "%0A": "\n", "%25": "%"}
    more = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    return one[1], {k: _unescape(v, more) for k, v in pairs}, _unescape(one[3], mended)


def _unescape(text: str, pairs: dict[str, str]) -> str:
    for coded, plain in pairs.items():
        text = text.replace(coded, plain)
    return text


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A step with both files, empty as the runner makes them."""
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        (tmp_path / name).touch()
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def rated(label: Label, folder: Path = Path("/somewhere/label")) -> Rated:
    return Rated(label, folder)


def read(step: Path) -> dict[str, str]:
    return parsed((step / "GITHUB_OUTPUT").read_text("utf-8"))


def test_every_output_of_a_plain_label(step: Path) -> None:
    label = labels.metered()
    assert github.publish(rated(label), PULL)
    assert read(step) == {
        "rated": "true",
        "energy-class": "D",
        "accuracy-class": "D",
        "energy-index": "31.2",
        "wh-per-1000": "0.0713",
        "wh-per-1000-low": "",
        "wh-per-1000-high": "",
        "label-path": "/somewhere/label",
        "label-id": label.id,
        "pr-url": PULL,
        "commit-url": "",
    }


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        # The index of an invalid measurement is in the record, but not on the label.
        (labels.withheld(), {"energy-class": "?", "energy-index": "", "wh-per-1000": ""}),
        (labels.no_letter(), {"energy-class": "?", "energy-index": "24.0"}),
        (labels.unpublished(), {"energy-class": "C", "accuracy-class": ""}),
        (
            labels.extreme(4200.0, 1234.0, "G"),
            {
                "energy-index": "4200",
                "wh-per-1000": "",
                "wh-per-1000-low": "1200",
                "wh-per-1000-high": "9300",  # 9,255, rounded outward
            },
        ),
    ],
    ids=["withheld", "no letter", "no reference", "large"],
)
def test_absent_is_empty_and_numbers_have_no_commas(
    step: Path, label: Label, expected: dict[str, str]
) -> None:
    github.publish(rated(label))
    assert read(step).items() >= expected.items()


def test_nothing_to_rate(step: Path) -> None:
    github.publish(None)
    found = read(step)
    assert found.pop("rated") == "false"
    assert set(found) == set(github.OUTPUTS) - {"rated"}
    assert set(found.values()) == {""}
    assert (step / "GITHUB_STEP_SUMMARY").read_bytes() == b""


def test_outside_a_workflow_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    assert github.publish(rated(make_label()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_value_stays_one_value(step: Path, attack: str) -> None:
    github.publish(rated(make_label(), Path("/labels") / attack), f"https://x/{attack}")
    found = read(step)
    assert set(found) == set(github.OUTPUTS)
    assert found["label-path"] == str(Path("/labels") / attack)
    assert found["pr-url"] == f"https://x/{attack}"
    # Shown as an address, if at all, when it is made of what addresses are made of.
    shown = "Pull request" in (step / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    assert shown == (re.search(r"[^A-Za-z0-9:%-]", attack) is None)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(value: str) -> None:
    assert parsed("before=1\n" + github.heredoc("name", value) + "after=2\n") == {
        "before": "1",
        "name": value,
        "after": "2",
    }


def test_delimiters_differ_and_half_a_character_does_no_harm(step: Path) -> None:
    github.publish(rated(make_label()), "https://x/\ud800")
    text = (step / "GITHUB_OUTPUT").read_text("utf-8")
    delimiters = re.findall("<<(.*)", text)
    assert len(set(delimiters)) == len(github.OUTPUTS)
    assert read(step)["pr-url"] == "https://x/?"


def test_what_another_program_left_open_is_closed(step: Path) -> None:
    (step / "GITHUB_OUTPUT").write_bytes(b"other=1")
    github.publish(rated(make_label()))
    assert read(step)["other"] == "1"
    assert read(step)["rated"] == "true"


def test_the_last_rating_counts_and_the_summary_has_both(step: Path) -> None:
    github.publish(rated(labels.metered()), PULL)
    github.publish(rated(labels.named("org/second")))
    assert read(step)["pr-url"] == ""
    text = (step / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    assert text.count("Energy class (A–G)") == 2
    assert f"Pull request: <{PULL}>\n" in text
    assert "org/second" in text


@pytest.mark.parametrize("label", labels.gallery().values(), ids=labels.gallery().keys())
def test_the_summary_has_no_picture_markup_or_command(label: Label) -> None:
    text = github.step_summary(rated(label))
    tags = re.findall(r"(?<!\\)<(?!https)/?([a-z!]+)", text)
    # Our own places where a long word may break, and an id in the type of code, change nothing.
    assert [tag for tag in tags if tag not in {"wbr", "code"}] == [
        *("details", "summary", "summary", "details")
    ]
    assert "${{" not in text
    assert "::" not in text
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert text.startswith("## Energy and accuracy")
    assert text.endswith("\n\n")


def test_a_full_summary_is_left_as_it_is(step: Path) -> None:
    path = step / "GITHUB_STEP_SUMMARY"
    piece = len(github.step_summary(rated(make_label())).encode())
    path.write_bytes(b"\n" * (1024 * 1024 - piece))
    assert github.publish(rated(make_label()))
    assert path.stat().st_size == 1024 * 1024
    assert not github.publish(rated(make_label()))
    assert path.stat().st_size == 1024 * 1024
    assert read(step)["rated"] == "true"


def test_a_file_that_cannot_be_written(step: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(step))
    with pytest.raises(OutputError, match="GITHUB_OUTPUT names"):
        github.publish(rated(make_label()))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_annotation_is_one_command_with_its_own_words(attack: str) -> None:
    line = annotation("warning", f"a:b, {attack}", f"100 % {attack}", attack)
    assert len(line.splitlines()) == 1
    found = commanded(line)
    assert found is not None
    command, properties, message = found
    assert command == "warning"
    assert properties == {"title": clean(f"a:b, {attack}")}
    assert message.split("\n") == [clean(f"100 % {attack}"), clean(attack)]
    assert not re.search("[\x00-\x1f\u202a-\u202e]", line)


def test_a_hostile_label_gives_its_own_annotations_alone() -> None:
    lines = summary.github(rated(labels.crowded())).splitlines()
    found = [commanded(line) for line in lines]
    assert all(found)
    assert {one[0] for one in found if one} <= {"notice", "warning", "error"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_word_on_the_terminal_is_a_command(attack: str) -> None:
    assert commanded(clean(attack)) is None
    assert "##[" not in clean(attack)


@pytest.mark.slow
def test_an_error_in_a_workflow(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "energylabel", "rate", "--format=github", "--"),
            f"{tmp_path}/::error::a\n::warning::b ##[add-mask]c",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {2, 3}
    lines = done.stdout.splitlines() + done.stderr.splitlines()
    assert [one[0] for one in map(commanded, lines) if one] == ["error"]
    assert "##[" not in done.stdout.partition("::error")[0] + done.stderr
