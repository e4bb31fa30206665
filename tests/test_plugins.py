"""The package of docs/how-to/plug-in.md, as it stands: nothing else names its plug-ins."""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.command import shortened
from support.tiny_models import SENTENCES, make_model

ROOT = Path(__file__).parents[1]
TUTORIAL = (ROOT / "docs" / "how-to" / "plug-in.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL))
MISTAKE = re.search(r"```text\n(.*?)\n```", TUTORIAL, re.DOTALL)
COMMANDS = re.findall(r"^\$ energylabel (.*)$", TUTORIAL, re.MULTILINE)
GOOD = ("wonderful", "lovely", "worth")


def install(files: dict[str, str], folder: Path) -> None:
    """Modules and entry points, as pip leaves them."""
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for name, text in files.items():
        if name.endswith(".py"):
            (folder / name).write_text(text, "utf-8")
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))


def python(site: Path, *arguments: str, installed: bool = True) -> str:
    """What Python prints, with the package installed, here and in all processes that it starts."""
    path = shortened(site / "short", steady=True)
    if installed:
        path = f"{site}{os.pathsep}{path}"
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        env=os.environ | {"PYTHONPATH": path, "XDG_STATE_HOME": str(site / "state")},
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert {*FILES} == {
        "pyproject.toml", "desk_keywords.py", "desk_centroids.py", "desk_meter.py", "desk_text.py",
        "desk_line.py",
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("site")
    install(FILES, folder)
    for name, rows in (("test.csv", SENTENCES[:60]), ("train.csv", SENTENCES[60:])):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            writer.writerows((text, mood(text)) for text in rows)
    return folder


def mood(text: str) -> str:
    return "good" if any(word in text for word in GOOD) else "bad"


def test_the_program_names_none_of_them() -> None:
    sources = [
        *(ROOT / "energylabel").rglob("*.py"),
        *(p for p in (ROOT / "templates").rglob("*") if p.is_file()),
    ]
    assert not [path for path in sources if re.search("keywords|desk_|centroids", path.read_text())]


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(site: Path) -> None:
    doctor, families, rate = COMMANDS
    told = json.loads(python(site, "-m", "energylabel", doctor, "--format", "json"))
    assert told["broken_plugins"] == {}
    assert {"desk": True, "codecarbon": True}.items() <= {
        each["name"]: each["usable"] for each in told["meters"]
    }.items()
    listed = python(site, "-m", "energylabel", families)
    assert re.search(r"^keywords +by name +words and the labels", listed, re.MULTILINE)
    assert re.search(r"^centroids +with files +an encoder, and", listed, re.MULTILINE)

    done = python(site, "-m", "energylabel", *rate.split(), "--format", "json")
    label = json.loads(done)
    assert label["subject"]["family"] == "keywords"
    assert label["subject"]["name"] == "energylabel/keywords"
    assert label["metrics"]["fitting"]["rows"] == 120
    (path,) = (site / "labels").rglob("evidence.json")
    evidence = json.loads(path.read_text("utf-8"))
    meters = {each["name"]: each["method"] for each in evidence["meters"]}
    assert meters["desk"] == "sampled-power"
    assert label["provenance"] != "estimated"  # the joules are those of the plug-in
    assert len(evidence["windows"]) >= 6
    for window in evidence["windows"]:
        (joules,) = (each["joules"] for each in window["energy"] if each["meter"] == "desk")
        assert 1 < joules["cpu"] / (40 * window["seconds"]) < 2  # it is read before and after
    accuracy = label["metrics"]["accuracy"]
    assert accuracy["majority_share"] == 0.5
    assert accuracy["accuracy"]["value"] > 0.75  # it has learnt which words are which mood's
    card = (path.parent / "card.md").read_text("utf-8")
    assert "| Kind of model | keywords · fitted here on 120 rows of the user's own |" in card
    assert "| Words per text |" in card
    letters = {key: label["grades"][key]["letter"] for key in ("energy", "accuracy")}
    assert (path.parent / "label.txt").read_text("utf-8") == (
        f"energylabel/keywords: energy {letters['energy']}, accuracy {letters['accuracy']}\n"
    )
    # Without the package the label is verified and drawn all the same, to the same bytes.
    drawn = {name: (path.parent / name).read_bytes() for name in ("card.md", "label.svg")}
    assert "keywords" not in python(site, "-m", "energylabel", families, installed=False)
    for verb in ("verify", "render"):
        python(site, "-m", "energylabel", verb, str(path.parent), installed=False)
    assert drawn == {name: (path.parent / name).read_bytes() for name in drawn}


@pytest.mark.slow
def test_an_export_of_another_package_is_one_like_ours(site: Path) -> None:
    def export(name: str) -> tuple[int, str]:
        label = ROOT / "tests" / "historic" / "schema-2" / name
        done = subprocess.run(
            [sys.executable, "-P", "-m", "energylabel", "export", str(label), "--to", "line"],
            env=os.environ | {"PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    assert export("two-gpus") == (0, "example-org/minilm-l6-ag-news: 0.137 Wh\n")
    code, told = export("processor")
    assert (code, told.splitlines()[0]) == (2, "error: a line has no room for a range")


ASKED = """
import json, sys
from energylabel.classifiers import Batching, Placement, find_family
from energylabel.resolving import parse_model, resolve
model = resolve(parse_model(sys.argv[1]))
with find_family(model.family).open(model, Placement("cpu", "auto", 1), None) as session:
    texts = ["the film was wonderful.", "the film was dreadful."]
    session.fit(texts, [0, 1])
    said = session.predict(texts, Batching(32), count_truncated=True)
    print(json.dumps([model.family, model.labels, said.labels, said.truncated, session.dtype]))
"""


@pytest.mark.slow
def test_a_family_with_files_is_told_by_them(site: Path) -> None:
    folder = make_model(site / "model")
    config = json.loads((folder / "config.json").read_text())
    config |= {"answers_by": "centroids", "architectures": ["BertModel"]}
    (folder / "config.json").write_text(json.dumps(config))
    told = json.loads(python(site, "-c", ASKED, str(folder)))
    assert told == ["centroids", None, [0, 1], 0, "float32"]


@pytest.mark.slow
def test_a_misspelt_trait_is_told_by_the_doctor(tmp_path: Path) -> None:
    assert MISTAKE is not None
    right, wrong = "training_rows=1000", "trainig_rows=1000"
    assert right in FILES["desk_keywords.py"]
    install(FILES | {"desk_keywords.py": FILES["desk_keywords.py"].replace(right, wrong)}, tmp_path)
    told = json.loads(python(tmp_path, "-m", "energylabel", "doctor", "--format", "json"))
    assert [f"{name} does not load: {why}" for name, why in told["broken_plugins"].items()] == [
        MISTAKE[1]
    ]
    assert MISTAKE[1] in {each["message"] for each in told["findings"]}
