"""What is to be done about one model: rate it, and say where the label goes."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from energylabel.errors import UsageError
from energylabel.options import Options
from energylabel.records.base import Record

PushMode = Literal["pr", "commit"]
"""How a label comes to the Hub: a pull request, or a commit to ``main``."""


def _named(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("the model is given as text")  # noqa: TRY004 - what Pydantic reports
    return value


Named = Annotated[str, PlainValidator(_named, json_schema_input_type=str)]
"""The model as the user wrote it: a folder's name need not be Unicode."""


class Job(Record):
    """One model to be rated, and what to do with its label.

    Everybody who has a model rated hands one of these to :func:`energylabel.dispatching.run_job`:
    the command line, Python, lists of models, a cluster's task.

    Attributes:
        model: ``org/name``, ``org/name@revision``, a local folder, ``demo``, or a family that is
            fitted here.
        listed: The name comes from a list of the Hub's, so it is no folder.
        options: How it is rated.
        card: A model card on this machine that the label is put into.
        push: Bring the label to the model's repository.
        if_changed: Leave a model whose label on the Hub still stands.

    Raises:
        UsageError: What is asked for does not go together.
    """

    schema_version: Literal[1] = 1
    model: Named
    listed: bool = False
    options: Options = Field(default_factory=Options)
    card: Path | None = None
    push: PushMode | None = None
    if_changed: bool = False

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.card is not None and self.if_changed:
            raise UsageError("--card and --if-changed exclude each other", "leave one of them out")
        own = {"--data": self.options.data, "--train-data": self.options.train_data}
        for flag, file in own.items():
            if self.if_changed and file is not None:
                raise UsageError(
                    "--if-changed does not know data of your own",
                    f"leave out --if-changed or {flag}",
                )
        return self
