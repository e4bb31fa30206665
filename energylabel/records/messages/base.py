"""What a request and a reply are, and the reply that stands for any other."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field

from energylabel.records.base import Count, Prose, Record

AtLeastOne = Annotated[int, Field(ge=1)]
Indices = Annotated[tuple[Count, ...], Field(min_length=1)]
"""Which of the texts, in which order."""


class Reply(Record):
    """What the worker says to one request."""

    model_config = ConfigDict(defer_build=True)


R = TypeVar("R", bound=Reply)


class Request(Record, Generic[R]):
    """What the parent asks for; ``R`` is the reply that answers it."""

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def reply_type(cls) -> type[R]:
        """The class of the reply, as the request's base names it."""
        found: type[R] = next(
            base.__pydantic_generic_metadata__["args"][0]
            for base in cls.__mro__
            if issubclass(base, Request) and base.__pydantic_generic_metadata__["args"]
        )
        return found


class Failed(Reply):
    """What was asked for cannot be had: an error of the class with this ``kind``."""

    reply: Literal["failed"] = "failed"
    kind: str
    message: Prose
    hint: Prose
