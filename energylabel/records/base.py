"""The base of all records: immutable values, no I/O, no NaN, nothing unknown."""

import hashlib
import json
from typing import Annotated, Any, Self

import rfc8785
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic_core import from_json

Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
"""A git commit: 40 lower-case hexadecimal digits."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest: 64 lower-case hexadecimal digits."""

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


def _unicode(value: object) -> object:
    """A text without what no Unicode text holds: a file's name may be any bytes."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Prose = Annotated[str, BeforeValidator(_unicode)]
"""Words for people, as of an error."""

Absent = Field(exclude_if=lambda value: value is None)
"""For a field that is left out of JSON when it is None: records without it keep their digest."""

AbsentIfEmpty = Field(exclude_if=lambda value: not value)
"""The same for a field that is empty as a rule."""


class Record(BaseModel):
    """An immutable value: unknown fields, NaN, infinity and type coercion are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    def canonical(self) -> bytes:
        """The record as RFC 8785 canonical JSON (UTF-8)."""
        return rfc8785.dumps(self.model_dump(mode="json"))

    def digest(self) -> str:
        """SHA-256 of :meth:`canonical`, 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Validate JSON text; raises ``pydantic.ValidationError``."""
        return cls.model_validate_json(text)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Validate what JSON parsed to, where arrays are lists; raises ``ValidationError``."""
        return cls.model_validate_json(json.dumps(values))


class Versioned(Record):
    """A record that is kept for years: each schema that it ever had is read and written for ever.

    ``schema_version`` is that of the JSON it came from, or is to be written in. A record of an
    earlier schema holds the fields of today and is written as it was read, byte for byte.
    """

    schema_version: int

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Validate JSON text of any schema; raises ``ValueError``."""
        values = from_json(text)
        return cls.from_dict(values) if isinstance(values, dict) else super().from_json(text)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Validate what JSON of any schema parsed to; raises ``ValueError``."""
        return super().from_dict(cls._read(values))

    @classmethod
    def from_parsed(cls, values: dict[str, Any], content: bytes) -> Self:
        """Validate what this JSON text parsed to, of any schema; raises ``ValueError``.

        JSON in the shape of today is not written once more in order to be validated.
        """
        read = cls._read(values)
        return cls.model_validate_json(content) if read is values else super().from_dict(read)

    @classmethod
    def _read(cls, values: dict[str, Any]) -> dict[str, Any]:
        """JSON of its own schema in the shape of today."""
        return values

    def _written(self, values: dict[str, Any]) -> dict[str, Any]:
        """JSON in the shape of today in that of its own schema."""
        return values

    @model_serializer(mode="wrap")
    def _serialized(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = dump(self)
        return self._written(values)


class Range(Record):
    """The least and the most that a figure may be; where between them it lies is not known."""

    low: NonNegative
    high: NonNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("a range goes from the least to the most")
        return self


class Estimate(Record):
    """A figure with its 95 % interval.

    ``low`` and ``high`` are None where no interval can be given (a single observation).
    ``count`` is the number of observations behind it.
    """

    value: float
    low: float | None
    high: float | None
    count: Count
