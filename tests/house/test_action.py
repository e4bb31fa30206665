"""The Action offers what the command does, and its file at the root is fit for the Marketplace."""

import os
import subprocess
from pathlib import Path

import yaml
from support.action_inputs import OWN, SEVERAL, WITHOUT, inputs, made, renewed

from energylabel.cli.rate import rate
from energylabel.options import OFFERS

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
ICONS = {"zap", "battery", "activity", "award", "tag"}
"""Some of the Feather icons that the Marketplace has."""
COLORS = {"white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"}


def test_every_option_of_a_rating_is_an_input() -> None:
    text = ACTION.read_text("utf-8")
    wanted = renewed(text)
    if os.environ.get("UPDATE_ACTION"):
        ACTION.write_text(wanted, "utf-8")
    else:
        assert wanted == text, "UPDATE_ACTION=1 pytest tests/house/test_action.py writes it anew"


def test_what_is_left_out_is_there_to_be_left_out() -> None:
    names = {each.name for each in rate.params} | {"help"}
    assert names >= (OWN | SEVERAL | WITHOUT)
    assert {offer.name for offer in OFFERS} <= names


def test_what_a_model_that_is_not_plain_needs_is_among_them() -> None:
    found = {each.name: each for each in inputs()}
    assert found.keys() >= {
        *("workload", "data", "text-column", "label-column", "train-data", "language"),
        *("family", "mode", "shots", "baselines", "label-map", "protocol", "device"),
        *("dtype", "batch-size", "accuracy-rows", "time-limit", "country", "max-download"),
        *("fail-below-energy", "fail-below-accuracy", "max-wh"),
    }
    assert (found["time-limit"].flag, found["time-limit"].word) == ("--time-limit", None)
    for name in ("time-limit", "wait"):
        assert "90s" in found[name].about
    assert "500MB" in found["max-download"].about
    assert (found["baselines"].flag, found["baselines"].word) == ("--no-baselines", "false")
    assert (found["allow-shared"].flag, found["allow-shared"].word) == ("--allow-shared", "true")
    assert "train-data" in found["text-column"].about
    assert 'value --label-map "$GIVEN_LABEL_MAP"' in made("script")


def test_there_is_one_action_and_the_marketplace_takes_it() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "action.yml", "action.yaml", "*/action.yml", "*/action.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.split("\0")[:-1] == ["action.yml"]
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    assert action["branding"]["icon"] in ICONS
    assert action["branding"]["color"] in COLORS
    assert len(action["description"]) <= 125
    assert action["name"]
