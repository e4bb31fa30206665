"""Makes the pack for a GPU machine without a network; started by ``gpu_pack.sh``.

``wheels/`` holds the program and those of its dependencies that a Python 3.12 with PyTorch,
transformers and the common scientific packages lacks, ``rated.zip`` a trained model in bfloat16
and 400 texts, ``benchmarks/`` what runs there. Wheels are compressed anew (LZMA, which every
installer reads), or the pack would not fit.
"""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
MODEL = SHARED / "models" / "minilm-l6-sst2"
TEXTS = SHARED / "data" / "sst2" / "test.jsonl"
DEFINITION = ROOT / "benchmarks" / "workloads" / "sst2-test-v1.toml"
COUNT = 400
LIMIT_MIB = 60
THERE = {"torch": "2.11.0", "transformers": "5.17.0"}
"""What the machine brings; the wheels are chosen to go with it."""

BROUGHT = {
    *THERE,
    *("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "fonttools"),
    *("tokenizers", "safetensors", "regex", "hf-xet"),  # transformers' own
}
"""Not packed: too large, and there already."""

_UNTESTED = ("huggingface_hub", "tokenizers")  # transformers there asks for other ones than here
_TARGET = [
    *("--python-version", "3.12", "--implementation", "cp", "--only-binary", ":all:"),
    *("--abi", "cp312", "--abi", "abi3", "--abi", "none"),
    *("--platform", "manylinux2014_x86_64", "--platform", "manylinux2010_x86_64"),
    *(part for n in range(5, 29) for part in ("--platform", f"manylinux_2_{n}_x86_64")),
]


def pip(*arguments: str) -> None:
    """Run pip; what it prints goes to stderr."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr)


def wheels(folder: Path) -> None:
    """The program and what it needs beside :data:`BROUGHT`, compressed anew."""
    with TemporaryDirectory() as given:
        scratch = Path(given)
        pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(scratch), str(ROOT))
        (scratch / "wanted.txt").write_text("\n".join(wanted()), encoding="utf-8")
        (scratch / "pins.txt").write_text("\n".join(pins()), encoding="utf-8")
        report = scratch / "report.json"
        pip(
            *("install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report)),
            *("--target", str(scratch / "nothing"), "--constraint", str(scratch / "pins.txt")),
            *("--requirement", str(scratch / "wanted.txt"), *_TARGET),
        )
        resolved = json.loads(report.read_text(encoding="utf-8"))["install"]
        chosen = [each["metadata"] for each in resolved]
        pip(
            *("download", "--quiet", "--no-deps", "--dest", str(scratch), *_TARGET),
            *(f"{m['name']}=={m['version']}" for m in chosen if plain(m["name"]) not in BROUGHT),
        )
        for wheel in sorted(scratch.glob("*.whl")):
            smaller(wheel, folder / wheel.name)


def plain(name: str) -> str:
    """A package's canonical name."""
    return name.lower().replace("_", "-")


def wanted() -> list[str]:
    """The program's requirements, but for PyTorch, which nothing else of them needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    kept = [each for each in project["dependencies"] if not each.startswith("torch>")]
    return [*kept, f"transformers=={THERE['transformers']}"]


def pins() -> list[str]:
    """The tested versions, but of what the machine brings."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] not in {*THERE, *_UNTESTED}]


def smaller(wheel: Path, target: Path) -> None:
    """The same archive, its files compressed by LZMA."""
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w") as made:
        for each in source.infolist():
            entry = zipfile.ZipInfo(each.filename, each.date_time)
            entry.external_attr, entry.compress_type = each.external_attr, zipfile.ZIP_LZMA
            made.writestr(entry, source.read(each))


def rated(path: Path) -> None:
    """The model with its weights in bfloat16, and the texts with the definition of a workload."""
    import torch
    from safetensors.torch import load_file, save

    weights = {n: w.to(torch.bfloat16) for n, w in load_file(MODEL / "model.safetensors").items()}
    config = json.loads((MODEL / "config.json").read_text(encoding="utf-8"))
    config.pop("torch_dtype", None)
    lines = TEXTS.read_text(encoding="utf-8").splitlines()
    chosen = lines[:: len(lines) // COUNT][:COUNT]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("model/model.safetensors", save(weights, {"format": "pt"}))
        archive.writestr("model/config.json", json.dumps(config | {"dtype": "bfloat16"}))
        for name in ("tokenizer.json", "tokenizer_config.json"):
            archive.write(MODEL / name, f"model/{name}")
        archive.writestr("texts/texts.jsonl", "".join(f"{line}\n" for line in chosen))
        archive.writestr("texts/workload.toml", definition())


def definition() -> str:
    """The workload of the chosen texts, under a name of its own."""
    text = DEFINITION.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("#", "train_file"))]
    changed = "\n".join(lines) + "\n"
    for old, new in (("sst2-test-v1", f"sst2-test-{COUNT}-v1"), ("test.jsonl", "texts.jsonl")):
        if old not in changed:
            raise ValueError(f"{DEFINITION.name} does not say {old}")
        changed = changed.replace(old, new)
    return changed


def benchmarks(folder: Path) -> None:
    """What runs on the other side."""
    source = ROOT / "benchmarks"
    (folder / "gpu").mkdir(parents=True)
    names = ("gpu_check.py", "gpu_report.py", "gpu_run.sh", "_study_fit.py")
    for path in (*(source / name for name in names), *sorted((source / "gpu").glob("*.py"))):
        shutil.copy(path, folder / path.relative_to(source))


def main() -> None:
    """Make the pack anew and say how large it is."""
    for needed in (MODEL, TEXTS):
        if not needed.exists():
            sys.exit(f"gpu_pack.sh: the model and the texts come from ../shared: no {needed.name}")
    folder = Path(sys.argv[1]).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wheels").mkdir(parents=True)
    benchmarks(folder / "benchmarks")
    rated(folder / "rated.zip")
    wheels(folder / "wheels")
    files = [path for path in folder.rglob("*") if path.is_file()]
    mib = sum(path.stat().st_size for path in files) / 2**20
    print(f"{folder.name}: {len(files)} files, {mib:.1f} MiB")
    if mib > LIMIT_MIB:
        sys.exit(f"gpu_pack.sh: more than {LIMIT_MIB} MiB")


if __name__ == "__main__":
    main()
