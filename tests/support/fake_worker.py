# ruff: noqa: ARG002 - the requests have the arguments that they have
"""A worker that answers at once, for everything about a rating but its figures."""

from collections.abc import Callable, Sequence
from typing import Any, Self

from energylabel.errors import EnergyLabelError

WINDOW_S = 1.25
REFERENCE_CPU_S = 0.08  # per query; the candidate takes a quarter of it


class FakeWorker:
    """Stands in for :class:`energylabel.worker.client.Worker`.

    Args:
        before_window: Called with the number of windows so far; may raise.
        foreign: Foreign share of the n-th window.
        joules: Whether windows come with counted joules of the processor.
        meters: What meters there are, instead: name, method, component, joules per CPU-second.
        fits: The largest batch that each role can hold.
        faults: What goes wrong when a role is fitted.
    """

    def __init__(
        self,
        *,
        before_window: Callable[[int], None] = lambda _: None,
        foreign: Callable[[int], float | None] = lambda _: 0.01,
        joules: bool = False,
        meters: Sequence[tuple[str, str, str, float]] = (),
        fits: dict[str, int] | None = None,
        error: EnergyLabelError | None = None,
        faults: dict[str, EnergyLabelError] | None = None,
    ) -> None:
        self.before_window = before_window
        self.foreign = foreign
        self.meters = tuple(meters)
        if joules:
            self.meters = (("fake", "hardware-counter", "cpu", 4.0),)
        self.fits = fits or {}
        self.error = error
        self.faults = faults or {}
        self.hello = {"versions": {"torch": "2"}, "base_bytes": 5}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.windows = 0

    def __call__(self, threads: int, hardware: Any, memory_bytes: int | None = None) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def ops(self, op: str) -> list[dict[str, Any]]:
        """The requests of one kind so far."""
        return [arguments for name, arguments in self.asked if name == op]

    def ask(self, op: str, **arguments: Any) -> Any:
        self.asked.append((op, arguments))
        return getattr(self, f"_{op}")(**arguments)

    def ask_within(self, seconds: float | None, op: str, /, **arguments: Any) -> Any:
        return self.ask(op, **arguments)

    def _texts(self, texts: Any) -> Any:
        return {"count": len(texts)}

    def _meters(self, hardware: Any, names: Any) -> Any:
        rest = {"version": None, "details": {}}
        clock = {"name": "clock", "method": "cpu-time", "covers": []} | rest
        return [clock] + [
            {"name": name, "method": method, "covers": [part]} | rest
            for name, method, part, _ in self.meters
        ]

    def _readings(self, cpu: float) -> Any:
        return [
            {"meter": name, "method": method, "joules": {part: factor * cpu}}
            for name, method, part, factor in self.meters
        ]

    def _open(self, role: str, **_: Any) -> Any:
        if self.error is not None:
            raise self.error
        return {
            "parameters": 7,
            "dtype": "float32",
            "max_tokens": 64,
            "attention": "sdpa",
            "batch": None,
        }

    def _count_tokens(self, role: str, count: int) -> Any:
        return [5 + n % 9 for n in range(count)]

    def _fit(self, role: str, indices: Any, size: int, tokens: int | None) -> Any:
        fits = min(size, self.fits.get(role, size))
        return {
            "batch_size": fits,
            "batch_tokens": None if tokens is None else fits,
            "peak_bytes": 1000 + size,
        }

    def _run(self, role: str, indices: Any, min_seconds: float) -> Any:
        cpu = self._cpu(role, len(indices))
        return {"passes": 1, "seconds": cpu, "cpu_seconds": cpu}

    def _cpu(self, role: str, queries: int) -> float:
        return REFERENCE_CPU_S * queries / (1 if role == "reference" else 4)

    def _learn(self, role: str, texts: Any, gold: Any) -> Any:
        fault = self.faults.get(role)
        if fault is not None:
            raise fault
        return {
            "seconds": 0.2,
            "cpu_seconds": 0.3,
            "energy": self._readings(0.3),
            "opened": self._open(role),
        }

    def _window(self, role: str, indices: Any, min_seconds: float, each_pass: bool = True) -> Any:
        self.before_window(self.windows)
        n, self.windows = self.windows, self.windows + 1
        cpu = self._cpu(role, len(indices)) * (1 + n * 7919 % 13 / 10_000)
        return {
            "passes": 1,
            "queries": len(indices),
            "tokens": 9 * len(indices),
            "started_at": 1000.0 + n,
            "seconds": WINDOW_S,
            "cpu_seconds": cpu,
            **({"pass_cpu_seconds": [cpu]} if each_pass else {}),
            "foreign_cpu_share": self.foreign(n),
            "energy": self._readings(cpu),
        }

    def _idle(self, seconds: float, before: float) -> Any:
        return {
            "started_at": 900.0,
            "seconds": seconds,
            "busy_seconds": 0.001,
            "energy": [
                {"meter": name, "method": method, "joules": {part: 3.0 * seconds}}
                for name, method, part, _ in self.meters
            ],
        }

    def _answer(self, start: int, stop: int, role: str = "candidate") -> Any:
        count = stop - start
        tokens = 9 * count
        return {
            "labels": [n % 2 for n in range(start, stop)],
            "tokens": tokens,
            "uncut_tokens": tokens,
            "truncated": 0,
            "generated": None,
            "framing": None,
            "tied": None,
            "reread": None,
            "seconds": 0.5,
        }

    def _single(self, count: int) -> Any:
        latencies = [0.1] * count
        return {"latencies_s": latencies, "seconds": 1.0, "cpu_seconds": 1.0, "energy": []}

    def _memory(self) -> Any:
        return {"peak_bytes": 9}

    def _carbon(self, country: str) -> Any:
        return {"country": country, "grams_per_kwh": 300.0, "source": "a table"}
