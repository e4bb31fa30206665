"""The models of an organisation on the Hub."""

import os
from itertools import islice

from energylabel.errors import UsageError
from energylabel.events import Event, Observer
from energylabel.hub.retrying import patiently


def models_of(
    org: str, *, search: str | None, min_downloads: int, limit: int, observer: Observer
) -> tuple[str, ...]:
    """The text-classification models of an organisation, the most downloaded first.

    Args:
        org: Name of a user or an organisation on the Hub.
        search: Text in the models' names; None: any.
        min_downloads: Least downloads of the last month.
        limit: At most so many.
        observer: Hears of pauses where the Hub asks for patience.

    Raises:
        NetworkError: The Hub cannot be reached or refuses.
        UsageError: There is none.
    """
    from huggingface_hub import HfApi

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
    observer(Event("resolving", f"asking the Hub for the text classifiers of {org}"))

    def ask() -> tuple[str, ...]:
        listed = api.list_models(
            author=org,
            pipeline_tag="text-classification",
            search=search,
            sort="downloads",
            expand=["downloads"],
        )
        fitting = (model.id for model in listed if (model.downloads or 0) >= min_downloads)
        return tuple(islice(fitting, limit))

    found = patiently(ask, org, observer)
    if not found:
        raise UsageError(
            f"the Hub lists no text classifier of {org}"
            + (" that fits" if search or min_downloads else ""),
            "check the name; private models need a token (`hf auth login`)",
        )
    return found
