"""Several processes of one test run: what they share, what each has of its own, who runs alone."""

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from energylabel.storing.holding import LOCK_FOLDER

_SLOW = {"small_reference", "demo", "tiny_nli", "tiny_lm", "tiny_chat", "tiny_t5", "npm_client"}
"""Fixtures that take seconds, or come with what does."""

Once = Callable[[str, Callable[[Path], object]], Path]


def pytest_configure() -> None:
    """One thread for each process's own arithmetic, as there is a process for each processor.

    No example of hypothesis has a deadline: how long it takes is the machine's affair. Examples are
    the same each time; ``--hypothesis-profile=default`` looks for new ones.
    """
    settings.register_profile("untimed", deadline=None, derandomize=True)
    settings.load_profile("untimed")
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


class ByFile(LoadGroupScheduling):
    """The tests of a file stay together, but for those of a group, which have their own place."""

    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        return scope if scope != nodeid else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a rating, a trained model or a machine to itself is slow; slow files begin.

    So no process ends long after the others. What needs the machine to itself comes last and in
    one process, when the tests that it has to wait for are short.
    """
    for item in items:
        seconds = not _SLOW.isdisjoint(getattr(item, "fixturenames", ()))
        if seconds or item.get_closest_marker("alone"):
            item.add_marker("slow")
        if item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.xdist_group("alone"))
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: (bool(item.get_closest_marker("alone")), -slow[item.path]))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def once(run_folder: Path) -> Once:
    """``once(name, fill)`` is a folder that the first process to ask fills, for all to read."""

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        folder = run_folder / "once" / name
        folder.parent.mkdir(exist_ok=True)
        with held(folder.with_name(f"{name}.lock")):
            done = folder.with_name(f"{name}.done")
            if not done.exists():
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session", autouse=True)
def _own_rating_lock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ratings of tests wait for no user's rating, nor for those of another process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LOCK_FOLDER, str(tmp_path_factory.mktemp("lock")))
        yield


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[None]:
    """A test marked ``alone`` runs while no other process of this run is in a test."""
    kind = fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH
    with held(run_folder / "alone.lock", kind):
        yield


@contextmanager
def held(path: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a file's lock, which other processes wait for."""
    with path.open("w") as file:
        fcntl.flock(file, kind)
        yield
