"""``--max-download``: sizes as people write them."""

import click
import pytest

from energylabel.cli.parameters import bytes_of, size
from energylabel.cli.rate import rate

OPTION = next(each for each in rate.params if each.name == "max_download_bytes")


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("500MB", 500_000_000),
        ("2GB", 2_000_000_000),
        ("1.5GiB", 1_610_612_736),
        ("1 kib", 1024),
        ("0", 0),
        ("123", 123),
        ("7b", 7),
        ("1TB", 10**12),
    ],
)
def test_sizes(written: str, size: int):
    assert bytes_of(click.Context(rate), OPTION, written) == size


@pytest.mark.parametrize(
    "written", ["", "MB", "-1GB", "1e9", "2 cows", "1XB", "nan", "1ib", "9" * 99]
)
def test_what_is_no_size(written: str):
    with pytest.raises(click.BadParameter, match="500MB"):
        bytes_of(click.Context(rate), OPTION, written)


@pytest.mark.parametrize("written", ["20GB", "500MB", "1500KB", "1TB", "7B", "0"])
def test_the_default_is_written_as_people_do(written: str):
    assert size(bytes_of(click.Context(rate), OPTION, written)) == written
