"""Where the real data and models lie, when they are there at all."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
MINILM = SHARED / "models" / "minilm-l6-sst2"
TINY = SHARED / "models" / "tiny-agnews"

needs_shared = pytest.mark.skipif(
    not (SHARED / "models").is_dir(), reason="real data and models are not beside this checkout"
)
