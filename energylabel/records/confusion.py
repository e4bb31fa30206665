"""Which class was taken for which."""

from typing import Annotated, Self

from pydantic import model_validator

from energylabel.records.base import AbsentIfEmpty, Count, Record


class ConfusionMatrix(Record):
    """Rows of the workload by true class and answer.

    ``labels`` are the workload's. ``counts`` gives for a true class how many of its rows were
    answered with which class, without zeros; ``others`` how many got an answer that is none of
    them: another label of the model, or no valid one.
    """

    labels: tuple[str, ...]
    counts: dict[str, dict[str, Count]]
    others: Annotated[dict[str, Count], AbsentIfEmpty] = {}

    @model_validator(mode="after")
    def _of_its_labels(self) -> Self:
        answers = (said for line in self.counts.values() for said in line)
        if not {*self.counts, *self.others, *answers} <= {*self.labels}:
            raise ValueError("a confusion matrix counts its own labels")
        return self

    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """Counts as a square: a line for each true class, a column for each answer, in order."""
        return tuple(
            tuple(self.counts.get(true, {}).get(said, 0) for said in self.labels)
            for true in self.labels
        )

    def to_rows(self) -> list[dict[str, str | int | None]]:
        """Every pair with its number of rows, zeros too, for a data frame.

        The keys are ``true``, ``answered`` and ``rows``; ``answered`` is None for what is none of
        the labels, and there only where there are such answers.
        """
        rows: list[dict[str, str | int | None]] = [
            {"true": true, "answered": said, "rows": count}
            for true, line in zip(self.labels, self.matrix(), strict=True)
            for said, count in zip(self.labels, line, strict=True)
        ]
        rows += [
            {"true": true, "answered": None, "rows": self.others[true]}
            for true in self.labels
            if true in self.others
        ]
        return rows

    def worst(self, most: int) -> tuple[tuple[str, str | None, int], ...]:
        """The errors that are made most often: true class, answer (None: none of them), rows."""
        place = {label: number for number, label in enumerate(self.labels)}
        wrong: list[tuple[str, str | None, int]] = [
            (true, said, count)
            for true, line in self.counts.items()
            for said, count in line.items()
            if said != true and count
        ]
        wrong += [(true, None, count) for true, count in self.others.items()]

        def order(each: tuple[str, str | None, int]) -> tuple[int, int, int]:
            true, said, count = each
            return -count, place[true], len(place) if said is None else place[said]

        wrong.sort(key=order)
        return tuple(wrong[:most])

    def size(self, true: str) -> int:
        """Rows of a true class."""
        return sum(self.counts.get(true, {}).values()) + self.others.get(true, 0)
