"""How a model answers: plug-ins, one family each.

In: a resolved model, where it is to run, and the task. Out: a session that answers texts. What
several families share lies in folders that begin with an underscore.
"""

from energylabel.classifiers._embedding.sentence import FILES as EMBEDDING_FILES
from energylabel.classifiers._embedding.sentence import (
    MODULES,
    STATIC_TABLES,
    STATIC_TYPE,
    read_steps,
)
from energylabel.classifiers._loading.heads import (
    CAUSAL,
    CLASSIFIERS,
    ENCODERS,
    SEQ2SEQ,
    classes,
    library_version,
    refuse_decoder,
)
from energylabel.classifiers._loading.tokenizer_settings import MAX_ADDED
from energylabel.classifiers.base import (
    MAJORITY,
    TOKEN_LIMIT,
    TRAINING_ROWS,
    Batching,
    Fittable,
    Placement,
    Predictions,
    Session,
    baselines,
    families,
    traits,
)
from energylabel.classifiers.reference import NAME as REFERENCE_NAME
from energylabel.classifiers.reference import SEED as REFERENCE_SEED

__all__ = [
    "CAUSAL",
    "CLASSIFIERS",
    "EMBEDDING_FILES",
    "ENCODERS",
    "MAJORITY",
    "MAX_ADDED",
    "MODULES",
    "REFERENCE_NAME",
    "REFERENCE_SEED",
    "SEQ2SEQ",
    "STATIC_TABLES",
    "STATIC_TYPE",
    "TOKEN_LIMIT",
    "TRAINING_ROWS",
    "Batching",
    "Fittable",
    "Placement",
    "Predictions",
    "Session",
    "baselines",
    "classes",
    "families",
    "library_version",
    "read_steps",
    "refuse_decoder",
    "traits",
]
