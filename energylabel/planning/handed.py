"""A function of a Python program as the model of a job: what can be chosen about it."""

from dataclasses import replace

from energylabel.errors import UsageError
from energylabel.options import Options
from energylabel.records import Job, ResolvedModel
from energylabel.resolving import handed_over


def settle_function(job: Job) -> tuple[ResolvedModel, Options]:
    """The model that a job names, and the options with what follows from it.

    Raises:
        UsageError: An option is not for functions.
    """
    options = job.options
    refused = {
        "family": options.family is not None,
        "dtype": options.dtype != "auto",
        "device": options.device not in {"auto", "cpu"},
        "resume": options.resume,
    }
    for name, given in refused.items():
        if given:
            raise UsageError(f"{name} is not for a function", f"leave it out: {_WHY[name]}")
    protocol = options.protocol or "standard"
    return handed_over(job.model), replace(options, device="cpu", protocol=protocol)


_WHY = {
    "family": "it is of the family custom",
    "dtype": "it computes as it does",
    "device": "functions are rated on the processor",
    "resume": "whether it is the same function as before cannot be known",
}
