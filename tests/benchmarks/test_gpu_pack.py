"""What the GPU check takes along, how it is installed there, and the networks that it makes."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.tiny_models import SENTENCES, make_model

from energylabel.workloads import load_file as load_definition

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def make_wheel(folder: Path, name: str, version: str, *requires: str) -> Path:
    """A wheel of one module that holds its version."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": "\n".join([*head, *(f"Requires-Dist: {each}" for each in requires)]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for at, content in files.items():
            archive.writestr(at, content)
        listed = "".join(f"{at},,\n" for at in (*files, f"{info}/RECORD"))
        archive.writestr(f"{info}/RECORD", listed)
    return path


@pytest.mark.slow
def test_the_architectures_are_those_of_the_table():
    from gpu.architectures import ARCHITECTURES

    assert len(ARCHITECTURES) == 18
    for each in ARCHITECTURES:
        model = each.build("meta")
        millions = sum(p.numel() for p in model.parameters()) / 1e6
        assert round(millions, 1) == each.millions, each.name
        assert str(model.dtype) == f"torch.{each.dtype}"


@pytest.mark.slow
def test_only_what_is_missing_or_too_old_is_installed(tmp_path: Path):
    """Among what this Python has: NumPy stays, click of a version yet to come does not."""
    from gpu.packing import smaller

    given, wheels, site = (tmp_path / name for name in ("given", "wheels", "site"))
    given.mkdir()
    wheels.mkdir()
    made = [
        make_wheel(
            given,
            "energylabel",
            "9.9",
            "numpy>=1",
            "click>=900",
            "torch>=900",
            "not_there>=1",
            "nowhere_at_all",
            "too_new; extra == 'test'",
        ),
        make_wheel(given, "click", "901.0", "also_missing"),
        make_wheel(given, "not_there", "1.0"),
        make_wheel(given, "also_missing", "1.0"),
        make_wheel(given, "numpy", "900.0"),
        make_wheel(given, "torch", "900.0"),
    ]
    for wheel in made:
        smaller(wheel, wheels / wheel.name)
    script, run = ROOT / "benchmarks" / "gpu" / "install.py", tmp_path / "run.json"
    done = subprocess.run(
        [sys.executable, script, wheels, site, run], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(run.read_text())["install"]
    taken = {"also-missing": "1.0", "click": "901.0", "energylabel": "9.9", "not-there": "1.0"}
    assert told["taken"] == taken
    assert set(told["too_old"]) == {"click"}
    assert set(told["kept"]) == {"numpy"}
    assert [each.split()[0] for each in told["lacking"]] == ["nowhere-at-all", "torch>=900"]
    assert "lacking: nowhere-at-all" in done.stdout
    modules = {path.stem for path in site.glob("*.py")}
    assert modules == {"also_missing", "click", "energylabel", "not_there"}
    assert (site / "click.py").read_text() == "VERSION = '901.0'\n"


def test_the_packed_model_is_in_bfloat16_and_the_texts_are_a_workload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import torch
    from gpu import packing
    from safetensors.torch import load_file

    texts = tmp_path / "test.jsonl"
    rows = [{"text": SENTENCES[n % 180], "label_name": "negative"} for n in range(905)]
    texts.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    monkeypatch.setattr(packing, "MODEL", make_model(tmp_path / "given"))
    monkeypatch.setattr(packing, "TEXTS", texts)
    packing.rated(tmp_path / "rated.zip")
    zipfile.ZipFile(tmp_path / "rated.zip").extractall(tmp_path / "rated")

    given = load_file(tmp_path / "given" / "model.safetensors")
    packed = load_file(tmp_path / "rated" / "model" / "model.safetensors")
    assert given.keys() == packed.keys()
    for name, weight in packed.items():
        assert weight.dtype == torch.bfloat16
        assert torch.equal(weight, given[name].to(torch.bfloat16))
    lines = (tmp_path / "rated" / "texts" / "texts.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == rows[: 2 * 400 : 2]  # one in two, from all over
    workload = load_definition(tmp_path / "rated" / "texts" / "workload.toml")
    assert (workload.name, workload.file) == ("sst2-test-400-v1", "texts.jsonl")
    assert workload.train_file is None


def test_without_the_model_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from gpu import packing

    monkeypatch.setattr(packing, "MODEL", tmp_path / "no-model")
    monkeypatch.setattr(sys, "argv", ["packing.py", str(tmp_path / "pack")])
    with pytest.raises(SystemExit, match=r"come from \.\./shared: no no-model$"):
        packing.main()
    assert not (tmp_path / "pack").exists()


@pytest.mark.slow
def test_a_wider_network_filled_with_trained_weights_answers_like_the_trained_one(tmp_path: Path):
    """Where heads divide alike, what flows through it is the trained network's, twice."""
    import torch
    from gpu.weights import base_of, trained

    shape = {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536}
    rest = {"num_hidden_layers": 12, "max_position_embeddings": 512, "initializer_range": 0.02}
    folder = make_model(tmp_path / "narrow", dtype="bfloat16", **shape, **rest)
    narrow = trained(folder)
    wide = base_of(narrow)
    assert narrow.dtype == torch.float32
    config = wide.config
    assert (config.hidden_size, config.num_hidden_layers, config.intermediate_size) == (
        768,
        12,
        3072,
    )
    ids = torch.randint(0, narrow.config.vocab_size, (2, 9), generator=torch.Generator())
    with torch.inference_mode():
        assert torch.allclose(wide(ids).logits, narrow(ids).logits, atol=1e-4)
    with pytest.raises(ValueError, match="width 768 is not half"):
        base_of(wide)


def test_seeded_weights_have_the_shape_and_the_references_spread(tmp_path: Path):
    from gpu.weights import seeded, trained

    network = trained(make_model(tmp_path / "m", initializer_range=0.02))
    made = dict(seeded(network).named_parameters())
    for name, weight in network.named_parameters():
        assert made[name].shape == weight.shape
    rows = made["bert.embeddings.word_embeddings.weight"]
    assert rows.std().item() == pytest.approx(0.02, rel=0.05)
    gains = made["bert.embeddings.LayerNorm.weight"]
    assert gains.mean().item() == pytest.approx(1, abs=0.02)
    biases = made["bert.encoder.layer.0.output.dense.bias"]
    assert biases.std().item() == pytest.approx(0.02, rel=0.6)
