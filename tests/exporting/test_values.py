"""Figures of the exports against the evidence itself, with units worked out here."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import yaml
from exporting.official import CHECKS
from support.evidence import make_evidence
from support.metered import metered_evidence

from energylabel import storing
from energylabel.errors import UsageError
from energylabel.exporting import Additions, export
from energylabel.judging import judge
from energylabel.records import CarbonIntensity, Evidence

HISTORIC = Path(__file__).parents[1] / "historic" / "schema-2"
GRID = CarbonIntensity(country="POL", grams_per_kwh=600.0, source="by hand")
SAID: dict[str, Additions] = {
    "boamps": Additions(infrastructure="privateCloud", carbon=GRID),
    "codecarbon-csv": Additions(carbon=GRID),
    "cyclonedx": Additions(carbon=GRID),
    "eval-results": Additions(task_id="topic"),
    "every-eval-ever": Additions(evaluator="first_party"),
    "sci": Additions(carbon=GRID),
    "spdx": Additions(),
}
JOULES_PER_KWH = 3_600_000


def read(name: str) -> Evidence:
    return storing.read_evidence(HISTORIC / name)


def out(name: str, evidence: Evidence, url: str | None = None) -> Any:
    """The export, checked; but for SPDX, whose schema takes seconds: test_examples.py has it."""
    check = CHECKS[name]
    return check(export(name, evidence, judge(evidence, url), SAID[name]))


def kwh_of(windows: list[dict[str, Any]], *parts: str) -> float:
    """Kilowatt-hours for 1,000 texts, by hand: the mean over the model's windows."""
    return fmean(
        1000
        * sum(each["joules"].get(part, 0.0) for each in window["energy"] for part in parts)
        / window["queries"]
        / JOULES_PER_KWH
        for window in windows
        if window["role"] == "candidate" and window["kept"]
    )


def part_metered(factor: float = 10) -> Evidence:
    """The GPUs alone are counted, and take so many times as much."""

    def alone(run: Any) -> Any:
        (board,) = (each for each in run.energy if "gpu" in each.joules)
        joules = {"gpu": factor * board.joules["gpu"]}
        return run.model_copy(update={"energy": (board.model_copy(update={"joules": joules}),)})

    whole = read("two-gpus")
    changed = {
        "windows": tuple(map(alone, whole.windows)),
        "idle": tuple(map(alone, whole.idle)),
        "meters": tuple(each for each in whole.meters if each.name != "rapl"),
    }
    return whole.model_copy(update=changed)


RAW = json.loads((HISTORIC / "two-gpus" / "evidence.json").read_bytes())["windows"]
KWH = kwh_of(RAW, "cpu", "gpu")


def test_a_thousand_texts_took_what_the_evidence_says():
    assert pytest.approx(0.000137158, rel=1e-5) == KWH  # 0.137 Wh, or 494 J


def test_boamps_has_kilowatt_hours_of_a_thousand_requests_and_the_meters():
    report = out("boamps", read("two-gpus"))
    (measure,) = report["measures"]
    assert measure["powerConsumption"] == pytest.approx(KWH)
    assert report["task"]["nbRequest"] == 1000
    assert (measure["cpuTrackingMode"], measure["gpuTrackingMode"]) == ("rapl", "nvml")
    # 30 s at rest at 55 W
    assert measure["powerCalibrationMeasurement"] == pytest.approx(30 * 55 / JOULES_PER_KWH)
    assert measure["durationCalibrationMeasurement"] == 30
    asked = [w for w in RAW if w["role"] == "candidate" and w["kept"]]
    rate = sum(w["queries"] for w in asked) / sum(w["seconds"] for w in asked)
    assert measure["measurementDuration"] == pytest.approx(1000 / rate)
    assert report["task"]["measuredAccuracy"] == 0.91
    assert report["task"]["algorithms"][0]["parametersNumber"] == pytest.approx(0.0227, rel=0.01)
    assert report["environment"] == {"country": "POL", "powerSourceCarbonIntensity": 600.0}
    assert report["infrastructure"]["infraType"] == "privateCloud"
    kinds = {each["componentType"]: each for each in report["infrastructure"]["components"]}
    assert (kinds["gpu"]["nbComponent"], kinds["cpu"]["nbComponent"]) == (2, 2)
    assert kinds["ram"]["memorySize"] == pytest.approx(25.77, rel=1e-3)
    assert report["quality"] == "high"  # ± 0.7 %


def test_what_nobody_said_is_not_in_boamps():
    evidence = read("two-gpus")
    more = Additions(infrastructure="other")
    report = CHECKS["boamps"](export("boamps", evidence, judge(evidence), more))
    assert "environment" not in report
    assert "publisher" not in report["header"]


def test_a_part_that_was_not_counted_is_missing_everywhere():
    evidence = part_metered()
    kwh = kwh_of([w.model_dump(mode="json") for w in evidence.windows], "gpu")
    assert judge(evidence).provenance == "part-metered"
    report = out("boamps", evidence)
    assert report["measures"][0]["powerConsumption"] == pytest.approx(kwh)
    assert "cpuTrackingMode" not in report["measures"][0]
    assert "quality" not in report
    assert "Part-metered: gpu by nvml" in report["task"]["taskDescription"]
    assert "not in it: the processor beside the GPU" in report["task"]["taskDescription"]
    row = out("codecarbon-csv", evidence)
    assert (row["cpu_energy"], row["ram_energy"]) == ("", "")
    assert float(row["gpu_energy"]) == float(row["energy_consumed"]) == pytest.approx(kwh)
    assert "part-metered (gpu)" in row["project_name"]


def test_codecarbon_has_kilowatt_hours_and_kilograms():
    row = out("codecarbon-csv", read("two-gpus"))
    assert float(row["energy_consumed"]) == pytest.approx(KWH)
    assert float(row["cpu_energy"]) == pytest.approx(kwh_of(RAW, "cpu"))
    assert float(row["gpu_energy"]) == pytest.approx(kwh_of(RAW, "gpu"))
    kilograms = KWH * 0.6  # 600 g for a kilowatt-hour
    assert float(row["emissions"]) == pytest.approx(kilograms)
    assert float(row["emissions_rate"]) == pytest.approx(kilograms / float(row["duration"]))
    assert row["country_iso_code"] == "POL"
    # CodeCarbon measured nothing of this, and where it ran is not known.
    unknown = ("codecarbon_version", "on_cloud", "pue", "region", "latitude", "ram_energy")
    assert {row[name] for name in unknown} == {""}


def test_no_spreadsheet_takes_a_name_for_a_formula():
    evidence = metered_evidence()
    odd = evidence.hardware.model_copy(update={"cpu_model": '=cmd|" /C calc"!A0'})
    evidence = evidence.model_copy(update={"hardware": odd})
    content = export("codecarbon-csv", evidence, judge(evidence), Additions())
    for cell in next(iter(list(csv.reader(io.StringIO(content.decode())))[1:])):
        assert not cell.startswith(("=", "+", "-", "@"))


def test_cyclonedx_has_kilowatt_hours_and_tonnes_and_an_unknown_provider():
    component = out("cyclonedx", read("two-gpus"))["metadata"]["component"]
    assert component["purl"] == (
        "pkg:huggingface/example-org/minilm-l6-ag-news@0123456789abcdef0123456789abcdef01234567"
    )
    environment = component["modelCard"]["considerations"]["environmentalConsiderations"]
    (consumption,) = environment["energyConsumptions"]
    assert consumption["activity"] == "inference"
    assert consumption["activityEnergyCost"]["value"] == pytest.approx(KWH)
    assert consumption["co2CostEquivalent"]["value"] == pytest.approx(KWH * 600 / 1e6)
    (provider,) = consumption["energyProviders"]
    assert (provider["organization"]["name"], provider["energySource"]) == ("unknown", "unknown")
    said = {each["name"]: each["value"] for each in environment["properties"]}
    assert said["energylabel:provenance"] == "metered"
    assert said["energylabel:method"] == (
        "Metered: cpu by rapl (hardware-counter), gpu by nvml (hardware-counter)"
    )
    assert "1,000 texts" in said["energylabel:functionalUnit"]
    accuracy = component["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]
    assert (accuracy["type"], accuracy["value"]) == ("accuracy", "0.9100")


def graph(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in document["@graph"] if each["type"] == kind]


def test_spdx_has_a_decimal_of_kilowatt_hours():
    (package,) = graph(out("spdx", read("two-gpus")), "ai_AIPackage")
    (described,) = package["ai_energyConsumption"]["ai_inferenceEnergyConsumption"]
    assert re.fullmatch(r"0\.\d+", described["ai_energyQuantity"])
    assert float(described["ai_energyQuantity"]) == pytest.approx(KWH)
    assert described["ai_energyUnit"] == "kilowattHour"
    assert package["ai_metric"][0]["value"].startswith("0.9100 (95 %: ")


def test_spdx_claims_the_profile_only_with_all_that_it_demands():
    evidence = read("two-gpus")
    (bare,) = graph(out("spdx", evidence), "SpdxDocument")
    assert bare["profileConformance"] == ["core", "software"]
    dated = export("spdx", evidence, judge(evidence), Additions(released="2026-01-02"))
    (whole,) = graph(json.loads(dated), "SpdxDocument")
    assert "ai" in whole["profileConformance"]
    for wrong in ("2026-13-01", "yesterday", "20260102"):
        with pytest.raises(UsageError, match="is no day of release"):
            export("spdx", evidence, judge(evidence), Additions(released=wrong))


def results(evidence: Evidence) -> dict[str, dict[str, Any]]:
    record = out("every-eval-ever", evidence)
    return {each["metric_config"]["metric_id"]: each for each in record["evaluation_results"]}


def test_every_eval_ever_says_which_way_is_better():
    found = results(read("two-gpus"))
    energy, accuracy = found["energylabel.wh_per_1000"], found["accuracy"]
    assert energy["score_details"]["score"] == pytest.approx(1000 * KWH)  # watt-hours
    assert energy["metric_config"]["metric_unit"] == "watt-hours per 1,000 texts"
    assert energy["metric_config"]["lower_is_better"] is True
    interval = energy["score_details"]["uncertainty"]["confidence_interval"]
    assert interval["lower"] < 1000 * KWH < interval["upper"]
    assert interval["confidence_level"] == 0.95
    assert (accuracy["score_details"]["score"], accuracy["metric_config"]["lower_is_better"]) == (
        0.91,
        False,
    )
    assert accuracy["source_data"]["hf_repo"] == "fancyzhx/ag_news"


def test_sci_is_of_one_text_and_leaves_what_it_lacks_empty():
    evidence = read("two-gpus")
    terms = out("sci", evidence)
    assert terms["R"]["value"] == 1
    assert terms["E"]["value"] == pytest.approx(KWH / 1000)
    assert terms["I"]["value"] == 600
    assert terms["O"]["value"] == pytest.approx(KWH / 1000 * 600)
    assert (terms["M"], terms["SCI"]) == (None, None)
    unplaced = json.loads(export("sci", evidence, judge(evidence)))
    assert (unplaced["I"], unplaced["O"]) == (None, None)
    assert any("--country" in each for each in unplaced["missing"])


def numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    if isinstance(value, list):
        return [number for each in value for number in numbers(each)]
    return [] if isinstance(value, bool | str) or value is None else [float(value)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "made", [lambda: read("processor"), lambda: part_metered(1)], ids=["processor", "beside-gpus"]
)
def test_an_estimate_is_a_range_or_refused(made: Callable[[], Evidence]):
    evidence = made()
    modelled = judge(evidence).metrics.energy.modelled
    assert modelled is not None
    low, high = modelled.wh_per_1000.low, modelled.wh_per_1000.high
    for name in ("boamps", "codecarbon-csv"):
        with pytest.raises(UsageError, match=r"this label is an estimate: .*–.*Wh per 1,000") as e:
            out(name, evidence)
        assert "counters" in e.value.hint
    terms = out("sci", evidence)
    assert terms["E"] == {
        "estimated": True,
        "low": pytest.approx(low / 1e6),
        "high": pytest.approx(high / 1e6),
        "unit": "kWh per R",
    }
    assert terms["O"]["high"] == pytest.approx(high / 1e6 * 600)
    assert terms["quantification"].startswith("Estimated, not measured")
    component = out("cyclonedx", evidence)["metadata"]["component"]
    environment = component["modelCard"]["considerations"]["environmentalConsiderations"]
    assert "energyConsumptions" not in environment
    said = {each["name"]: each["value"] for each in environment["properties"]}
    assert said["energylabel:provenance"] == "estimated"
    ends = [float(said[f"energylabel:kWh{end}"]) for end in ("Low", "High")]
    assert ends == pytest.approx([low / 1000, high / 1000])
    (package,) = graph(out("spdx", evidence), "ai_AIPackage")
    assert "ai_energyConsumption" not in package
    assert re.search(r"≈ [\d.]+–[\d.]+ Wh per 1,000 texts \(range, estimated\)", package["comment"])
    found = results(evidence)
    assert set(found) == {"accuracy", "f1_macro", "energylabel.energy_index"}
    index = found["energylabel.energy_index"]
    assert "estimated from run time" in index["metric_config"]["metric_name"]
    details = index["score_details"]["details"]
    assert float(details["wh_per_1000_low"]) == pytest.approx(low)
    assert float(details["wh_per_1000_high"]) == pytest.approx(high)
    middles = ((low + high) / 2, (low * high) ** 0.5)
    for name in ("sci", "cyclonedx", "spdx", "every-eval-ever"):
        for number in numbers(out(name, evidence)):
            for scale in (1, 1e3, 1e6, 1 / 0.6, 1e3 / 0.6):
                assert not any(number * scale == pytest.approx(m, rel=1e-3) for m in middles)


def test_a_class_that_is_not_certain_comes_with_those_that_it_may_be():
    evidence = make_evidence()
    grades = judge(evidence).grades
    assert (grades.energy.letter, grades.energy.borderline_with) == ("C", "D")
    component = out("cyclonedx", evidence)["metadata"]["component"]
    environment = component["modelCard"]["considerations"]["environmentalConsiderations"]
    said = {each["name"]: each["value"] for each in environment["properties"]}
    details = results(evidence)["energylabel.energy_index"]["score_details"]["details"]
    for found in (said["energylabel:energyClassRange"], details["energyClassRange"]):
        assert found == "C–D"
    assert (said["energylabel:energyClass"], details["energyClass"]) == ("C", "C")
    assert said["energylabel:accuracyClassRange"] == "–".join(grades.accuracy.touches)
    sure = out("cyclonedx", metered_evidence())["metadata"]["component"]["modelCard"]
    names = str(sure["considerations"])
    assert "energylabel:energyClass'" in names
    assert "energyClassRange" not in names


def test_the_hub_gets_accuracy_and_never_energy():
    evidence = read("two-gpus")
    url = "https://huggingface.co/example-org/minilm/resolve/main/energylabel/evidence.json"
    (result,) = out("eval-results", evidence, url)
    assert result["value"] == 0.91
    assert result["dataset"] == {
        "id": "fancyzhx/ag_news",
        "task_id": "topic",
        "revision": "eb185aade064a813bc0b7f42de02595523103ca4",
    }
    assert result["source"]["url"] == url
    assert result["date"] == "2026-09-21"  # 1789999940 s
    assert not re.search(r"energy(?!label)|wh\b|kwh|joule", yaml.safe_dump(result).lower())
    assert "2000 of 7600 rows" in result["notes"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "http://x.org/e", "https:"])
def test_an_address_that_is_none_is_left_out(url: str):
    (result,) = out("eval-results", read("two-gpus"), url)
    assert "source" not in result


def test_only_networks_are_said_to_be_executed_by_transformers():
    evidence = metered_evidence()
    bare = evidence.model_copy(
        update={"settings": evidence.settings.model_copy(update={"attention": "none"})}
    )
    for each, there in ((evidence, True), (bare, False)):
        (algorithm,) = out("boamps", each)["task"]["algorithms"]
        assert ("framework" in algorithm) == there
        assert ("inference_engine" in out("every-eval-ever", each)["model_info"]) == there
