"""What the Hub answers is printed, in one clean line behind our own words."""

import json

import pytest
from hub.fixtures import HubHome

from energylabel.errors import NetworkError
from energylabel.hub.client import HubClient

JSON = {"Content-Type": "application/json"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({"X-Error-Message": "Sign the terms first."}, b"", "(the Hub says: Sign the terms first)"),
        ({}, {"error": "Storage limit reached"}, "(the Hub says: Storage limit reached)"),
        ({}, {"errors": [{"message": "one"}, {"message": "two"}]}, "(the Hub says: one; two)"),
        ({"X-Error-Message": "both"}, {"error": "both"}, "(the Hub says: both)"),
        ({}, {"message": "a\x1b[31m\nb\u202ec"}, "(the Hub says: a [31m b c)"),
        ({}, {"error": "no hf_abcdefghijkl here"}, "(the Hub says: no hf_… here)"),
        ({}, {"error": "x" * 900}, "x" * 300 + "…)"),
        ({}, b"<html><h1>Bad gateway</h1></html>", None),
        ({}, {"error": {"deep": 1}, "errors": "no list"}, None),
        ({}, [1, 2], None),
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [403, 404, 418])
def test_what_the_hub_says(
    hub_home: HubHome, headers: dict[str, str], body: object, words: str | None, status: int
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    hub_home.hub.fail("/api/models/", status=status, replace=raw, headers={**JSON, **headers})
    with pytest.raises(NetworkError) as raised:
        HubClient().listing("acme/model")
    message = raised.value.message
    assert message.isprintable()
    if words is None:
        assert "the Hub says" not in message
    else:
        assert message.endswith(words)
