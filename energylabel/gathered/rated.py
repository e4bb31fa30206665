"""What ``rate()`` gives back: the label, and the folder in which it lies."""

from energylabel import pipeline
from energylabel.gathered.labels import load
from energylabel.gathered.notebook import label_html


class Rated(pipeline.Rated):
    """A label and its folder; stands for the folder wherever a path is taken.

    Attributes:
        label: The :class:`Label`. Its energy letter is None when it was withheld, with the reasons.
        folder: Path of the folder with label, evidence and pictures.
        time: Where the time of the rating went, in seconds; None where nothing was measured now.
    """

    def __fspath__(self) -> str:
        """The folder, so that ``energylabel.push(rated)`` works."""
        return str(self.folder)

    def to_row(self) -> dict[str, object]:
        """The figures of the label, flat, as :meth:`Labels.to_rows` gives them.

        Raises:
            SchemaError: What lies in the folder is no longer a label that follows from its
                evidence.
        """
        (row,) = load(self.folder, strict=True).to_rows()
        return row

    def _repr_html_(self) -> str:
        return label_html(self.label)
