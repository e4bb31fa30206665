"""What the shell offers for a value that is begun, as bash asks for it."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("rate demo --workload ag-", "ag-news-v1"),
        ("rate demo --family emb", "embedding-probe"),
        ("rate demo --protocol st", "standard"),
        ("workloads show demo", "demo-v1"),
        ("lis", "list"),
    ],
)
def test_a_value_that_is_begun(words: str, offered: str):
    given = f"energylabel {words}"
    asked = {
        "_ENERGYLABEL_COMPLETE": "bash_complete",
        "COMP_WORDS": given,
        "COMP_CWORD": str(len(given.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", "from energylabel.cli.app import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | asked,
    )
    assert offered in [line.partition(",")[2] for line in done.stdout.splitlines()], done.stderr
