"""The one way to the Hub: everything that this program asks of it or sends to it goes through here.

The address is that of `HF_ENDPOINT`. A token is found and sent by `huggingface_hub` itself; nothing
here reads or prints one. What is asked is repeated where that may help, what is answered is
checked, and what fails is one of our errors.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from energylabel.errors import UsageError
from energylabel.events import Event, Observer, Stage, silent
from energylabel.hub import cache, committing, retrying, rights
from energylabel.hub.cache import Place
from energylabel.hub.discussing import pulls
from energylabel.hub.discussing.pulls import PullDetails
from energylabel.hub.downloading import fetch_file
from energylabel.hub.endpoint import AGENT, asked_endpoint, shown_endpoint
from energylabel.hub.small_files import MOST_BYTES, fetch_small
from energylabel.hub.validating import (
    Kind,
    Listing,
    Pull,
    read_listing,
    read_name,
    read_pull,
)
from energylabel.records import HubDataset

T = TypeVar("T")

_BLOB_ID = 40
"""Digits of what git calls a small file's content."""

_MOST_PULLS = 300
"""Pull requests of one repository that are looked through, the latest first."""


class HubClient:
    """The Hub, and its cache on this machine.

    Args:
        observer: Hears of bytes received, and of pauses where the Hub asks for patience.
    """

    def __init__(self, observer: Observer = silent) -> None:
        from huggingface_hub import HfApi

        self._endpoint = asked_endpoint()
        self._api = HfApi(endpoint=self._endpoint, **AGENT)
        self._observer = observer
        self._renamed: set[str] = set()

    @property
    def offline(self) -> bool:
        """Whether ``HF_HUB_OFFLINE`` keeps this program from asking at all."""
        from huggingface_hub import constants

        return bool(constants.HF_HUB_OFFLINE)

    def address(self, name: str, kind: Kind = "model") -> str:
        """The address of a repository, fit to be published.

        Raises:
            UsageError: It is none, or holds a password, which would be published with every label.
        """
        return f"{shown_endpoint()}/{'' if kind == 'model' else f'{kind}s/'}{name}"

    def listing(
        self,
        name: str,
        revision: str | None = None,
        *,
        shown: str | None = None,
        kind: Kind = "model",
    ) -> Listing:
        """What a repository holds, without the contents.

        Args:
            name: ``org/model``, or the bare name of an old one.
            revision: Branch, tag, commit or ``refs/pr/N``; None: the default branch.
            shown: What messages call it; None: its name.
            kind: A model or a Space.

        Raises:
            NetworkError: The Hub cannot be reached, refuses, has no such revision, or what
                answers is no Hub.
            UsageError: The name cannot be one of the Hub's.
        """
        where = shown or name

        asked = self._api.space_info if kind == "space" else self._api.model_info

        def ask() -> Listing:
            info = asked(name, revision=revision, files_metadata=True, timeout=retrying.TIMEOUT_S)
            return read_listing(info, where)

        found = self._ask(ask, where)
        if found.name != name and name not in self._renamed:
            self._renamed.add(name)
            self._observer(Event("renamed", f"{name} is called {found.name} now"))
        return found

    def fetch(
        self,
        place: Place,
        file: str,
        *,
        stage: Stage,
        digest: str | None = None,
        size: int | None = None,
    ) -> Path:
        """One file's path in the cache; downloads and checks it when it is not there.

        A small file of which size and git blob id are known comes in one request.

        Args:
            place: The repository at its commit.
            file: Its path in the repository.
            stage: Of the events.
            digest: SHA-256 or git blob id that it must have; None: what the Hub sends with it.
            size: Bytes, as the listing tells; None: not known.

        Raises:
            NetworkError: The Hub cannot be reached, refuses, or sends something else.
            OutputError: The disk is full or the cache cannot be written.
        """
        if size is not None and size <= MOST_BYTES and digest and len(digest) == _BLOB_ID:
            return cache.cached(place, file) or fetch_small(
                place,
                file,
                endpoint=self._endpoint,
                observer=self._observer,
                size=size,
                blob_id=digest,
            )
        return fetch_file(
            place,
            file,
            endpoint=self._endpoint,
            stage=stage,
            observer=self._observer,
            digest=digest,
        )

    def fetch_dataset(self, dataset: HubDataset, *, offline: bool) -> tuple[Path, ...]:
        """Local paths of ``dataset.files``, in that order; downloads what the cache lacks.

        Raises:
            NetworkError: The Hub cannot be reached or refuses; or ``offline`` and not in the cache.
            OutputError: The disk is full or the cache cannot be written.
        """
        shown = f"{dataset.repository}@{dataset.commit[:12]}"
        place = Place("dataset", dataset.repository, dataset.commit, shown)
        if offline or self.offline:
            return tuple(cache.require_cached(place, file) for file in dataset.files)
        return tuple(self.fetch(place, file, stage="sampling") for file in dataset.files)

    def cached(self, place: Place, file: str) -> Path | None:
        """Where the cache has a file; None where it has not."""
        return cache.cached(place, file)

    def cached_commit(self, name: str, revision: str | None, *, shown: str) -> str:
        """The commit that a revision of a model was when it was last looked up.

        Raises:
            NetworkError: The cache does not know it, or has something else in its place.
        """
        return cache.cached_commit(self._api, name, revision, shown)

    def models_of(
        self, org: str, *, search: str | None, min_downloads: int, limit: int
    ) -> tuple[str, ...]:
        """The text-classification models of an organisation, the most downloaded first.

        Args:
            org: Name of a user or an organisation on the Hub.
            search: Text in the models' names; None: any.
            min_downloads: Least downloads of the last month.
            limit: At most so many.

        Raises:
            NetworkError: The Hub cannot be reached or refuses.
            UsageError: There is none.
        """
        self._observer(Event("resolving", f"asking the Hub for the text classifiers of {org}"))

        def ask() -> tuple[str, ...]:
            listed = self._api.list_models(
                author=org,
                pipeline_tag="text-classification",
                search=search,
                sort="downloads",
                expand=["downloads"],
            )
            wanted = (model for model in listed if (model.downloads or 0) >= min_downloads)
            return tuple(read_name(model) for model in islice(wanted, limit))

        found = self._ask(ask, org)
        if not found:
            raise UsageError(
                f"the Hub lists no text classifier of {org}"
                + (" that fits" if search or min_downloads else ""),
                "check the name; private models need a token (`hf auth login`)",
            )
        return found

    def user(self, name: str) -> str | None:
        """Whose token would be sent to a repository; None where there is none, or it is nobody's.

        Raises:
            NetworkError: The Hub does not accept the token.
        """
        if not rights.has_token(name):
            return None
        return rights.identify(self._api, name, self._observer)[0]

    def owns(self, namespace: str) -> bool:
        """Whether the token is of this user, or of a member of this organisation.

        False without a token, and where the Hub does not say.

        Raises:
            NetworkError: The Hub cannot be reached or refuses.
        """
        if not rights.has_token(namespace):
            return False
        who: Any = self._ask(self._api.whoami, namespace)
        orgs = who.get("orgs") if isinstance(who, dict) else None
        rows = orgs if isinstance(orgs, list) else []
        names = [who.get("name")] if isinstance(who, dict) else []
        names += [row.get("name") for row in rows if isinstance(row, dict)]
        return namespace.lower() in {each.lower() for each in names if isinstance(each, str)}

    def check_rights(
        self, name: str, *, write: bool, kind: Kind = "model", exists: bool = True
    ) -> str | None:
        """As :func:`energylabel.hub.rights.check_rights`."""
        return rights.check_rights(
            self._api, name, self._observer, write=write, kind=kind, exists=exists
        )

    def create_space(self, name: str) -> None:
        """As :func:`energylabel.hub.committing.create_space`."""
        committing.create_space(self._api, name)

    def pulls(
        self,
        name: str,
        *,
        author: str | None = None,
        title: str | None = None,
        only_open: bool = False,
    ) -> tuple[Pull, ...]:
        """Pull requests, the latest first: anybody's, or somebody's, of any title or of one.

        Raises:
            NetworkError: The Hub cannot be reached, refuses, or what answers is no Hub.
        """

        def ask() -> list[Pull]:
            found = self._api.get_repo_discussions(
                name,
                author=author,
                discussion_type="pull_request",
                discussion_status="open" if only_open else None,
            )
            return [
                read_pull(each)
                for each in islice(found, _MOST_PULLS)
                if each.is_pull_request
                and title in (None, each.title)
                and author in (None, each.author)
            ]

        return tuple(sorted(self._ask(ask, name), key=lambda pull: -pull.number))

    def pull_details(self, name: str, number: int) -> PullDetails:
        """What the list does not tell of a pull request.

        Raises:
            NetworkError: The Hub cannot be reached, refuses, or what answers is no Hub.
        """
        return self._ask(lambda: pulls.details(self._api, name, number), name)

    def rewrite_pull(self, name: str, number: int, comment: str, text: str) -> None:
        """Put other words above a pull request; raises NetworkError as the others."""
        self._ask(lambda: pulls.rewrite(self._api, name, number, comment, text), name)

    def close_pull(self, name: str, number: int, why: str) -> None:
        """Close a pull request with a word; raises NetworkError as the others."""
        self._ask(lambda: pulls.close(self._api, name, number, why), name)

    def commit(
        self,
        name: str,
        files: Mapping[str, bytes | None],
        *,
        title: str,
        description: str,
        parent: str,
        revision: str | None,
        kind: Kind = "model",
    ) -> str:
        """As :func:`energylabel.hub.committing.commit`."""
        return committing.commit(
            self._api,
            name,
            files,
            title=title,
            description=description,
            parent=parent,
            revision=revision,
            kind=kind,
        )

    def _ask(self, ask: Callable[[], T], where: str) -> T:
        return retrying.patiently(lambda: retrying.answered(ask), where, self._observer)
