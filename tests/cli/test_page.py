"""``energylabel page`` over committed labels, over lists, and over the loopback Hub."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.parcels import FILES, MODEL, published

from energylabel.cli.app import main

LABELS = Path(__file__).parents[2] / "labels"
(DEMO,) = LABELS.glob("energylabel/demo/*/demo-v1/*")
Told = tuple[int, str, str]


@pytest.fixture
def told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Told]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(*arguments: object) -> Told:
        with pytest.raises(SystemExit) as ended:
            main(["page", *map(str, arguments), "--out", str(tmp_path / "site")])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def broken(folder: Path) -> Path:
    shutil.copytree(DEMO, folder)
    (folder / "label.json").write_text('{"schema_version": 9}')
    return folder


def test_a_page_says_where_it_is_and_what_it_left_out(told: Callable[..., Told], tmp_path: Path):
    code, out, err = told(DEMO, broken(tmp_path / "future"))
    assert (code, out.strip()) == (0, str(tmp_path / "site" / "index.html"))
    assert "left out:" in err
    assert "schema version 9" in err
    assert "1 label, 1 left out" in err
    site = tmp_path / "site"
    assert "1 more could not be read" in (site / "index.html").read_text()
    assert {path.name for path in site.iterdir()} == {
        "index.html",
        "labels.json",
        "labels.parquet",
    }


def test_strict_makes_it_an_error_and_writes_nothing(told: Callable[..., Told], tmp_path: Path):
    code, out, err = told(DEMO, broken(tmp_path / "future"), "--strict")
    assert (code, out, err.count("error:")) == (2, "", 1)
    assert not (tmp_path / "site" / "index.html").exists()


def test_json_tells_the_same(told: Callable[..., Told], tmp_path: Path):
    code, out, _ = told(DEMO, DEMO.parent, "--check", "digest", "--format", "json")
    said = json.loads(out)
    assert (code, said["labels"], said["unchecked"], said["left_out"]) == (0, 1, 1, [])
    assert said["files"]["index.html"] == (tmp_path / "site" / "index.html").stat().st_size


def test_what_was_not_computed_again_is_said(told: Callable[..., Told], tmp_path: Path):
    _, _, err = told(DEMO, "--check", "digest")
    assert "of 1 only the digest of the evidence was compared" in err
    page = (tmp_path / "site" / "index.html").read_text()
    assert "Only the SHA-256 of their evidence was compared" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give LABELS, --from-file or --org"),
        (("./nowhere",), "nowhere"),
        (("{empty}",), "there is no label to show"),
    ],
)
def test_nothing_to_show(
    arguments: tuple[str, ...], words: str, told: Callable[..., Told], tmp_path: Path
):
    (tmp_path / "empty").mkdir()
    given = [each.format(empty=tmp_path / "empty") for each in arguments]
    code, out, err = told(*given)
    assert (code, out, err.count("error:")) == (2, "", 1)
    assert words in err


def test_a_list_names_folders(told: Callable[..., Told], tmp_path: Path):
    listed = tmp_path / "sources.txt"
    listed.write_text(f"{DEMO}  # the demo\n")
    code, out, _ = told("--from-file", listed, "--format", "json")
    assert (code, json.loads(out)["labels"]) == (0, 1)


@pytest.mark.slow
def test_labels_of_an_organisation_on_the_hub(
    told: Callable[..., Told], hub_home: HubHome, tmp_path: Path
):
    from energylabel import publishing

    hub_home.sign_in("writer")
    folder = published(hub_home, tmp_path / "labels")
    card = b"---\npipeline_tag: text-classification\n---\n"
    hub_home.hub.storage.commit("models", MODEL, {**FILES, "README.md": card})
    publishing.push(folder, "commit")
    code, out, _ = told("--org", "acme", "--format", "json")
    assert (code, json.loads(out)["labels"]) == (0, 1)
    (label,) = json.loads((tmp_path / "site" / "labels.json").read_bytes())["labels"]
    assert label["name"] == MODEL
    assert label["evidence"].startswith("http")
    assert f"{MODEL}/resolve/main/energylabel/" in label["evidence"]
    # The same label in a folder is the same label.
    code, out, _ = told(MODEL, tmp_path / "labels", "--format", "json")
    assert (code, json.loads(out)["labels"], json.loads(out)["repeated"]) == (0, 1, 1)
