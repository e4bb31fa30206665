import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import pytest
from support.evidence import make_evidence
from support.processes import start

from energylabel.errors import OutputError, SchemaError
from energylabel.records import (
    Attempt,
    BlockGivenUp,
    RatingBegun,
    RatingFailed,
    SlicesDealt,
    WindowTaken,
)
from energylabel.storing import journal as jn
from energylabel.storing.journal import Journal

KEY = "0123456789abcdef" * 4
BEGUN = RatingBegun(signature="s", protocol="quick", started_at=1.5)
ATTEMPT = Attempt(started_at=1.0, protocol="quick", outcome="failed", windows=3, reason="because")


@pytest.fixture
def book(tmp_path: Path) -> Journal:
    return Journal(KEY, tmp_path / "state" / "energylabel")


def blocks(book: Journal) -> list[int]:
    return [entry.block for entry in book.read() if isinstance(entry, BlockGivenUp)]


def test_entries_come_back_in_order(book: Journal):
    assert book.read() == []
    entries = [BEGUN, RatingFailed(message="ü\u2028\n"), SlicesDealt(count=3)]
    for entry in entries:
        book.append(entry)
    assert book.read() == entries
    lines = book.path.read_bytes().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["begun", "failed", "slices"]


def test_journals_of_other_keys_are_apart(book: Journal):
    book.append(BEGUN)
    assert Journal("f" * 64, book.folder).read() == []


def test_nan_is_never_written(book: Journal):
    with pytest.raises(ValueError, match="finite number"):
        book.append(RatingBegun(signature="s", protocol="quick", started_at=float("nan")))
    assert book.read() == []


def test_a_last_line_cut_anywhere_is_dropped_and_swallows_nothing(book: Journal):
    for n in range(3):
        book.append(BlockGivenUp(block=n))
    whole = book.path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last, len(whole)):
        book.path.write_bytes(whole[:cut])
        complete = 3 if cut == len(whole) - 1 else 2  # only the line's end is missing
        assert blocks(book) == list(range(complete))
        book.append(BlockGivenUp(block=9))
        assert blocks(book) == [*range(complete), 9]


@pytest.mark.parametrize(
    "damage", [b"\xff\xfe\n", b"\x00\x00\n", b"[]\n", b"7\n", b"{" * 50 + b"\n"]
)
def test_damage_in_the_middle_costs_that_line_alone(book: Journal, damage: bytes):
    book.append(BlockGivenUp(block=1))
    with book.path.open("ab") as file:
        file.write(damage)
    book.append(BlockGivenUp(block=2))
    assert blocks(book) == [1, 2]


def test_a_killed_writer_leaves_a_readable_journal(book: Journal):
    code = (
        "import sys, itertools; from pathlib import Path\n"
        "from energylabel.records import RatingFailed\n"
        "from energylabel.storing import Journal\n"
        "book = Journal(sys.argv[1], Path(sys.argv[2])); print('ready', flush=True)\n"
        "for n in itertools.count(): book.append(RatingFailed(message=f'{n} ' + 'x' * 5000))"
    )
    process = start(code, KEY, str(book.folder))
    deadline = time.monotonic() + 20
    while len(book.read()) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    entries = book.read()
    assert len(entries) >= 20
    assert [int(entry.message.split()[0]) for entry in entries] == list(range(len(entries)))
    book.append(BEGUN)
    assert len(book.read()) == len(entries) + 1


def test_attempts_are_counted_and_the_journal_goes(book: Journal):
    assert book.attempts() == ()
    for windows in (0, 3):
        book.append(BEGUN)
        book.close(ATTEMPT.model_copy(update={"windows": windows}))
        assert not book.path.exists()
        assert book.read() == []
    assert [attempt.windows for attempt in book.attempts()] == [0, 3]
    assert book.attempts()[1] == ATTEMPT


OLD = [
    '{"kind": "header", "content": {"signature": "s", "protocol": "quick", "started_at": 1.5}}',
    '{"kind": "window", "content": {"session": 0}}',
    '{"kind": "slices", "content": 3}',
    '{"kind": "slices", "count": 3, "more": 1}',
    '{"kind": "slices", "count": "3"}',
    '{"kind": "unheard-of"}',
    "{}",
]


@pytest.mark.parametrize("line", OLD)
def test_an_entry_of_another_version_is_one_clear_error(book: Journal, line: str):
    book.append(BEGUN)
    with book.path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(SchemaError, match="an entry that this version does not know") as caught:
        book.read()
    assert "leave out --resume" in caught.value.hint


def test_an_abandoned_rating_is_an_attempt_if_it_measured_anything(book: Journal):
    assert book.abandoned() is None
    book.append(BEGUN)
    assert book.abandoned() is None
    book.append(WindowTaken(window=make_evidence().windows[0]))
    cut_off = Attempt(started_at=1.5, protocol="quick", outcome="interrupted", windows=1)
    assert book.abandoned() == cut_off
    with book.path.open("a") as file:
        file.write(OLD[1] + "\n")  # not this version's to count, and no obstacle
    book.append(RatingFailed(message="the clock jumped"))
    failed = cut_off.model_copy(update={"outcome": "failed", "reason": "the clock jumped"})
    assert book.abandoned() == failed
    book.drop()
    assert book.abandoned() is None


def test_a_journal_of_another_version_is_none_to_begin_anew(book: Journal):
    book.path.parent.mkdir(parents=True)
    book.path.write_text("\n".join(OLD))
    assert book.abandoned() is None


def test_a_foreign_attempts_file_is_one_clear_error(book: Journal):
    book.close(ATTEMPT)
    (path,) = book.folder.glob("*.attempts.jsonl")
    path.write_text('{"windows": "many"}\n')
    with pytest.raises(SchemaError, match="no attempt"):
        book.attempts()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_output_error(book: Journal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Journal, "path", Path("/dev/full"))
    with pytest.raises(OutputError, match="No space left") as caught:
        book.append(BEGUN)
    assert "XDG_STATE_HOME" in caught.value.hint


def test_a_disk_that_fills_in_mid_line_keeps_what_was_there(book: Journal):
    book.append(BlockGivenUp(block=1))
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (book.path.stat().st_size + 40, hard))
    try:
        with pytest.raises(OutputError, match="cannot write the journal"):
            book.append(RatingFailed(message="x" * 100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
    book.append(BlockGivenUp(block=2))
    assert blocks(book) == [1, 2]


def test_places_that_cannot_hold_a_journal(tmp_path: Path):
    (tmp_path / "file").write_text("")
    in_a_file = Journal(KEY, tmp_path / "file")
    with pytest.raises(OutputError, match="cannot write"):
        in_a_file.append(BEGUN)
    with pytest.raises(OutputError, match="cannot read"):
        in_a_file.read()
    folder = Journal(KEY, tmp_path)
    folder.path.mkdir()
    with pytest.raises(OutputError, match="cannot read"):
        folder.read()


def test_the_state_folder_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert jn.state_folder() == tmp_path / "energylabel"
