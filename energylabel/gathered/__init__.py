"""Python's side: what programs give and get back, many labels as a sequence, a notebook's view.

In: folders, files, models on the Hub. Out: labels that can be filtered, tabled and compared, and
HTML without a script in which every text of strangers is escaped.
"""

from energylabel.gathered.given import function_name, is_function, model_folder, rows_file
from energylabel.gathered.labels import Labels, load
from energylabel.gathered.notebook import comparison_html, label_html, matrix_html, usual_observer
from energylabel.gathered.rated import Rated

__all__ = [
    "Labels",
    "Rated",
    "comparison_html",
    "function_name",
    "is_function",
    "label_html",
    "load",
    "matrix_html",
    "model_folder",
    "rows_file",
    "usual_observer",
]
