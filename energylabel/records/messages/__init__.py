"""What the parent asks the worker process, and what the worker says to it.

Each request names in its base the reply that answers it; ``op`` tells requests apart on the line,
``reply`` replies. Every request may be answered by :class:`Failed` instead.

A ``role`` is the name of a loaded model in the worker: ``candidate``, ``reference``, or a
baseline's family; ``candidate:prefill`` is a part of one.
"""

from typing import Annotated

from pydantic import Field

from energylabel.records.messages.base import Failed, Reply, Request
from energylabel.records.messages.measuring import (
    AnswerSingly,
    AnswersTaken,
    CarbonTold,
    InterleaveWindows,
    MeasureRest,
    MeasureWindow,
    MemoryTold,
    MetersStarted,
    MetersStopped,
    PassesRun,
    RestMeasured,
    RunPasses,
    SinglyAnswered,
    StartMeters,
    StopMeters,
    TakeAnswers,
    TellCarbon,
    TellMemory,
    WindowMeasured,
    WindowsInterleaved,
)
from energylabel.records.messages.preparing import (
    AnswersCompared,
    Batches,
    BatchesSized,
    CompareAnswers,
    CountTokens,
    FitModel,
    Hello,
    MetersOpened,
    ModelFitted,
    ModelOpened,
    OpenMeters,
    OpenModel,
    Ready,
    SizeBatches,
    TakeTexts,
    TextsTaken,
    TextsTried,
    TokensCounted,
    TryTexts,
)

__all__ = [
    "AnswerSingly",
    "AnswersCompared",
    "AnswersTaken",
    "AnyReply",
    "AnyRequest",
    "Batches",
    "BatchesSized",
    "CarbonTold",
    "CompareAnswers",
    "CountTokens",
    "Failed",
    "FitModel",
    "Hello",
    "InterleaveWindows",
    "MeasureRest",
    "MeasureWindow",
    "MemoryTold",
    "MetersOpened",
    "MetersStarted",
    "MetersStopped",
    "ModelFitted",
    "ModelOpened",
    "OpenMeters",
    "OpenModel",
    "PassesRun",
    "Ready",
    "Reply",
    "Request",
    "RestMeasured",
    "RunPasses",
    "SinglyAnswered",
    "SizeBatches",
    "StartMeters",
    "StopMeters",
    "TakeAnswers",
    "TakeTexts",
    "TellCarbon",
    "TellMemory",
    "TextsTaken",
    "TextsTried",
    "TokensCounted",
    "TryTexts",
    "WindowMeasured",
    "WindowsInterleaved",
]

AnyRequest = Annotated[
    Hello
    | TakeTexts
    | OpenMeters
    | OpenModel
    | FitModel
    | CountTokens
    | TryTexts
    | SizeBatches
    | CompareAnswers
    | RunPasses
    | MeasureWindow
    | InterleaveWindows
    | MeasureRest
    | StartMeters
    | StopMeters
    | TakeAnswers
    | AnswerSingly
    | TellMemory
    | TellCarbon,
    Field(discriminator="op"),
]

AnyReply = Annotated[
    Ready
    | TextsTaken
    | MetersOpened
    | ModelOpened
    | ModelFitted
    | TokensCounted
    | TextsTried
    | BatchesSized
    | AnswersCompared
    | PassesRun
    | WindowMeasured
    | WindowsInterleaved
    | RestMeasured
    | MetersStarted
    | MetersStopped
    | AnswersTaken
    | SinglyAnswered
    | MemoryTold
    | CarbonTold
    | Failed,
    Field(discriminator="reply"),
]
