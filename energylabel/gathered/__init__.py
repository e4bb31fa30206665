"""Many labels in Python: a sequence with figures, front and comparison; and a notebook's view.

In: folders, files, models on the Hub. Out: labels that can be filtered, tabled and compared, and
HTML without a script in which every text of strangers is escaped.
"""

from energylabel.gathered.labels import Labels, load
from energylabel.gathered.notebook import comparison_html, label_html

__all__ = ["Labels", "comparison_html", "label_html", "load"]
