"""``energylabel check``: everything about data and a model's fit to them, measuring nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.tiny_models import SENTENCES

from energylabel.cli.app import app
from energylabel.cli.output import Output

COPIES = f'"{SENTENCES[0]}",pos\n"{SENTENCES[0].upper()}",neg\n,neg\n" ",pos\n'


def data(folder: Path, more: str = "") -> Path:
    rows = [f'"{text}",{("neg", "pos")[n % 2]}' for n, text in enumerate(SENTENCES[:60])]
    path = folder / "d.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n" + more)
    return path


def check(*words: str) -> Result:
    return CliRunner().invoke(app, ["check", *words], obj=Output(), standalone_mode=False)


def found(*words: str) -> tuple[int, dict[str, Any]]:
    done = check(*words, "--format", "json")
    assert done.exception is None, done.exception
    told: dict[str, Any] = json.loads(done.stdout)
    return done.return_value, told


def test_data_alone(tmp_path: Path) -> None:
    code, told = found("--data", str(data(tmp_path, COPIES)), "--data-name", "Tickets")
    assert code == 0
    rows = told["rows"]
    assert rows["classes"] == {"neg": 32, "pos": 32}
    assert (rows["repeated"], rows["contradicting"], rows["empty"]) == (2, 1, 2)
    # 59 texts alone, one in three rows, two rows with nothing to read
    assert rows["effective"] == pytest.approx(64**2 / (59 + 9 + 4))
    assert rows["workload"]["title"] == "Tickets"
    assert (told["model"], told["problems"]) == (None, [])
    text = check("--data", str(data(tmp_path, COPIES))).stdout
    assert "duplicates  2 rows repeat the text of another, 1 of them with another label" in text
    assert "would count the rows as 57" in text
    assert "verdict     a rating could begin" in text


def test_what_is_wrong_does_not_hide_the_rest(tmp_path: Path) -> None:
    path = str(data(tmp_path, "alone\nx,\n"))
    code, told = found("--data", path)
    assert code == 2
    (problem,) = told["problems"]
    assert problem["message"].startswith("2 of the 62 rows of d.csv cannot be used: line 62 has 1")
    assert told["rows"]["workload"]["bad_rows"] == 2
    assert told["rows"]["asked"] == 60
    done = check("--data", path)
    assert "verdict     a rating would not begin" in done.stdout
    assert "left out    2 rows, as --skip-bad-rows does" in done.stdout
    assert "line 63 has no label" in done.stderr


def test_a_file_that_is_none_is_one_problem(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"PK\x03\x04")
    code, told = found("--data", str(tmp_path / "d.csv"))
    assert (code, told["rows"], len(told["problems"])) == (2, None, 1)


def test_without_model_and_data_there_is_nothing_to_look_at() -> None:
    done = CliRunner().invoke(app, ["check"], obj=Output())
    assert done.exit_code == 2
    assert "give --data FILE, a MODEL, or both" in done.stderr


@pytest.mark.slow
def test_a_model_beside_its_data(tmp_path: Path, tiny_bert: Path) -> None:
    long = " ".join(["film"] * 200)
    path = str(data(tmp_path, f"{long},pos\nmeh,neutral\nso so,neutral\n"))
    code, told = found(str(tiny_bert), "--data", path)
    assert code == 3
    assert [each["kind"] for each in told["problems"]] == ["not-ratable"]
    model = told["model"]
    assert model["labels"] == {"negative": "neg", "positive": "pos"}
    assert model["mapped_by"] == "well-known names"
    assert (model["max_tokens"], model["longest"]) == (64, 1)
    assert 0 < model["seconds"]["low"] < model["seconds"]["high"]
    assert told["rows"]["workload"]["unknown_rows"] == {"neutral": 2}
    code, told = found(str(tiny_bert), "--data", path, "--drop-unknown")
    assert (code, told["problems"]) == (0, [])
