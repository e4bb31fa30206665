"""How a model answers: plug-ins, one family each.

In: a resolved model, where it is to run, and the task. Out: a loaded model that answers texts. A
plug-in, ours or of another package, needs no more than what is listed here. What several families
share lies in folders that begin with an underscore.
"""

from energylabel.classifiers._embedding.sentence import (
    MODULES,
    STATIC_TABLES,
    STATIC_TYPE,
    read_steps,
)
from energylabel.classifiers._family import (
    ENTAILMENT,
    FAMILIES,
    MAJORITY,
    UNMENTIONED,
    Family,
    baselines,
    families,
    families_by_name,
    families_with_files,
    find_family,
    model_without_files,
    title_of,
)
from energylabel.classifiers._files import HEAD_SUFFIX, Claim, Glance, ModelFiles
from energylabel.classifiers._loading.heads import (
    classes,
    library_version,
    mentions,
    refuse_decoder,
)
from energylabel.classifiers._loading.loaded_network import LoadedNetwork
from energylabel.classifiers._loading.tokenizer_classes import TokenizerClass, tokenizer_class_of
from energylabel.classifiers._loading.tokenizer_settings import MAX_ADDED
from energylabel.classifiers.base import (
    TOKEN_LIMIT,
    TRAINING_ROWS,
    Batching,
    Fittable,
    LoadedModel,
    Placement,
    Predictions,
    Scaled,
)
from energylabel.classifiers.custom import CUSTOM, Function, LoadedFunction
from energylabel.classifiers.reference import NAME as REFERENCE_NAME
from energylabel.classifiers.reference import SEED as REFERENCE_SEED

__all__ = [
    "CUSTOM",
    "ENTAILMENT",
    "FAMILIES",
    "HEAD_SUFFIX",
    "MAJORITY",
    "MAX_ADDED",
    "MODULES",
    "REFERENCE_NAME",
    "REFERENCE_SEED",
    "STATIC_TABLES",
    "STATIC_TYPE",
    "TOKEN_LIMIT",
    "TRAINING_ROWS",
    "UNMENTIONED",
    "Batching",
    "Claim",
    "Family",
    "Fittable",
    "Function",
    "Glance",
    "LoadedFunction",
    "LoadedModel",
    "LoadedNetwork",
    "ModelFiles",
    "Placement",
    "Predictions",
    "Scaled",
    "TokenizerClass",
    "baselines",
    "classes",
    "families",
    "families_by_name",
    "families_with_files",
    "find_family",
    "library_version",
    "mentions",
    "model_without_files",
    "read_steps",
    "refuse_decoder",
    "title_of",
    "tokenizer_class_of",
]
