"""A label in short, as the block of a model card keeps it of each of its labels."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from energylabel.records.base import Absent, AbsentIfEmpty, Count, Record, Sha256, Share
from energylabel.records.metrics import Letter, Provenance

Words = Annotated[str, StringConstraints(max_length=1_000)]
"""What a card says in one place; of our own none comes near."""

Number = Annotated[int | float, Field(ge=0)]
Twelve = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
Place = Annotated[
    str, StringConstraints(pattern=r"^energylabel(/[\w@+][\w.@+-]*){2}$", max_length=700)
]


class FrontFigures(Record):
    """The label's own figures as the front matter has them; what is absent is left out."""

    energy_class: Letter | Literal["?"]
    energy_index: Annotated[Number | None, Absent] = None
    wh_per_1000: Annotated[Number | None, Absent] = None
    wh_per_1000_range: Annotated[tuple[Number, Number] | None, Absent] = None
    accuracy_class: Annotated[Letter | None, Absent] = None
    error_index: Annotated[Number | None, Absent] = None
    declared_accuracy_class: Annotated[Letter | None, Absent] = None
    declared_reference_accuracy: Annotated[Share | None, Absent] = None
    accuracy: Share
    family: Annotated[Words | None, Absent] = None
    mode: Annotated[Words | None, Absent] = None
    shots: Annotated[Count | None, Absent] = None
    fitted_rows: Annotated[Count | None, Absent] = None
    workload: Words
    hardware: Words
    provenance: Provenance
    protocol: Annotated[Literal["quick"] | None, Absent] = None
    standard: Words
    id: Sha256

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.wh_per_1000_range is not None and self.wh_per_1000_range != tuple(
            sorted(self.wh_per_1000_range)
        ):
            raise ValueError("a range goes from the least to the most")
        return self


class Mention(Record):
    """A label in short: what its line on a card says, and what tells it from the others there.

    ``place`` is its folder in the repository, which a later label of other files of the model may
    have taken over. ``loaded`` is a digest of the files that were rated, None where it is not
    known. ``workload_title`` is there for own data.
    ``manner`` is how the model was run, in words; ``energy_open`` and ``accuracy_open`` are
    the classes that an interval touches, ``D–E``. ``in_front``: the label may stand in the front
    matter. ``issued_at`` is Unix time (up to the year 9999), of a day's beginning where no more is
    known.
    """

    model: Words
    on_hub: Annotated[bool, AbsentIfEmpty] = False
    revision: Twelve
    loaded: Annotated[Twelve | None, Absent] = None
    place: Place
    issued_at: Annotated[float, Field(ge=0, le=253_402_300_799)]
    workload_title: Annotated[Words | None, Absent] = None
    machine: Words
    manner: Words
    energy_open: Annotated[Words, AbsentIfEmpty] = ""
    accuracy_open: Annotated[Words, AbsentIfEmpty] = ""
    in_front: Annotated[bool, AbsentIfEmpty] = False
    figures: FrontFigures

    @property
    def id(self) -> str:
        """That of the label."""
        return self.figures.id

    @property
    def quick(self) -> bool:
        """Whether it is of a quick look."""
        return self.figures.protocol == "quick"

    @property
    def folder(self) -> str:
        """Where its files lie once another label has taken its place."""
        return f"{self.place}/history/{self.id[:12]}"

    def front(self) -> dict[str, Any]:
        """What goes under our key of the front matter."""
        return self.figures.model_dump(mode="json")
