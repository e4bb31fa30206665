"""Which files of a repository are needed, and what kind of repository the names betray."""

import re
from collections.abc import Collection
from pathlib import Path

from energylabel.classifiers import TokenizerClass, families_with_files, tokenizer_class_of
from energylabel.errors import NotRatableError
from energylabel.untrusted import read_object

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
CARD = "README.md"

TOKENIZER_SETTINGS = "tokenizer_config.json"
MAX_CONFIG_BYTES = 1024 * 1024
MAX_SETTINGS_BYTES = 16 * 1024 * 1024
"""Added tokens are listed there, some thousands in the largest."""

TOKENIZER_FILES = (
    "tokenizer.json",
    TOKENIZER_SETTINGS,
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "bpe.codes",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "sentence.bpe.model",
    "tokenizer.model",
)
"""What ``AutoTokenizer`` usually reads; a class may read others."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")
_CONVERT = (
    "where you trust it, convert it: AutoModelForSequenceClassification.from_pretrained(NAME)"
    ".save_pretrained(FOLDER), and the same with AutoTokenizer; then rate FOLDER"
)


def is_plain_name(name: str) -> bool:
    """Whether a file name stays in its folder and means nothing to a pattern."""
    return _PLAIN_NAME.fullmatch(name) is not None


def check_links(folder: Path) -> None:
    """Refuse a needed file that is a link out of the folder; the Hub cache's own links are fine.

    A folder that came as an archive or a clone could otherwise have any file of this machine
    read, and its digest published.

    Raises:
        NotRatableError: With the name of the first such file.
    """
    # A snapshot of the Hub's cache: models--…/snapshots/<commit> leads to models--…/blobs.
    repository = folder.parent.parent
    in_cache = folder.parent.name == "snapshots" and repository.name.startswith("models--")
    allowed = repository.parent if in_cache else folder
    weights = (path.name for path in folder.glob("*.safetensors"))
    usual = sorted({INDEX, CARD, *small_files(), *weights})
    # The settings are among the usual ones: which others the tokenizer reads is looked up in them
    # when it is known that they lie in the folder.
    for names in (lambda: usual, lambda: tokenizer_of(folder).files):
        for name in names():
            if not (folder / name).resolve().is_relative_to(allowed):
                raise NotRatableError(
                    f"{name} is a link to a file outside the folder",
                    "copy the file into the folder, or give the folder where it lies",
                )


def tokenizer_of(folder: Path) -> TokenizerClass:
    """The tokenizer's class, as config.json and tokenizer_config.json tell it.

    Raises:
        NotRatableError: One of them is damaged.
    """
    config, settings = folder / CONFIG, folder / TOKENIZER_SETTINGS
    return tokenizer_class_of(
        read_object(config, MAX_CONFIG_BYTES) if config.is_file() else {},
        read_object(settings, MAX_SETTINGS_BYTES) if settings.is_file() else {},
    )


def small_files(
    family: str | None = None, tokenizer: TokenizerClass | None = None
) -> tuple[str, ...]:
    """Settings and tokenizer files that a model of a family, or of any, may have.

    A family that is not known here has none of its own, a tokenizer that is not the usual ones.
    """
    more = tokenizer.files if tokenizer else ()
    known = {each.name: each.files.settings for each in families_with_files() if each.files}
    own = known.values() if family is None else [known.get(family, ())]
    settings = (name for names in own for name in names)
    return tuple(dict.fromkeys((CONFIG, *settings, *TOKENIZER_FILES, *more)))


def names_in(folder: Path) -> tuple[str, ...]:
    """Names of the files in a folder and in the subfolders that say something; nothing deeper."""
    places = {folder, folder / "onnx", *((folder / n).parent for n in small_files())}
    return tuple(
        sorted(
            path.relative_to(folder).as_posix()
            for place in places
            if place.is_dir()
            for path in place.iterdir()
            if path.is_file()
        )
    )


def check_kind(names: Collection[str]) -> None:
    """Refuse a repository without safetensors weights of a whole model, saying what it is.

    Raises:
        NotRatableError: Empty, adapter-only, GGUF-only, ONNX-only, pickle-only, of another
            framework, or without any weights.
    """
    if WEIGHTS in names or INDEX in names:
        return
    files = [name.rsplit("/", 1)[-1].lower() for name in names]
    if not any(not file.startswith(".git") for file in files):
        raise NotRatableError("the folder or repository is empty", "give one that holds a model")
    if "adapter_config.json" in files:
        raise NotRatableError(
            "holds only an adapter, not a whole model",
            "merge it into its base model (peft: merge_and_unload) and save that",
        )
    for suffixes, message, hint in (
        ((".gguf",), "holds only GGUF weights", "give the safetensors repository it came from"),
        (_PICKLES, "holds only pickle weights, which can run code when loaded", _CONVERT),
        ((".onnx",), "holds only ONNX weights", "give the safetensors repository it came from"),
        (
            (".h5", ".msgpack", ".tflite"),
            "holds only TensorFlow or Flax weights",
            "save the model from PyTorch as safetensors",
        ),
    ):
        found = sorted(file for file in files if file.endswith(suffixes))
        if found:
            raise NotRatableError(f"{message} ({found[0]})", hint)
    other = sorted(file for file in files if file.endswith(".safetensors"))
    beside = f" (only {other[0]})" if other else ""
    raise NotRatableError(
        f"has no {WEIGHTS}{beside}", "save the whole model with save_pretrained(…)"
    )
