"""Some labels as files: a change of the pictures is seen in review.

``UPDATE_GOLDENS=1 python -m pytest tests/rendering/test_goldens.py`` writes them anew.
"""

import os
from pathlib import Path

import pytest
from support import labels
from support.baselines import beside
from support.evidence import make_answers

from energylabel.judging.judgement import judge
from energylabel.rendering._render import render_all

GOLDENS = Path(__file__).parents[1] / "goldens"
CASES = {
    "estimated": labels.make_label(),
    "metered": labels.metered(),
    "quick-no-letter": labels.no_letter().model_copy(
        update={"conditions": labels.make_conditions(protocol="quick")}
    ),
    "beside-a-better-baseline": judge(beside(answers=make_answers(1600))).model_copy(
        update={"issued_by": labels.make_label().issued_by}
    ),
    "writes-its-answers": labels.writing(),
}


@pytest.mark.parametrize("case", CASES)
def test_artifacts_are_as_they_were(case):
    for artifact in render_all(CASES[case]):
        if artifact.media_type == "image/png":  # as the SVG; its bytes depend on the compressor
            continue
        path = GOLDENS / case / artifact.name
        if os.environ.get("UPDATE_GOLDENS") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(artifact.content)
        assert path.read_bytes() == artifact.content, f"{case}/{artifact.name} changed"
