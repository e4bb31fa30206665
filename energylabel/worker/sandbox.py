"""Cuts this process off the network, where the system lets it.

Called in the worker's first lines: a user namespace can be entered only before there are threads.
A process with the right goes into an empty network namespace directly; another one by way of a
user namespace of its own, in which it keeps its user and group. /proc, /sys and the files stay
what they are, and so do the meters. Where neither is allowed, the libraries' offline flags in
the worker's environment remain.
"""

import ctypes
import errno
import os
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

_CLONE_NEWUSER = 0x10000000  # unshare(2)
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # prctl(2)
_PR_SET_PDEATHSIG = 1
_INTERFACES = Path("/proc/net/dev")
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_DEBIAN = Path("/proc/sys/kernel/unprivileged_userns_clone")


@dataclass(frozen=True, slots=True)
class Seclusion:
    """What was achieved. ``reason`` and ``remedy`` are empty where the network is gone."""

    network_cut: bool
    reason: str = ""
    remedy: str = ""


def end_with_parent() -> None:
    """Be killed when the process that started this one ends, however it does.

    A worker in the middle of a window, or a network that is being exported, would outlive it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def seclude() -> Seclusion:
    """Leave the network and the chance of gaining rights; say what the system allowed."""
    if sys.platform != "linux":
        return Seclusion(
            network_cut=False,
            reason=f"{sys.platform} has no network namespaces",
            remedy="rate on Linux, or in a container without network, what you do not trust",
        )
    library = ctypes.CDLL(None, use_errno=True)
    found = _leave_network(library)
    library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if not found.network_cut and _only_loopback():
        return Seclusion(network_cut=True)  # a container without network
    return found


def _leave_network(library: ctypes.CDLL) -> Seclusion:
    user, group = os.getuid(), os.getgid()
    if library.unshare(_CLONE_NEWNET) == 0:
        return Seclusion(network_cut=True)
    if _has_rights():
        # Capabilities may be what lets a meter read counters; a user namespace would drop them.
        return Seclusion(
            network_cut=False,
            reason="this user's rights do not include CAP_SYS_ADMIN",
            remedy="add CAP_SYS_ADMIN, or rate as a plain user",
        )
    if library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return _refused(ctypes.get_errno())
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        try:
            Path("/proc/self", name).write_text(line, encoding="ascii")
        except OSError:
            break  # the process has no user name from here on; file access is unchanged
    return Seclusion(network_cut=True)


def _only_loopback() -> bool:
    """Whether this system has no interface but the loopback, up or down."""
    try:
        lines = _INTERFACES.read_text(encoding="ascii", errors="replace").splitlines()[2:]
    except OSError:
        return False
    return {line.partition(":")[0].strip() for line in lines} <= {"lo"}


def _has_rights() -> bool:
    """Whether this process holds any capability."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return found is not None and int(found[1], 16) != 0


def _refused(code: int) -> Seclusion:
    """Why there is no user namespace, and who could change that."""
    remedy = "in a container: run it with --network none; else ask for user namespaces"
    if _is_set(_APPARMOR, "1"):
        remedy = f"sudo sysctl -w kernel.{_APPARMOR.name}=0, or an AppArmor profile with userns"
    elif _is_set(_DEBIAN, "0"):
        remedy = f"sudo sysctl -w kernel.{_DEBIAN.name}=1"
    elif code == errno.ENOSPC:
        remedy = "sudo sysctl -w user.max_user_namespaces=1000"
    return Seclusion(
        network_cut=False,
        reason=f"the system refuses a network namespace ({os.strerror(code)})",
        remedy=remedy,
    )


def _is_set(switch: Path, value: str) -> bool:
    try:
        return switch.read_text(encoding="ascii").strip() == value
    except OSError:
        return False
