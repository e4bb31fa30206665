"""One model after another: what is said of it, and the exit code."""

import json
from contextlib import AbstractContextManager
from typing import Any

from energylabel import gating as gates
from energylabel.cli import summary
from energylabel.cli.output import Output, annotation, clean
from energylabel.cli.progress import progress
from energylabel.cli.publish import tell, tell_links
from energylabel.dispatching import run_in_turn
from energylabel.events import Observer
from energylabel.pipeline import Rated
from energylabel.records import Job, Outcome
from energylabel.rendering import escape_markdown

SOME_FAILED = 7


class Series:
    """The ratings of one command.

    Args:
        options: Values of the options of ``energylabel rate``, by name.
        output: How to talk.
    """

    def __init__(self, options: dict[str, Any], output: Output) -> None:
        self._options = options
        self._output = output
        self._count = self._begun = 0

    def run(self, jobs: list[Job]) -> int:
        """Rate them and return the exit code.

        Raises:
            EnergyLabelError: The only model of the command failed.
        """
        self._count = len(jobs)
        outcomes: list[Outcome] = []
        try:
            for outcome in run_in_turn(jobs, self._observing, self._output.trace):
                outcomes.append(outcome)
                if self._output.format != "json":
                    self._print(outcome)
        except BaseException:
            # Those that are done are shown also after an interruption.
            if self._output.format != "json":
                self._close(outcomes)
            elif self._begun and not self._alone:
                left = [job.model for job in jobs[len(outcomes) :]]
                self._output.beside = {**self._whole(outcomes), "unfinished": left}
            raise
        self._close(outcomes)
        if self._alone and outcomes[0].error is not None:
            raise outcomes[0].error.error()
        return self._code(outcomes)

    @property
    def _alone(self) -> bool:
        return self._count == 1

    def _observing(self, job: Job) -> AbstractContextManager[Observer]:
        """The progress of one model, after a line that says which it is."""
        self._begun += 1
        if not self._alone:
            self._output.say(f"[{self._begun} of {self._count}] {job.model}")
        return progress(self._output)

    def _print(self, outcome: Outcome) -> None:
        """One model's result in a format for people or GitHub."""
        output, rated = self._output, _rated(outcome)
        if rated is not None:
            output.data(getattr(summary, output.format)(rated))
            for line in summary.details(rated) if output.verbose else []:
                output.say(line)
            if output.verbose and rated.time is not None:
                output.lines(summary.spent(rated.time))
            if self._options["push"] and rated.label.withheld:
                output.say(f"{outcome.model}: not pushed, as the label has no energy class")
        elif outcome.standing is not None:
            output.say(f"{outcome.model}: its label still stands: {outcome.standing}")
        for receipt in (outcome.card, outcome.push):
            if receipt is not None:
                tell(receipt, output)
        if output.format == "github" and outcome.label is not None:
            from energylabel.cli import github

            pull, commit = self._addresses(outcome)
            if not github.publish(rated, pull, commit_url=commit):
                output.say("the step summary is full: this label is not in it")
        if outcome.error is not None and not self._alone:
            output.fail(f"{outcome.model}: {outcome.error.message}", outcome.error.hint)

    def _addresses(self, outcome: Outcome) -> tuple[str | None, str | None]:
        """Of the pull request with the label, and of the commit on the main branch with it."""
        if outcome.push is None:
            return None, None
        if outcome.push.pull_request:
            return outcome.push.url, None
        return None, outcome.push.url if self._options["push"] == "commit" else None

    def _close(self, outcomes: list[Outcome]) -> None:
        """What is said once at the end."""
        went = [each.label for each in outcomes if each.card is not None or each.push is not None]
        if any(label is not None and label.subject.source == "hub" for label in went):
            tell_links(self._output)
        if self._output.format == "json":
            self._dump(outcomes)
        elif not self._alone and outcomes:
            self._table(outcomes)

    def _dump(self, outcomes: list[Outcome]) -> None:
        """JSON of everything: the label itself where one model was rated and nothing else done."""
        whole: Any
        if not self._alone:
            whole = self._whole(outcomes)
        elif not outcomes or outcomes[0].error is not None:
            return  # the error is raised, and printed by the caller
        else:
            whole = self._shown(outcomes[0])
            if whole.keys() - {"time"} == {"model", "label"}:
                whole = whole["label"]
        self._output.data(json.dumps(whole, ensure_ascii=False, indent=2))

    def _whole(self, outcomes: list[Outcome]) -> dict[str, Any]:
        """JSON of several models."""
        return {"models": [self._shown(outcome) for outcome in outcomes]}

    def _shown(self, outcome: Outcome) -> dict[str, Any]:
        """An outcome for JSON, with a verdict for each gate."""
        shown = _shown(outcome)
        if outcome.label is not None and any(gates.asked(self._options)):
            shown["gates"] = gates.described(outcome.label, self._options)
        return shown

    def _table(self, outcomes: list[Outcome]) -> None:
        """One line for each model, and how many there were of each kind."""
        rows = [(outcome.model, _rated(outcome), _words(outcome)) for outcome in outcomes]
        if self._output.format in ("human", "markdown"):
            markdown = self._output.format == "markdown"
            self._output.data(summary.table(rows, markdown=markdown))
            for outcome in outcomes:
                for line in [] if outcome.label is None else summary.mapped(outcome.label):
                    said = f"{outcome.model}: {line}"
                    self._output.data(f"\n{escape_markdown(said)}" if markdown else clean(said))
        failed = [outcome.model for outcome in outcomes if outcome.error is not None]
        left = sum(outcome.standing is not None for outcome in outcomes)
        done = sum(outcome.folder is not None for outcome in outcomes)
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
        if broken:
            return 1
        return max((outcome.push.exit_code for outcome in outcomes if outcome.push), default=0)


def _rated(outcome: Outcome) -> Rated | None:
    """The label that was made, and where it lies."""
    if outcome.folder is None or outcome.label is None:
        return None
    return Rated(outcome.label, outcome.folder, outcome.time)


def _words(outcome: Outcome) -> str:
    """The last column of the table."""
    if outcome.error is not None:
        return f"failed: {outcome.error.message}"
    if outcome.standing is not None:
        return "unchanged"
    return outcome.push.outcome if outcome.push else "rated"


def _shown(outcome: Outcome) -> dict[str, Any]:
    shown: dict[str, Any] = {"model": outcome.model}
    if outcome.folder is not None and outcome.label is not None:
        shown["label"] = outcome.label.model_dump(mode="json")
    if outcome.standing is not None:
        shown["unchanged"] = outcome.standing
    if outcome.time is not None:
        shown["time"] = outcome.time.model_dump(mode="json")
    for name, receipt in (("card", outcome.card), ("push", outcome.push)):
        if receipt is not None:
            shown[name] = receipt.model_dump(mode="json")
    if outcome.error is not None:
        shown["error"] = outcome.error.model_dump(mode="json")
    return shown
