import os
import signal
import site
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.evidence import make_hardware

from energylabel.errors import EnergyLabelError, MeasurementError
from energylabel.records import (
    CountTokens,
    MeasureRest,
    MemoryTold,
    OpenModel,
    TakeTexts,
    TellCarbon,
    TellMemory,
    TextsTaken,
)
from energylabel.worker.client import Worker, environment
from energylabel.worker.service import read_reply

pytestmark = pytest.mark.slow

SECRETS = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HUGGINGFACE_HUB_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "CODECARBON_API_KEY",
    "SSH_AUTH_SOCK",
    "NETRC",
)


def test_an_answer_is_waited_for_so_long_and_no_longer():
    with Worker(1, make_hardware()) as worker:
        assert worker.ask_within(60, TakeTexts(texts=("a", "b"))) == TextsTaken(count=2)
        assert worker.ask_within(60, MeasureRest(seconds=0.01, before=0.0)).measured.seconds >= 0.01
        with pytest.raises(TimeoutError, match="no reply to TellCarbon within 0 s"):
            worker.ask_within(0, TellCarbon(country="DEU"))


def test_no_secret_is_handed_on(tmp_path: Path):
    inherited = dict.fromkeys(SECRETS, "s3cret") | {"PATH": "/bin", "LANG": "C.UTF-8"}
    built = environment(str(tmp_path), 2, (), inherited)
    assert not set(SECRETS) & set(built)
    assert "s3cret" not in built.values()
    assert (built["PATH"], built["LANG"]) == ("/bin", "C.UTF-8")


def test_what_changes_a_figure_is_set_and_not_inherited(tmp_path: Path):
    hostile = {
        "OMP_NUM_THREADS": "64",
        "OMP_WAIT_POLICY": "ACTIVE",
        "MKL_NUM_THREADS": "64",
        "KMP_BLOCKTIME": "infinite",
        "OMP_PROC_BIND": "true",
        "LD_PRELOAD": "x.so",
        "PYTHONSTARTUP": "x.py",
        "PYTHONWARNINGS": "error",
        "HF_HUB_OFFLINE": "0",
        "CODECARBON_PUE": "2",
        "HOME": "/root",
        "CUDA_VISIBLE_DEVICES": "0",
    }
    built = environment(str(tmp_path), 3, ("GPU-1", "GPU-2"), hostile)
    threads = {name: built[name] for name in built if name.endswith("_NUM_THREADS")}
    assert threads == dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "3"
    )
    assert built["OMP_WAIT_POLICY"] == "PASSIVE"
    for flag in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        assert built[flag] == "1"
    assert built["HOME"] == str(tmp_path)
    assert built["CUDA_VISIBLE_DEVICES"] == "GPU-1,GPU-2"
    assert built["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert environment(str(tmp_path), 3, (), hostile)["CUDA_VISIBLE_DEVICES"] == ""
    absent = {"OMP_PROC_BIND", "LD_PRELOAD", "PYTHONSTARTUP", "PYTHONWARNINGS", "CODECARBON_PUE"}
    assert not absent & set(built)


def test_relative_paths_keep_their_meaning_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    inherited = {"PYTHONPATH": f"src{os.pathsep}/abs", "ENERGYLABEL_REPLAY": "trace.jsonl"}
    built = environment("/elsewhere", 1, (), inherited)
    assert built["PYTHONPATH"] == f"{tmp_path / 'src'}{os.pathsep}/abs"
    assert built["ENERGYLABEL_REPLAY"] == str(tmp_path / "trace.jsonl")


def in_built_environment(tmp_path: Path, code: str, **inherited: str) -> str:
    built = environment(str(tmp_path), 1, (), dict(os.environ) | inherited)
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=built,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def test_packages_of_the_user_and_of_pythonpath_still_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mine_alone.py").write_text("PLACE = 'pythonpath'")
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    code = "import mine_alone, site; print(mine_alone.PLACE, site.getuserbase())"
    said = in_built_environment(home, code, PYTHONPATH="src")
    assert said == f"pythonpath {site.getuserbase()}"
    code = "import sys; print(sys.flags.no_user_site)"
    assert in_built_environment(home, code) == "0"
    assert in_built_environment(home, code, PYTHONNOUSERSITE="1") == "1"


def test_the_working_folder_is_not_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "torch.py").write_text("raise SystemExit('the wrong torch')")
    monkeypatch.chdir(tmp_path)
    with Worker(1, make_hardware()) as worker:
        assert worker.ready.versions["torch"].split(".")[0].isdecimal()


def test_the_worker_runs_in_the_built_environment(monkeypatch: pytest.MonkeyPatch):
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    monkeypatch.setenv("HF_TOKEN", "hf_s3cret")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    with Worker(1, make_hardware()) as worker:
        assert worker._process is not None
        pid = worker._process.pid
        told = Path(f"/proc/{pid}/environ").read_bytes()
        home = Path(worker._home.name)
        assert Path(f"/proc/{pid}/cwd").resolve() == home.resolve()
        assert os.getsid(pid) == pid  # Ctrl-C in the terminal does not reach it
    assert b"hf_s3cret" not in told
    assert b"OMP_WAIT_POLICY=PASSIVE" in told.split(b"\0")
    assert not home.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_was_not_started_cannot_be_asked():
    with pytest.raises(MeasurementError, match="not running"):
        Worker(1, make_hardware()).ask(TellMemory())


def test_an_answer_cut_short_is_a_dead_worker(monkeypatch: pytest.MonkeyPatch):
    with Worker(1, make_hardware()) as worker:
        assert worker._process is not None
        worker._replies.close()
        reading, writing = os.pipe()
        os.write(writing, MemoryTold(peak_bytes=1).model_dump_json().encode()[:-1])
        os.close(writing)
        worker._replies = os.fdopen(reading, encoding="ascii")
        worker._process.kill()
        with pytest.raises(MeasurementError, match="killed"):
            worker.ask(TellMemory())


ODD = ("", "\0", "\u2028\u2029\x85\r\n", "日本語 🙂", '"{}[]\\', "a" * 100_000)


def test_texts_cross_the_pipe_as_they_are_and_in_time():
    """Ten thousand texts in far less than a second; a CPU-second is what a slow way would take."""
    texts = (*ODD, *(f"the film was lovely – „schön“ {n} " * 5 for n in range(10_000)))
    with Worker(1, make_hardware()) as worker:
        family = {"role": "words", "family": "majority", "model": None}
        place = {"device": "cpu", "dtype": "auto", "threads": 1, "task": None}
        worker.ask(OpenModel(**family, **place))
        before = time.process_time()
        assert worker.ask(TakeTexts(texts=texts)).count == len(texts)
        tokens = worker.ask(CountTokens(role="words", count=len(texts))).tokens
        assert time.process_time() - before < 0.5
    assert len(tokens) == len(texts)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "sent no reply: Invalid JSON"),
        ('{"reply": "unheard-of"}', "sent no reply: .*'unheard-of'"),
        ('{"reply": "memory-told", "peak_bytes": -1}', "memory-told.peak_bytes"),
        ('{"reply": "texts-taken", "count": 1}', "answered TellMemory with TextsTaken"),
    ],
)
def test_a_reply_that_is_none_is_one_clear_error(line: str, said: str):
    with pytest.raises(EnergyLabelError, match=said) as caught:
        read_reply(TellMemory(), line)
    assert "report" in caught.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_a_thread_that_measures_ends_with_its_program():
    """As Ctrl-C in a program whose rating runs in a thread: nobody waits for what it measures."""
    code = (
        "import threading; from energylabel import records; from energylabel.worker import Worker\n"
        "from energylabel.devices.machine import detect\n"
        "def work():\n"
        "    with Worker(1, detect('cpu')) as worker:\n"
        "        print(worker.process_id, flush=True)\n"
        "        worker.ask(records.MeasureRest(seconds=300, before=0))\n"
        "threading.Thread(target=work).start()\n"
        "threading.Event().wait()"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert program.stdout is not None
    pid = int(program.stdout.readline())
    program.send_signal(signal.SIGINT)
    try:
        program.wait(30)
    finally:
        program.kill()
        program.communicate()
    assert not Path(f"/proc/{pid}").exists()
