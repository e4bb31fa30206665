"""Renders a stranger's chat template: a process of its own, which can be stopped in mid-sentence.

It reads one JSON object from standard input and writes one to standard output: ``{"texts": …}`` or
``{"error": …}``. Its processor time and memory are bounded before the template is parsed; what a
template computes in one step (``9 ** 9 ** 9``) no signal handler of Python could interrupt.
"""

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_DAY = datetime(2024, 7, 26, tzinfo=UTC)
_MEMORY_BYTES = 1 << 30
_MAX_CHARACTERS = 1 << 20


class _Calendar:
    """A clock that stands still."""

    @staticmethod
    def now() -> datetime:
        return _DAY


def main() -> None:
    """Serve one request."""
    from transformers.utils import chat_template_utils
    from transformers.utils.chat_template_utils import render_jinja_template

    # Templates that write today's date get the same one every day: by strftime_now, or by name.
    chat_template_utils.datetime = _Calendar
    request = json.load(sys.stdin)
    _limit(request["seconds"])
    try:
        texts = [
            render_jinja_template(
                [chat["messages"]],
                chat_template=request["template"],
                add_generation_prompt=chat["asks"],
                date_string=_DAY.strftime("%d %b %Y"),
                **request["variables"],
            )[0][0]
            for chat in request["chats"]
        ]
        answer: dict[str, Any] = {"texts": texts}
        if sum(map(len, texts)) > _MAX_CHARACTERS:
            answer = {"error": f"it makes more than {_MAX_CHARACTERS:,} characters"}
    except Exception as error:  # noqa: BLE001 - a stranger's template can raise anything
        answer = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
    sys.stdout.write("\n" + json.dumps(answer))


def _limit(seconds: int) -> None:
    """Bound processor time, and memory where the kernel does, from here on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        data = next(line for line in lines if line.startswith("VmData:"))
        _lower(resource.RLIMIT_DATA, int(data.split()[1]) * 1024 + _MEMORY_BYTES)


def _lower(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))
