"""Every sequence-classification class that transformers lists, tiny, against plain transformers.

In the batches that the comparison finds, and once more in another order, each text gets the scores
that plain transformers give to it alone.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from support.tiny_classes import MOST_PARAMETERS, parameters, tiny_config
from support.tiny_zoo import asked, opened, plain, save, some_texts

from energylabel.classifiers._loading.heads import CLASSIFIERS, classes
from energylabel.errors import NotRatableError

KINDS = tuple(classes(CLASSIFIERS))
TEXTS = some_texts(16, 3, 40)
NOT_BUILT = {"layoutlmv2": "requires the detectron2 library"}
"""What transformers says where it does not build one at all."""

REFUSED = {"canine": "tell the size of the vocabulary"}
"""What this program says of one that is built: CANINE hashes characters, and has no use for the
tokenizer of words that all are given here (its own is in ``test_tokenizer_kinds.py``)."""

PADDING_LEAKS = {
    "convbert",
    "fnet",
    "funnel",
    "mobilebert",
    "nystromformer",
    "reformer",
    "xlnet",
    "yoso",
}
"""Those that the comparison has to find with these texts; more of them are no fault."""


def test_the_lists_name_what_there_is():
    assert {*NOT_BUILT, *REFUSED, *PADDING_LEAKS} <= {*KINDS}
    assert len(KINDS) > 100
    assert len(NOT_BUILT) + len(REFUSED) <= 6


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_plain_transformers(tmp_path: Path, kind: str):
    if kind in NOT_BUILT:
        with pytest.raises(ImportError, match=NOT_BUILT[kind]):
            parameters(tiny_config(kind))
        return
    config = tiny_config(kind)
    assert parameters(config) < MOST_PARAMETERS
    folder = save(tmp_path / kind, config)
    try:
        with opened(folder) as model:
            agreement, passes = asked(model, TEXTS, 8)
    except NotRatableError as error:
        assert kind in REFUSED, error.message
        assert re.search(REFUSED[kind], error.message)
        return
    expected = plain(folder, TEXTS, limit=model.max_tokens)
    near = 1e-3 * np.median(np.abs(expected).max(axis=1))
    assert all(np.abs(scores - expected).max() < near for scores in passes)
    assert (passes[0].argmax(1) == expected.argmax(1)).all()
    if kind in PADDING_LEAKS:
        assert agreement.grouping == "equal-lengths"
        assert agreement.strays
