"""Who may do what on the loopback Hub: whoami, checks, and tokens in exchange for id tokens."""

from hub.accounts import LIFETIME
from hub.exchange import Exchange
from hub.reading import KIND, NAME

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"


def _whoami(exchange: Exchange) -> None:
    exchange.json(exchange.signed_in().whoami())


def _check(exchange: Exchange, kind: str, name: str, write: str) -> None:
    exchange.repository(kind, name)
    if name in exchange.hub.gated and not exchange.user:
        exchange.error(403, "GatedRepo", "Access to this repository is restricted")
        return
    if write:
        exchange.writer(name)
    exchange.json({})


def _token(exchange: Exchange) -> None:
    given = exchange.given()
    if (given.get("grant_type"), given.get("subject_token_type")) != (_EXCHANGE, _ID_TOKEN):
        exchange.error(400, "", "unsupported_grant_type")
        return
    token = exchange.hub.accounts.exchange(given["subject_token"], given["resource"])
    if token is None:
        exchange.error(403, "", "No Trusted Publisher matches this id token")
        return
    exchange.json({"access_token": token, "token_type": "bearer", "expires_in": LIFETIME})


def _id_token(exchange: Exchange) -> None:
    """What GitHub gives to a job with ``id-token: write``, for any bearer."""
    audience = exchange.query.get("audience", [""])[0]
    if not exchange.headers.get("Authorization") or not audience:
        exchange.error(401, "", "no request token or no audience")
        return
    exchange.json({"value": f"id-token-for-{audience}"})


ROUTES = (
    ("GET", r"/api/whoami-v2", _whoami),
    ("GET", rf"{KIND}/{NAME}/auth-check(/write)?", _check),
    ("POST", r"/oauth/token", _token),
    ("GET", r"/github/id-token", _id_token),
)
