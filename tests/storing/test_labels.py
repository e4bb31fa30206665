import hashlib
import json
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.evidence import make_answers, make_evidence

from energylabel import storing
from energylabel.errors import OutputError, SchemaError
from energylabel.judging.judgement import judge
from energylabel.records.evidence import Evidence
from energylabel.records.label import Label

FIRST = make_evidence()
SECOND = make_evidence(answers=make_answers(right=1700))
LEAF = "example-org/minilm-l6-ag-news/0123456789ab/ag-news-v1/cpu-amd-epyc-9r14-2"


def files(evidence: Evidence, picture: bytes = b"<svg/>") -> dict[str, bytes]:
    return {"label.json": judge(evidence).canonical(), "label.svg": picture}


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by relative path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file can grow beyond ``size``: what a full disk does, without one."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def test_a_label_lies_where_the_standard_says(tmp_path: Path):
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    assert folder == tmp_path / LEAF
    assert set(tree(tmp_path)) == {
        f"{LEAF}/{name}" for name in ("evidence.json", "label.json", "label.svg")
    }
    assert storing.read_evidence(folder) == FIRST
    assert storing.read_label(folder) == judge(FIRST)


def test_the_files_digest_is_the_labels_id(tmp_path: Path):
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    stored = (folder / "evidence.json").read_bytes()
    identity = json.loads((folder / "label.json").read_bytes())["id"]
    assert hashlib.sha256(stored).hexdigest() == identity == FIRST.digest()


def test_others_may_read_what_is_written(tmp_path: Path):
    mask = os.umask(0o022)
    try:
        folder = storing.write(tmp_path, FIRST, files(FIRST))
        storing.write(tmp_path, SECOND, files(SECOND))
    finally:
        os.umask(mask)
    for path in (folder, folder / "label.json", next((folder / "history").iterdir())):
        assert stat.S_IMODE(path.stat().st_mode) & 0o044 == 0o044


def test_an_earlier_label_moves_to_the_history(tmp_path: Path):
    folder = storing.write(tmp_path, FIRST, files(FIRST, b"first"))
    before = tree(folder)
    storing.write(tmp_path, SECOND, files(SECOND, b"second"))
    past = folder / "history" / FIRST.digest()[:12]
    assert tree(past) == before
    assert (folder / "label.svg").read_bytes() == b"second"
    assert storing.read_label(folder).id == SECOND.digest()
    storing.write(tmp_path, FIRST, files(FIRST, b"first"))
    storing.write(tmp_path, SECOND, files(SECOND, b"second"))
    assert {path.name for path in (folder / "history").iterdir()} == {
        FIRST.digest()[:12],
        SECOND.digest()[:12],
    }


def test_the_same_evidence_again_makes_no_history(tmp_path: Path):
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    before = tree(tmp_path)
    assert storing.write(tmp_path, FIRST, files(FIRST)) == folder
    assert tree(tmp_path) == before


def test_an_unreadable_earlier_label_is_kept_as_it_is(tmp_path: Path):
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    for damage in (b"{broken", b"other damage"):
        (folder / "evidence.json").write_bytes(damage)
        storing.write(tmp_path, FIRST, files(FIRST))
        past = folder / "history" / hashlib.sha256(damage).hexdigest()[:12]
        assert (past / "evidence.json").read_bytes() == damage


def test_half_a_label_and_stale_parts_are_overwritten(tmp_path: Path):
    folder = tmp_path / LEAF
    folder.mkdir(parents=True)
    (folder / "evidence.json").write_bytes(b"left by a crash")
    (folder / ".part-label.svg").write_bytes(b"left by a crash")
    storing.write(tmp_path, FIRST, files(FIRST))
    assert set(tree(folder)) == {"evidence.json", "label.json", "label.svg"}


@pytest.mark.parametrize("size", [0, 100, 30_000])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, size: int):
    assert len(SECOND.canonical()) < 100_000
    picture = b"x" * 100_000
    with file_size_limit(size), pytest.raises(OutputError, match="cannot write") as caught:
        storing.write(tmp_path, FIRST, files(FIRST, picture))
    assert tree(tmp_path) == {}
    assert "--resume" in caught.value.hint
    storing.write(tmp_path, FIRST, files(FIRST))
    before = tree(tmp_path)
    with file_size_limit(size), pytest.raises(OutputError):
        storing.write(tmp_path, SECOND, files(SECOND, picture))
    assert tree(tmp_path) == before
    with file_size_limit(size), pytest.raises(OutputError):
        storing.replace(tmp_path / LEAF, {"label.svg": picture})
    assert tree(tmp_path) == before


def test_a_disk_that_fills_while_the_earlier_label_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import shutil

    storing.write(tmp_path, FIRST, files(FIRST))
    before = tree(tmp_path)
    copy, copied = shutil.copy2, []

    def fails_at_the_second(source: Path, target: Path) -> None:
        copied.append(source)
        if len(copied) == 2:
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(shutil, "copy2", fails_at_the_second)
    with pytest.raises(OutputError, match="No space left"):
        storing.write(tmp_path, SECOND, files(SECOND))
    assert tree(tmp_path) == before


@pytest.mark.parametrize("survives", [0, 1, 2, 3])
def test_whoever_dies_between_two_files_leaves_no_label_that_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survives: int
):
    """A folder with a label is a complete one, at every moment."""
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    rename, moved = Path.replace, []

    class Killed(BaseException):
        pass

    def replace(self: Path, target: Path) -> Path:
        if self.is_file():
            if len(moved) == survives:
                raise Killed
            moved.append(target.name)
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        if survives < 3:
            with pytest.raises(Killed):
                storing.write(tmp_path, SECOND, files(SECOND))
        else:
            storing.write(tmp_path, SECOND, files(SECOND))
    assert (folder / "label.json").exists() == (survives == 3)
    past = folder / "history" / FIRST.digest()[:12]
    assert storing.read_label(past) == judge(FIRST)
    storing.write(tmp_path, SECOND, files(SECOND))
    assert storing.read_label(folder).id == storing.read_evidence(folder).digest()


@pytest.mark.parametrize("place", ["example-org", LEAF, f"{LEAF}/history"])
def test_a_link_out_of_the_tree_is_refused_before_anything_is_made(tmp_path: Path, place: str):
    outside, out = tmp_path / "outside", tmp_path / "labels"
    outside.mkdir()
    link = out / place
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    with pytest.raises(OutputError, match="through a link"):
        storing.write(out, FIRST, files(FIRST))
    assert list(outside.iterdir()) == []


def test_a_link_inside_the_tree_and_one_to_the_tree_are_fine(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "labels").symlink_to(tmp_path / "real")
    folder = storing.write(tmp_path / "labels", FIRST, files(FIRST))
    assert storing.read_evidence(folder) == FIRST


def test_a_file_that_is_a_link_is_replaced_and_not_followed(tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    folder = tmp_path / "labels" / LEAF
    folder.mkdir(parents=True)
    for name in ("label.svg", ".part-label.svg", "evidence.json"):
        (folder / name).symlink_to(victim)
    storing.write(tmp_path / "labels", FIRST, files(FIRST))
    assert victim.read_bytes() == b"precious"
    assert (folder / "label.svg").read_bytes() == b"<svg/>"


def test_prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    storing.prepare(tmp_path / "new" / "labels")
    assert list((tmp_path / "new" / "labels").iterdir()) == []
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="cannot write to") as caught:
            storing.prepare(bad)
        assert "--out" in caught.value.hint
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(OutputError, match="only 1 MB left"):
        storing.prepare(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        storing.prepare(tmp_path)


def test_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    assert storing.find(folder) == folder
    assert storing.find(folder / "label.svg") == folder
    with pytest.raises(SchemaError, match=r"no evidence\.json"):
        storing.find(tmp_path)
    monkeypatch.chdir(folder)
    with pytest.raises(SchemaError, match="does not exist"):
        storing.find(Path("a-typo"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"schema_version": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"[]", "holds no record"),
        (b"null", "holds no record"),
        (b"{}", "is not a valid record"),
        (b'{"schema_version": 3}', "schema version 3, this program knows up to 2"),
        (b'{"schema_version": 99, "all": "new"}', "schema version 99"),
        (b'{"schema_version": "1"}', "is not a valid record"),
        (b'{"schema_version": 0}', "is not a valid record"),
    ],
)
def test_unreadable_records(tmp_path: Path, content: bytes, told: str):
    for name, read in (
        ("evidence.json", storing.read_evidence),
        ("label.json", storing.read_label),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SchemaError, match=told) as caught:
            read(tmp_path)
        assert "\n" not in caught.value.message
        assert caught.value.hint
        (tmp_path / name).unlink()
        with pytest.raises(SchemaError, match="cannot read"):
            read(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"finished_at":', '"finished_at":NaN,"x":', "finished_at"),
        ('"sessions":1', '"sessions":1,"mine":2', "mine"),
        ('"sessions":1', '"sessions":"1"', "sessions"),
        ('"sessions":1', '"sessions":true', "sessions"),
        ('"role":"candidate"', '"role":"\\ud800"', "not a valid record"),
        ('"passes":', '"passes":-', "passes"),
    ],
)
def test_hand_edited_evidence(tmp_path: Path, old: str, new: str, where: str):
    text = FIRST.canonical().decode()
    assert old in text
    (tmp_path / "evidence.json").write_text(text.replace(old, new, 1))
    with pytest.raises(SchemaError, match=where) as caught:
        storing.read_evidence(tmp_path)
    assert "hand-edited" in caught.value.hint


def test_a_label_survives_the_way_to_the_disk_and_back(tmp_path: Path):
    folder = storing.write(tmp_path, FIRST, files(FIRST))
    assert isinstance(storing.read_label(folder), Label)
    storing.replace(folder, {"badge.svg": b"new", "label.svg": b"changed"})
    assert (folder / "badge.svg").read_bytes() == b"new"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
