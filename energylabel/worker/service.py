"""What a worker serves, and how a request's line becomes a reply's line."""

from typing import Protocol, assert_never

from energylabel.errors import EnergyLabelError
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
    FitModel,
    Hello,
    MeasureRest,
    MeasureWindow,
    MemoryTold,
    MetersOpened,
    ModelFitted,
    ModelOpened,
    OpenMeters,
    OpenModel,
    PassesRun,
    Ready,
    RestMeasured,
    RunPasses,
    SinglyAnswered,
    SizeBatches,
    TakeAnswers,
    TakeTexts,
    TellCarbon,
    TellMemory,
    TextsTaken,
    TextsTried,
    TokensCounted,
    TryTexts,
    WindowMeasured,
)
from energylabel.worker.failures import failed, failure
from energylabel.worker.lines import read_request


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
    def measure_rest(self, request: MeasureRest) -> RestMeasured: ...  # noqa: D102
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
        case MeasureRest():
            return service.measure_rest(request)
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
