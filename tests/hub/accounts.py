"""Users of the loopback Hub, what their tokens allow, and who they are to whoami-v2."""

import secrets
from dataclasses import dataclass
from time import monotonic
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a token belongs to and how far it reaches.

    ``role`` is ``read``, ``write`` or ``fineGrained``. ``writes`` names what it may write to:
    repositories, or namespaces with a closing ``/``; None is everything. ``discusses`` is the
    right to open pull requests and to comment anywhere. ``ends`` is when a token expires.
    """

    user: str
    role: str
    writes: tuple[str, ...] | None = None
    discusses: bool = False
    ends: float | None = None

    def may_write(self, name: str) -> bool:
        if self.role == "read":
            return False
        namespace = f"{name.partition('/')[0]}/"
        return self.writes is None or name in self.writes or namespace in self.writes

    def may_discuss(self, name: str) -> bool:
        return self.discusses or self.may_write(name)

    def whoami(self) -> dict[str, Any]:
        token: dict[str, Any] = {"displayName": "test", "role": self.role}
        if self.role == "fineGrained":
            token["fineGrained"] = {
                "canReadGatedRepos": True,
                "global": ["discussion.write"] if self.discusses else [],
                "scoped": [
                    {
                        "entity": {"_id": "0" * 24, "type": "model", "name": name},
                        "permissions": ["repo.content.read", "repo.write"],
                    }
                    for name in self.writes or ()
                ],
            }
        return {
            "type": "user",
            "id": self.user,
            "name": self.user,
            "fullname": self.user.title(),
            "email": None,
            "canPay": False,
            "isPro": False,
            "avatarUrl": "",
            "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }


FINE_GRAINED_NAME = "org/fine"
"""The one repository that the fine-grained token may write to."""

TOKENS = {
    "token-of-reader": Account("reader", "read"),
    "token-of-writer": Account("writer", "write", discusses=True),
    "token-of-contributor": Account("contributor", "write", ("contributor/",), discusses=True),
    "token-of-fine": Account("fine", "fineGrained", (FINE_GRAINED_NAME,)),
    "token-of-discusser": Account("discusser", "fineGrained", (), discusses=True),
}
"""Token → account; ``hf_`` may stand before a token, as npm's client wants it.

Every known user may read private and gated repositories."""

LIFETIME = 3600
"""Seconds that an exchanged token is good for."""


class Accounts:
    """The tokens of one Hub: the fixed ones and those that were exchanged for id tokens."""

    def __init__(self) -> None:
        self._tokens = dict(TOKENS)
        self._publishers: dict[str, str] = {}

    def of(self, token: str) -> Account | None:
        account = self._tokens.get(token.removeprefix("hf_"))
        if account and account.ends is not None and account.ends < monotonic():
            return None
        return account

    def trust(self, id_token: str, resource: str) -> None:
        """Let the bearer of an id token publish to a repository (``org/model``)."""
        self._publishers[id_token] = resource

    def exchange(self, id_token: str, resource: str) -> str | None:
        """A new token for that one repository; None when nobody trusts the id token with it."""
        if self._publishers.get(id_token) != resource:
            return None
        token = f"jwt_{secrets.token_hex(16)}"
        ends = monotonic() + LIFETIME
        self._tokens[token] = Account("publisher", "fineGrained", (resource,), ends=ends)
        return f"hf_{token}"

    def expire(self) -> None:
        """End every exchanged token now."""
        for token, account in self._tokens.items():
            if account.ends is not None:
                self._tokens[token] = Account(account.user, account.role, account.writes, ends=0)
