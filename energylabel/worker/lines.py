"""Requests and replies as lines of JSON, read back with nothing taken on trust."""

from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from energylabel.errors import ERRORS, EnergyLabelError, one_line
from energylabel.records import AnyReply, AnyRequest, Failed, Reply, Request

R = TypeVar("R", bound=Reply)

_HINT = "this is a bug; please report it"


def read_request(line: str) -> AnyRequest:
    """The request on a line.

    Raises:
        EnergyLabelError: It is none, or has a field that it should not have.
    """
    try:
        return _requests().validate_json(line)
    except ValidationError as error:
        raise EnergyLabelError(f"the worker was sent no request: {_first(error)}", _HINT) from error


def read_reply(request: Request[R], line: str) -> R:
    """The reply to a request.

    Raises:
        EnergyLabelError: What the worker reported, of the same class; or it is no reply to that.
    """
    try:
        reply = _replies().validate_json(line)
    except ValidationError as error:
        raise EnergyLabelError(f"the worker sent no reply: {_first(error)}", _HINT) from error
    if isinstance(reply, Failed):
        raise ERRORS.get(reply.kind, EnergyLabelError)(reply.message, reply.hint)
    if not isinstance(reply, request.reply_type()):
        said = f"{type(request).__name__} with {type(reply).__name__}"
        raise EnergyLabelError(f"the worker answered {said}", _HINT)
    return reply


@cache
def _requests() -> TypeAdapter[AnyRequest]:
    return TypeAdapter(AnyRequest)


@cache
def _replies() -> TypeAdapter[AnyReply]:
    return TypeAdapter(AnyReply)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return one_line(f"{where}: {first['msg']}" if where else first["msg"])
