"""Which files a tokenizer class of transformers reads, without importing it.

Read from the library's source, as :mod:`energylabel.classifiers._loading.heads` reads its tables.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

JSON = "tokenizer.json"
_SETTINGS = "tokenizer_config.json"
_PLAIN = "TokenizersBackend"
_PLAIN_NAMES = frozenset(
    {_PLAIN, "PreTrainedTokenizerFast", "PythonBackend", "PreTrainedTokenizer"}
)
_ROOTS = frozenset({"PreTrainedTokenizer", "PythonBackend", "PreTrainedTokenizerBase"})
_CUTTING = ("vocab_file", "merges_file")
_ANY_MODEL = "tokenizer.model"
"""A sentencepiece file that any class of the tokenizers library takes for its own."""


@dataclass(frozen=True, slots=True)
class TokenizerClass:
    """A class by name. ``files`` are those that it reads, without ``tokenizer.json``.

    ``cutting`` are those of them that a class of the tokenizers library cuts texts by.

    ``fast``: it is one of the tokenizers library, which reads ``tokenizer.json`` first. ``free``:
    it needs no file, since it takes bytes or signs as they are, or brings its own vocabulary.
    """

    name: str
    files: tuple[str, ...]
    fast: bool
    free: bool = False
    cutting: tuple[str, ...] = ()

    def lacks(self, names: Collection[str]) -> str | None:
        """What of its files is not among the names, in words; None where it has enough.

        A class of the tokenizers library without one of its files cuts texts in another way and
        says nothing. Others know best themselves which of theirs they can do without.
        """
        missing = [name for name in self.cutting or self.files if name not in names]
        if self.free or (not missing and self.files):
            return None
        if not self.fast:
            return None if {*self.files} & {*names} else " or ".join(self.files)
        if JSON in names or (_ANY_MODEL in names and len(self.cutting) < 2):
            return None
        return " or ".join(each for each in (JSON, " and ".join(missing)) if each)


def tokenizer_class_of(config: Mapping[str, Any], settings: Mapping[str, Any]) -> TokenizerClass:
    """The class that ``AutoTokenizer`` takes for a model.

    Args:
        config: As read from config.json.
        settings: As read from tokenizer_config.json; empty where there is none.

    Returns:
        The plain class of the tokenizers library where no other is known.
    """
    types, mistaken = _tables()
    kind = config.get("model_type")
    own = types.get(kind, _PLAIN) if isinstance(kind, str) else _PLAIN
    named = settings.get("tokenizer_class") or config.get("tokenizer_class")
    if not isinstance(named, str) or (kind in mistaken and own != _PLAIN):
        named = own
    if named in _PLAIN_NAMES:
        return TokenizerClass(_PLAIN, (), fast=True)
    return (
        _read(named) or _read(named.removesuffix("Fast")) or TokenizerClass(_PLAIN, (), fast=True)
    )


@cache
def _places() -> tuple[Path, ...]:
    spec = find_spec("transformers")
    return tuple(map(Path, (spec.submodule_search_locations if spec else None) or ()))


@cache
def _tables() -> tuple[dict[str, str], frozenset[str]]:
    """Model type → class; the types whose files are known to name a wrong one."""
    types: dict[str, str] = {}
    mistaken: frozenset[str] = frozenset()
    for place in _places():
        source = Path(place, "models", "auto", "tokenization_auto.py")
        for node in ast.parse(source.read_text("utf-8")).body if source.is_file() else ():
            match node:
                case (
                    ast.Assign(
                        targets=[ast.Name(id="TOKENIZER_MAPPING_NAMES")],
                        value=ast.Call(args=[ast.List(elts=pairs)]),
                    )
                    | ast.AnnAssign(
                        target=ast.Name(id="TOKENIZER_MAPPING_NAMES"),
                        value=ast.Call(args=[ast.List(elts=pairs)]),
                    )
                ):
                    types |= dict(_pairs(pairs))
                case ast.AnnAssign(
                    target=ast.Name(id="MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS"),
                    value=ast.Set() as members,
                ):
                    mistaken |= ast.literal_eval(members)
    return types, mistaken


def _pairs(pairs: list[ast.expr]) -> Iterator[tuple[str, str]]:
    """``("bert", "BertTokenizer" if … else None)`` → type and class, the last named."""
    for pair in pairs:
        match pair:
            case ast.Tuple(elts=[ast.Constant(value=str(kind)), value]):
                # Of ``A if there is a package else (B if … else None)`` it is B: A is not ours.
                while isinstance(value, ast.IfExp):
                    inner = isinstance(value.orelse, ast.IfExp)
                    value = value.orelse if inner else value.body
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield kind, value.value


@cache
def _sources() -> tuple[tuple[Path, str], ...]:
    found = [
        path
        for place in _places()
        for path in (*place.glob("tokenization_*.py"), *place.glob("models/*/tokenization_*.py"))
    ]
    return tuple((path, path.read_text("utf-8")) for path in sorted(found))


@cache
def _read(name: str) -> TokenizerClass | None:
    """A class as its source has it; None where there is none of that name."""
    if not re.fullmatch(r"[A-Za-z_]\w{0,80}", name, re.ASCII):
        return None
    defined = re.compile(rf"^(?:class {name}\b|{name} = )", re.MULTILINE)
    for path, text in _sources():
        if not defined.search(text):
            continue
        for node in ast.parse(text).body:
            match node:
                case ast.ClassDef(name=found) if found == name:
                    return _described(node, path)
                case ast.Assign(targets=[ast.Name(id=found)], value=ast.Name(id=other)) if (
                    found == name
                ):
                    return _read(_original(path, other))
    return _read(converted) if (converted := _converted(name)) not in (None, name) else None


def _converted(name: str) -> str | None:
    """The class in whose place a name without a class stands: ``LEDTokenizer`` is RoBERTa's."""
    for place in _places():
        source = place / "convert_slow_tokenizer.py"
        text = source.read_text("utf-8") if source.is_file() else ""
        found = re.search(rf'^    "{name}": (\w+)Converter,$', text, re.MULTILINE)
        if found:
            return f"{found[1]}Tokenizer"
    return None


def _described(node: ast.ClassDef, path: Path) -> TokenizerClass:
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    inherited = [
        found
        for base in bases
        if base not in _ROOTS and (found := _read(_original(path, base))) is not None
    ]
    fast = node.name == _PLAIN or "PreTrainedTokenizerFast" in bases
    fast = fast or any(each.fast for each in inherited)
    files = next((each.files for each in inherited if each.files), ())
    cutting = next((each.cutting for each in inherited if each.cutting), ())
    free = not fast
    for part in node.body:
        match part:
            case ast.Assign(targets=[ast.Name(id="vocab_files_names")], value=value):
                named = _names(value, path)
                files = tuple(named.values())
                cutting = tuple(named[key] for key in _CUTTING if key in named)
            case ast.FunctionDef(name="__init__", args=taken) if node.name != _PLAIN:
                arguments = {each.arg for each in (*taken.args, *taken.kwonlyargs)}
                free = arguments.isdisjoint({"vocab", "vocab_file", "tokenizer_object"})
    if node.name == _PLAIN:
        files = cutting = ()
    return TokenizerClass(
        node.name, files, fast=fast, free=free and not files, cutting=cutting if fast else ()
    )


def _names(value: ast.expr, path: Path) -> dict[str, str]:
    """Files of a dictionary, or of the module's constant that holds one, by argument."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    if isinstance(value, ast.Name):
        value = constants.get(value.id, value)
    found: dict[str, str] = {}
    for key, part in (
        zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ()
    ):
        said = constants.get(part.id, part) if isinstance(part, ast.Name) else part
        if isinstance(key, ast.Constant) and isinstance(said, ast.Constant):
            found[str(key.value)] = str(said.value)
    return {key: name for key, name in found.items() if name not in (JSON, _SETTINGS)}


def _original(path: Path, name: str) -> str:
    """What a name is called where it is imported from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.asname == name:
                    return alias.name
    return name
