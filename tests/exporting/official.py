"""What the makers of the formats say is right: their schemas, or the code that reads them."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from jsonschema import Draft4Validator, Draft7Validator
from jsonschema.protocols import Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT7

SCHEMAS = Path(__file__).parent / "schemas"


def read(path: str) -> Any:
    return json.loads((SCHEMAS / path).read_text("utf-8"))


@cache
def boamps() -> Validator:
    parts = [read(path.relative_to(SCHEMAS).as_posix()) for path in SCHEMAS.glob("boamps/*.json")]
    resources = [(each["id"], Resource(each, DRAFT4)) for each in parts]
    return Draft4Validator(
        read("boamps/report_schema.json"), registry=Registry().with_resources(resources)
    )


@cache
def cyclonedx() -> Validator:
    parts = [
        read(f"cyclonedx/{name}.schema.json") for name in ("spdx", "jsf-0.82", "cryptography-defs")
    ]
    resources = [(each["$id"], Resource(each, DRAFT7)) for each in parts]
    checker = Draft7Validator.FORMAT_CHECKER
    return Draft7Validator(
        read("cyclonedx/bom-1.7.schema.json"),
        registry=Registry().with_resources(resources),
        format_checker=checker,
    )


@cache
def spdx() -> jsonschema_rs.Draft202012Validator:
    """Compiled: its schema tries every class on every element, for seconds in Python."""
    return jsonschema_rs.Draft202012Validator(read("spdx/spdx-3.0.1.schema.json"))


@cache
def every_eval_ever() -> Validator:
    return Draft7Validator(read("every-eval-ever/eval.schema.json"))


def _json(validator: Callable[[], Validator]) -> Callable[[bytes], Any]:
    def check(content: bytes) -> Any:
        value = json.loads(content)
        faults = [
            f"{list(each.absolute_path)}: {each.message}" for each in validator().iter_errors(value)
        ]
        assert faults == []
        return value

    return check


def spdx_document(content: bytes) -> Any:
    """Valid by the schema of SPDX."""
    value = json.loads(content)
    faults = [f"{each.instance_path}: {each.message}" for each in spdx().iter_errors(value)]
    assert faults == []
    return value


def sci(content: bytes) -> Any:
    """The letters of the specification, in its units: kWh, gCO2eq/kWh, gCO2eq."""
    value = json.loads(content)
    assert {"R", "E", "I", "O", "M", "SCI"} <= set(value)
    assert value["E"]["unit"].startswith("kWh")
    assert value["I"] is None or value["I"]["unit"] == "gCO2eq/kWh"
    assert value["O"] is None or value["O"]["unit"].startswith("gCO2eq")
    return value


def codecarbon_csv(content: bytes) -> dict[str, str]:
    """One row under the columns that the installed CodeCarbon writes."""
    from codecarbon.output_methods.emissions_data import EmissionsData

    heading, row = csv.reader(io.StringIO(content.decode(), newline=""))
    assert heading == [field.name for field in fields(EmissionsData)]
    assert len(row) == len(heading)
    found = dict(zip(heading, row, strict=True))
    for field in fields(EmissionsData):
        if field.type is float and found[field.name]:
            assert float(found[field.name]) >= 0
    return found


def eval_results(content: bytes) -> Any:
    """What the Hub's own library reads, and writes again the same."""
    from huggingface_hub import eval_result_entries_to_yaml, parse_eval_result_entries

    value = yaml.safe_load(content)
    assert eval_result_entries_to_yaml(parse_eval_result_entries(value)) == value
    return value


CHECKS: dict[str, Callable[[bytes], Any]] = {
    "boamps": _json(boamps),
    "codecarbon-csv": codecarbon_csv,
    "cyclonedx": _json(cyclonedx),
    "eval-results": eval_results,
    "every-eval-ever": _json(every_eval_ever),
    "sci": sci,
    "spdx": spdx_document,
}
"""For each format what reads an export, and fails where it is not right."""
