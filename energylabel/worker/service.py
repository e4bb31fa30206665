"""What a worker serves, and how a request's line becomes a reply's line.

Requests and replies are lines of JSON, read back with nothing taken on trust.
"""

from functools import cache
from typing import Protocol, TypeVar, assert_never

from pydantic import TypeAdapter, ValidationError

from energylabel.errors import ERRORS, EnergyLabelError, one_line
from energylabel.records import (
    AnswersCompared,
    AnswerSingly,
    AnswersTaken,
    AnyReply,
    AnyRequest,
    BatchesSized,
    CarbonTold,
    CompareAnswers,
    CountTokens,
    Failed,
    FitModel,
    Hello,
    InterleaveWindows,
    MeasureRest,
    MeasureWindow,
    MemoryTold,
    MetersOpened,
    MetersStarted,
    MetersStopped,
    ModelFitted,
    ModelOpened,
    OpenMeters,
    OpenModel,
    PassesRun,
    Ready,
    Reply,
    Request,
    RestMeasured,
    RunPasses,
    SinglyAnswered,
    SizeBatches,
    StartMeters,
    StopMeters,
    TakeAnswers,
    TakeTexts,
    TellCarbon,
    TellMemory,
    TextsTaken,
    TextsTried,
    TokensCounted,
    TryTexts,
    WindowMeasured,
    WindowsInterleaved,
)
from energylabel.worker.failures import failed, failure

R = TypeVar("R", bound=Reply)

_HINT = "this is a bug; please report it"


class Service(Protocol):
    """One method for each request; the worker's server has them, and a stand-in of the tests."""

    def hello(self, request: Hello) -> Ready: ...  # noqa: D102 - each request says what it is
    def take_texts(self, request: TakeTexts) -> TextsTaken: ...  # noqa: D102
    def open_meters(self, request: OpenMeters) -> MetersOpened: ...  # noqa: D102
    def open_model(self, request: OpenModel) -> ModelOpened: ...  # noqa: D102
    def fit_model(self, request: FitModel) -> ModelFitted: ...  # noqa: D102
    def count_tokens(self, request: CountTokens) -> TokensCounted: ...  # noqa: D102
    def try_texts(self, request: TryTexts) -> TextsTried: ...  # noqa: D102
    def size_batches(self, request: SizeBatches) -> BatchesSized: ...  # noqa: D102
    def compare_answers(self, request: CompareAnswers) -> AnswersCompared: ...  # noqa: D102
    def run_passes(self, request: RunPasses) -> PassesRun: ...  # noqa: D102
    def measure_window(self, request: MeasureWindow) -> WindowMeasured: ...  # noqa: D102
    def interleave_windows(self, request: InterleaveWindows) -> WindowsInterleaved: ...  # noqa: D102
    def measure_rest(self, request: MeasureRest) -> RestMeasured: ...  # noqa: D102
    def start_meters(self, request: StartMeters) -> MetersStarted: ...  # noqa: D102
    def stop_meters(self, request: StopMeters) -> MetersStopped: ...  # noqa: D102
    def take_answers(self, request: TakeAnswers) -> AnswersTaken: ...  # noqa: D102
    def answer_singly(self, request: AnswerSingly) -> SinglyAnswered: ...  # noqa: D102
    def tell_memory(self, request: TellMemory) -> MemoryTold: ...  # noqa: D102
    def tell_carbon(self, request: TellCarbon) -> CarbonTold: ...  # noqa: D102


def respond(service: Service, line: str) -> str:
    """Answer one request.

    Args:
        service: Who does what is asked for.
        line: A request as JSON.

    Returns:
        The reply as JSON on one line; a :class:`~energylabel.records.Failed` for an error of this
        package, for want of memory, for a GPU that fails, and for a line that is no request.
    """
    reply: AnyReply
    try:
        reply = _do(service, read_request(line))
    except EnergyLabelError as error:
        reply = failed(error)
    except (MemoryError, RuntimeError) as error:
        reply = failed(failure(error))
    return reply.model_dump_json()


def _do(service: Service, request: AnyRequest) -> AnyReply:  # noqa: PLR0911, PLR0912 - one each
    match request:
        case Hello():
            return service.hello(request)
        case TakeTexts():
            return service.take_texts(request)
        case OpenMeters():
            return service.open_meters(request)
        case OpenModel():
            return service.open_model(request)
        case FitModel():
            return service.fit_model(request)
        case CountTokens():
            return service.count_tokens(request)
        case TryTexts():
            return service.try_texts(request)
        case SizeBatches():
            return service.size_batches(request)
        case CompareAnswers():
            return service.compare_answers(request)
        case RunPasses():
            return service.run_passes(request)
        case MeasureWindow():
            return service.measure_window(request)
        case InterleaveWindows():
            return service.interleave_windows(request)
        case MeasureRest():
            return service.measure_rest(request)
        case StartMeters():
            return service.start_meters(request)
        case StopMeters():
            return service.stop_meters(request)
        case TakeAnswers():
            return service.take_answers(request)
        case AnswerSingly():
            return service.answer_singly(request)
        case TellMemory():
            return service.tell_memory(request)
        case TellCarbon():
            return service.tell_carbon(request)
        case _:
            assert_never(request)


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
