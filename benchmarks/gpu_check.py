"""Checks on a real GPU what was only reasoned or tried on fakes: scale, claims, windows, repeats.

    python benchmarks/gpu_check.py [--model FOLDER] [--out gpu_check.json] [--minutes 25]

Needs one NVIDIA GPU, a PyTorch that can use it, and nothing from any network: the texts are the
demo's, made longer, and the architectures have random weights. ``--model`` adds trained against
random weights of one checkpoint. Prints Markdown and leaves every window in ``--out``. Parts that
the time does not hold are left out and said so. Without a GPU it says that and ends with 0.

Index: 100 × joules per text ÷ those of the reference, windows R C C R, token ids of the reference.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _architectures import ARCHITECTURES, DISTILBERT, Architecture
from _bench import BATCH, ONE, Bench

from energylabel.classifiers.base import Placement
from energylabel.classifiers.reference import PLUGIN as REFERENCE
from energylabel.devices.machine import detect
from energylabel.devices.nvidia import gpus_in_use, uuids_at
from energylabel.errors import EnergyLabelError, UsageError
from energylabel.worker.device import finish

PUBLISHED_WH = (0.2, 0.3)  # 6 layers of 768, one text at a time, float32, the GPU alone
JOULES_PER_WH = 3600.0


@contextmanager
def reference(bench: Bench) -> Iterator[Any]:
    """The reference classifier's network."""
    opening: Any = REFERENCE.open
    with opening(None, Placement(bench.device, "float32", 1)) as session:
        yield session._network


def scale(bench: Bench, chosen: Sequence[Architecture], deadline: float) -> None:
    """Index of each architecture in both scenarios, beside that of a CPU."""
    print("\n## The scale\n")
    print(
        "| architecture | parameters, M | CPU index | batch: index | spread | single: index "
        "| single: Wh per 1,000 |\n|---|---|---|---|---|---|---|"
    )
    with reference(bench) as network:
        base = {"batch": bench.work(network, BATCH), "single": bench.work(network, ONE, 50)}
        for work in base.values():
            bench.warm(work, bench.window_s)
        for each in chosen:
            if time.monotonic() > deadline:
                print(f"\n{each.name} and what follows: no time left.")
                return
            try:
                model = each.build(bench.device)
                bench.warm(bench.work(model, BATCH), bench.window_s / 2)
            except RuntimeError as error:
                print(f"| {each.name} | {each.millions:g} | {each.cpu_index:g} | {error} |")
                continue
            cells, wh = [], 0.0
            for name, batching, texts in (("batch", BATCH, None), ("single", ONE, 50)):
                work = bench.work(model, batching, texts)
                bench.warm(work, bench.window_s / 2)
                ratios = []
                for _ in range(2):
                    r1, c1, c2, r2 = (
                        bench.window(f"{name}/{role}", job)[0]
                        for role, job in (
                            ("reference", base[name]),
                            (each.name, work),
                            (each.name, work),
                            ("reference", base[name]),
                        )
                    )
                    ratios.append(100 * (c1 + c2) / (r1 + r2))
                    wh = (c1 + c2) / 2 * 1000 / JOULES_PER_WH
                cells += [statistics.fmean(ratios), spread(ratios)]
            print(
                f"| {each.name} | {each.millions:g} | {each.cpu_index:g} | {cells[0]:.1f} "
                f"| {100 * cells[1]:.1f} % | {cells[2]:.1f} | {wh:.3g} |",
                flush=True,
            )
            if each is DISTILBERT:
                judge_published(wh)
            del model
            gc.collect()


def judge_published(wh: float) -> None:
    """A factor of 2 off the published range is a warning, of 5 a bug (standard, section 8)."""
    low, high = PUBLISHED_WH
    factor = max(low / wh, wh / high, 1.0)
    word = "within" if factor == 1 else f"{factor:.1f} times off"
    verdict = "fine" if factor <= 2 else "a warning" if factor <= 5 else "a bug"
    print(f"\n6 layers of 768, single: {wh:.3g} Wh; published {low}–{high}: {word}, {verdict}.\n")


def spread(values: Sequence[float]) -> float:
    """Standard deviation over the mean; 0 for a single value."""
    return statistics.stdev(values) / statistics.fmean(values) if len(values) > 1 else 0.0


def claims(bench: Bench) -> None:
    """R² of joules against seconds: within one kind of load, and over all of them."""
    print("\n## Is run time a proxy?\n\n| windows | number | R² of joules against seconds |")
    print("|---|---|---|")
    kinds: dict[str, list[tuple[float, float]]] = {}
    for row in bench.windows:
        pair = (row["seconds"] / row["texts"], row["joules"] / row["texts"])
        kinds.setdefault(row["name"].partition("/")[0], []).append(pair)
    kinds["all"] = [pair for pairs in kinds.values() for pair in pairs]
    for name, pairs in kinds.items():
        if len(pairs) > 2:
            seconds, joules = zip(*pairs, strict=True)
            r2 = statistics.correlation(seconds, joules) ** 2
            print(f"| {name}, per text | {len(pairs)} | {r2:.4f} |")


def sweep(bench: Bench, lengths: Sequence[float], times: int) -> None:
    """How far windows of one load scatter, by their length, with and without aligned ends."""
    print("\n## Windows\n\n| seconds | aligned to ticks: spread of watts | not aligned |")
    print("|---|---|---|")
    with (
        reference(bench) as network,
        gpus_in_use(places=bench.hardware.places) as (gpu,),
    ):
        work = bench.work(network, BATCH, 100)
        bench.warm(work, bench.window_s)
        for length in lengths:
            aligned: list[float] = []
            plain: list[float] = []
            fault = ""
            for _ in range(times):
                try:
                    joules, seconds = bench.window(f"sweep {length}", work, length)
                    aligned.append(joules / seconds)
                except EnergyLabelError as error:
                    fault = error.message
                before, began = gpu.joules(), time.perf_counter()
                while time.perf_counter() - began < length:
                    work()
                finish(bench.device)
                plain.append((gpu.joules() - before) / (time.perf_counter() - began))
            told = f"{100 * spread(aligned):.2f} %" if aligned else f"refused ({fault})"
            print(f"| {length:g} | {told} | {100 * spread(plain):.2f} % |", flush=True)


def weights(bench: Bench, folder: Path) -> None:
    """Trained against random weights of one checkpoint: does a GPU's power tell them apart?"""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    trained = AutoModelForSequenceClassification.from_pretrained(
        folder, use_safetensors=True, trust_remote_code=False, local_files_only=True
    )
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    torch.manual_seed(0)
    random = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    works = [
        bench.work(model.float().eval().to(bench.device), BATCH) for model in (trained, random)
    ]
    ratios = []
    for _ in range(4):
        one, two, three, four = (bench.window("weights", works[n])[0] for n in (0, 1, 1, 0))
        ratios.append((one + four) / (two + three))
    print("\n## Trained against random weights\n")
    print(f"{statistics.fmean(ratios):.4f} times the joules, spread {100 * spread(ratios):.1f} %.")


def repeats(device: str, count: int, deadline: float) -> None:
    """Quick ratings of the demo, one after another."""
    if not count:
        return
    print("\n## Quick ratings of the demo\n\n| rating | index | provenance |\n|---|---|---|")
    values = []
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "energylabel", "rate", "demo", "--device", device),
                    *("--out", folder, "--format", "json"),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        told = json.loads(done.stdout or '{"message": "it ended without a word"}')
        if "metrics" not in told:
            print(f"\nNot possible: {told['message']}")
            return
        if time.monotonic() > deadline - 900:
            print("\nNo time for more of them.")
            return
        energy = told["metrics"]["energy"]
        values.append(energy["index"]["value"])
        print(f"| {number + 1} | {values[-1]:.3g} | {energy['provenance']} |", flush=True)
    print(f"\nSpread {100 * spread(values):.1f} %.")


def main() -> None:
    """Run all parts that the time holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("gpu_check.json"))
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--window", type=float, default=2.0, help="seconds")
    parser.add_argument("--architectures", type=int, default=len(ARCHITECTURES))
    parser.add_argument("--lengths", type=float, nargs="*", default=[0.1, 0.3, 1, 2, 5, 10])
    parser.add_argument("--times", type=int, default=5, help="windows of each length")
    parser.add_argument("--ratings", type=int, default=5)
    parser.add_argument("--torch-device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    deadline = time.monotonic() + 60 * options.minutes
    try:
        hardware = detect("cuda")
    except UsageError as error:
        print(f"No GPU, so nothing was checked: {error.message}")
        return
    print(f"# {hardware.device_name}", flush=True)
    if hardware.gpus:
        # PyTorch must compute on the GPU that is metered, and counts them in another order.
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(uuids_at(hardware.places))
    # First, while this process is no stranger on the GPU itself.
    repeats(options.torch_device, options.ratings, deadline)
    try:
        bench = Bench(hardware, options.torch_device, options.texts, options.window)
    except EnergyLabelError as error:
        print(f"\nNo more was checked: {error.message}")
        return
    try:
        scale(bench, ARCHITECTURES[: options.architectures], deadline - 480)
        claims(bench)
        if options.model is not None:
            weights(bench, options.model)
        if options.lengths and time.monotonic() < deadline - 240:
            sweep(bench, options.lengths, options.times)
    finally:
        bench.close()
        found = {"hardware": hardware.model_dump(mode="json"), "windows": bench.windows}
        options.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
