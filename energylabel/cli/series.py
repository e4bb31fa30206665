"""One model after another: rate, say, push; what fails does not stop the others."""

import json
from dataclasses import dataclass, replace
from typing import Any

from energylabel import publishing
from energylabel.cli import gates, summary
from energylabel.cli.output import Output, annotation, described, unexpected
from energylabel.cli.progress import progress
from energylabel.cli.publish import described as described_receipt
from energylabel.cli.publish import tell
from energylabel.errors import EnergyLabelError, UsageError
from energylabel.pipeline import Rated, rate
from energylabel.planning import Options, Request
from energylabel.publishing import Receipt, Standing
from energylabel.records import Label

SOME_FAILED = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one model: its label, where it went, why it was left, or what went wrong."""

    model: str
    rated: Rated | None = None
    card: Receipt | None = None
    push: Receipt | None = None
    standing: Standing | None = None
    error: EnergyLabelError | None = None

    @property
    def label(self) -> Label | None:
        """The label that there is of the model, new or still standing."""
        if self.rated is not None:
            return self.rated.label
        return self.standing.label if self.standing is not None else None


class Series:
    """The ratings of one command.

    Args:
        options: Values of the options of ``energylabel rate``, by name.
        output: How to talk.
    """

    def __init__(self, options: dict[str, Any], output: Output) -> None:
        self._options = options
        self._output = output

    def run(self, models: dict[str, bool]) -> int:
        """Rate them and return the exit code.

        Args:
            models: Names, and whether each comes from a list of the Hub's.

        Raises:
            EnergyLabelError: The only model of the command failed.
        """
        self._check(len(models))
        outcomes: list[Outcome] = []
        try:
            for number, (model, listed) in enumerate(models.items(), 1):
                if len(models) > 1:
                    self._output.say(f"[{number} of {len(models)}] {model}")
                outcomes.append(self._one(model, listed=listed, alone=len(models) == 1))
                if self._output.format != "json":
                    self._print(outcomes[-1], alone=len(models) == 1)
        except BaseException:
            # Interrupted, say: what is done is done. JSON has room for one object, the error.
            if self._output.format != "json":
                self._close(outcomes, len(models))
            raise
        self._close(outcomes, len(models))
        if len(models) == 1 and outcomes[0].error is not None:
            raise outcomes[0].error
        return self._code(outcomes)

    def _check(self, count: int) -> None:
        """Refuse options that do not go together."""
        given = self._options
        if given["card"] is not None:
            if count > 1:
                raise UsageError("--card is for one model", "leave it out, or rate one model")
            if given["if_changed"]:
                raise UsageError(
                    "--card and --if-changed exclude each other", "leave one of them out"
                )
            publishing.check_place(given["card"])
        for option in ("data", "train_data"):
            if given["if_changed"] and given[option] is not None:
                raise UsageError(
                    "--if-changed does not know data of your own",
                    f"leave out --if-changed or --{option.replace('_', '-')}",
                )

    def _one(self, model: str, *, listed: bool, alone: bool) -> Outcome:
        """Everything that is to be done about one model."""
        mode = self._options["push"]
        outcome = Outcome(model)
        try:
            with progress(self._output) as observer:
                request = self._request(model, listed=listed)
                if mode is not None:
                    publishing.check_push(request, mode, observer)
                if self._options["if_changed"]:
                    found = publishing.find_standing(request, observer)
                    if found is not None:
                        return replace(outcome, standing=found)
                rated = rate(request, observer)
                outcome = replace(outcome, rated=rated)
                if self._options["card"] is not None:
                    receipt = publishing.write_card(rated.folder, self._options["card"])
                    outcome = replace(outcome, card=receipt)
                if mode is not None and not rated.label.withheld:
                    receipt = publishing.push(rated.folder, mode, observer)
                    outcome = replace(outcome, push=receipt)
        except EnergyLabelError as error:
            if outcome.rated is not None:
                error.hint += f"; the label is kept in {outcome.rated.folder}"
            return replace(outcome, error=error)
        except Exception as error:
            if alone:
                raise
            # A bug over one model; the others are none the worse for it.
            return replace(outcome, error=unexpected(error))
        return outcome

    def _request(self, model: str, *, listed: bool) -> Request:
        options = self._options
        return Request(
            model=model,
            workload=options["workload"],
            data=options["data"],
            text_column=options["text_column"],
            label_column=options["label_column"],
            train_data=options["train_data"],
            language=options["language"],
            family=options["family"],
            label_map=options["label_map"],
            protocol=options["protocol"],
            options=Options(
                device=options["device"],
                dtype=options["dtype"],
                batch_size=options["batch_size"],
                queries=options["queries"],
                accuracy_rows=options["accuracy_rows"],
                time_limit_s=options["time_limit"],
                country=options["country"],
                allow_shared=options["allow_shared"],
                mode=options["mode"],
                shots=options["shots"],
                baselines=not options["no_baselines"],
            ),
            out=options["out"],
            offline=options["offline"],
            max_download_bytes=options["max_download"],
            resume=options["resume"],
            wait=not options["no_wait"],
            listed=listed,
        )

    def _print(self, outcome: Outcome, *, alone: bool) -> None:
        """One model's result in a format for people or GitHub."""
        output = self._output
        if outcome.rated is not None:
            output.data(getattr(summary, output.format)(outcome.rated))
            if self._options["push"] and outcome.rated.label.withheld:
                output.say(f"{outcome.model}: not pushed, as the label has no energy class")
        elif outcome.standing is not None:
            output.say(f"{outcome.model}: its label still stands: {outcome.standing.url}")
        for receipt in (outcome.card, outcome.push):
            if receipt is not None:
                tell(receipt, output)
        if output.format == "github" and (outcome.rated or outcome.standing):
            from energylabel.cli import github

            url = outcome.push.url if outcome.push and outcome.push.pull else None
            if not github.publish(outcome.rated, url):
                output.say("the step summary is full: this label is not in it")
        if outcome.error is not None and not alone:
            output.fail(f"{outcome.model}: {outcome.error.message}", outcome.error.hint)

    def _close(self, outcomes: list[Outcome], count: int) -> None:
        """What is said once at the end."""
        if self._output.format == "json":
            self._dump(outcomes, count)
        elif count > 1 and outcomes:
            self._table(outcomes)

    def _dump(self, outcomes: list[Outcome], count: int) -> None:
        """JSON of everything: the label itself where one model was rated and nothing else done."""
        whole: Any
        if count > 1:
            whole = {"models": [_told(outcome) for outcome in outcomes]}
        elif not outcomes or outcomes[0].error is not None:
            return  # it is raised, and told by whoever tells errors
        else:
            whole = _told(outcomes[0])
            if whole.keys() == {"model", "label"}:
                whole = whole["label"]
        self._output.data(json.dumps(whole, ensure_ascii=False, indent=2))

    def _table(self, outcomes: list[Outcome]) -> None:
        """One line for each model, and how many there were of each kind."""
        rows = [(outcome.model, outcome.rated, _words(outcome)) for outcome in outcomes]
        if self._output.format in ("human", "markdown"):
            self._output.data(summary.table(rows, markdown=self._output.format == "markdown"))
        failed = [outcome.model for outcome in outcomes if outcome.error is not None]
        left = sum(outcome.standing is not None for outcome in outcomes)
        done = sum(outcome.rated is not None for outcome in outcomes)
        line = f"{done} of {len(outcomes)} models rated"
        line += f", {left} unchanged" if left else ""
        self._output.say(line + (f"; failed: {', '.join(failed)}" if failed else ""))

    def _code(self, outcomes: list[Outcome]) -> int:
        """The exit code, once the policy gates are looked at."""
        labels = [outcome.label for outcome in outcomes if outcome.label is not None]
        broken = [line for label in labels for line in gates.broken(label, self._options)]
        for line in broken:
            self._output.say(f"policy: {line}")
            if self._output.format == "github":
                self._output.data(annotation("error", "energylabel policy", line))
        if any(outcome.error is not None for outcome in outcomes):
            return SOME_FAILED
        if any(label.withheld for label in labels):
            return 4
        return 1 if broken else 0


def _words(outcome: Outcome) -> str:
    """The last column of the table."""
    if outcome.error is not None:
        return f"failed: {outcome.error.message}"
    if outcome.standing is not None:
        return "unchanged"
    return outcome.push.outcome if outcome.push else "rated"


def _told(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"model": outcome.model}
    if outcome.rated is not None:
        told["label"] = outcome.rated.label.model_dump(mode="json")
    if outcome.standing is not None:
        told["unchanged"] = outcome.standing.url
    for name, receipt in (("card", outcome.card), ("push", outcome.push)):
        if receipt is not None:
            told[name] = described_receipt(receipt)
    if outcome.error is not None:
        told["error"] = described(outcome.error)
    return told
