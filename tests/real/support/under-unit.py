#!/usr/bin/python3
"""Runs a command with the restrictions of a systemd unit, without systemd.

    under-unit.py UNIT USER STATE_FOLDER [--pam] COMMAND…

Root starts it in a separate mount namespace. With --pam, the unit's two commented lines for PAM are active. The members of
systemd's groups of system calls come from `systemd-analyze`, and libseccomp makes the filter. An unknown line of the unit
ends this program, so that every line is tested.
"""

import ctypes
import errno
import grp
import os
import pwd
import socket
import subprocess
import sys
from collections import defaultdict

import seccomp

libc = ctypes.CDLL(None, use_errno=True)
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
NAMESPACES = 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | CLONE_NEWNS | 0x80

# These restrict nothing that a login needs, or another line restricts it too.
NOT_TRIED = {
    "Type", "ExecStart", "ExecReload", "Restart", "RestartSec", "TimeoutStopSec", "StateDirectoryMode", "WorkingDirectory",
    "AmbientCapabilities", "PrivateTmp", "PrivateDevices", "ProtectHome", "ProtectClock", "ProtectHostname",
    "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "RemoveIPC",
    "RestrictRealtime", "SystemCallArchitectures", "LimitCORE", "User", "Group", "StateDirectory",
}
TRIED = {
    "UMask", "NoNewPrivileges", "CapabilityBoundingSet", "PrivateUsers", "ProtectSystem", "ProtectProc", "ProcSubset",
    "LockPersonality", "MemoryDenyWriteExecute", "RestrictNamespaces", "RestrictSUIDSGID", "RestrictAddressFamilies",
    "SystemCallFilter", "SystemCallErrorNumber", "SupplementaryGroups",
}


def lines(unit, pam):
    found, section = defaultdict(list), ""
    with open(unit, encoding="utf-8") as text:
        for line in map(str.strip, text):
            if line.startswith("["):
                section = line
                continue
            if pam and line in ("#SupplementaryGroups=shadow", "#SystemCallFilter=setuid"):
                line = line[1:]
            if section == "[Service]" and line and not line.startswith("#"):
                key, _, value = line.partition("=")
                found[key].append(value)
    unknown = set(found) - TRIED - NOT_TRIED
    assert not unknown, f"tests/real/support/under-unit.py does not know {unknown}"
    return found


def members(name):
    """The system calls of a group such as @system-service."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    calls = set()
    for line in told.splitlines()[1:]:
        line = line.strip()
        if line and not line.startswith("#"):
            calls |= members(line)
    return calls


def allowed(filters):
    """systemd.exec(5): the first line makes the list an allow list; later lines add calls, or remove them with ~."""
    calls = members("@default")
    assert filters and not filters[0].startswith("~")
    for line in filters:
        named = set().union(*(members(word) for word in line.lstrip("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def restrict(unit):
    """Filters combine: the strictest result counts, as with systemd."""
    denied = seccomp.ERRNO(getattr(errno, unit["SystemCallErrorNumber"][-1]))
    calls = seccomp.SyscallFilter(denied)
    for name in allowed(unit["SystemCallFilter"]):
        try:
            calls.add_rule(seccomp.ALLOW, name)
        except RuntimeError:
            pass  # not a call of this architecture
    refused, eperm = seccomp.SyscallFilter(seccomp.ALLOW), seccomp.ERRNO(errno.EPERM)
    EQ, MASKED = seccomp.EQ, seccomp.MASKED_EQ
    families = {getattr(socket, name) for name in unit["RestrictAddressFamilies"][-1].split()}
    for family in set(range(64)) - families:
        refused.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, EQ, family))
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        refused.add_rule(eperm, "mmap", seccomp.Arg(2, MASKED, 6, 6))
        for call in ("mprotect", "pkey_mprotect"):
            refused.add_rule(eperm, call, seccomp.Arg(2, MASKED, 4, 4))
        refused.add_rule(eperm, "shmat", seccomp.Arg(2, MASKED, 0o100000, 0o100000))
    if unit["RestrictNamespaces"] == ["yes"]:
        refused.add_rule(eperm, "setns")
        refused.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
        for flag in (1 << bit for bit in range(32) if NAMESPACES & (1 << bit)):
            for call in ("unshare", "clone"):
                refused.add_rule(eperm, call, seccomp.Arg(0, MASKED, flag, flag))
    if unit["RestrictSUIDSGID"] == ["yes"]:
        for bit in (0o4000, 0o2000):
            refused.add_rule(eperm, "chmod", seccomp.Arg(1, MASKED, bit, bit))
            refused.add_rule(eperm, "fchmod", seccomp.Arg(1, MASKED, bit, bit))
            refused.add_rule(eperm, "fchmodat", seccomp.Arg(2, MASKED, bit, bit))
    if unit["LockPersonality"] == ["yes"]:
        refused.add_rule(eperm, "personality", seccomp.Arg(0, seccomp.NE, 0))
    refused.load()
    calls.load()


def mounts(unit, state):
    run = lambda *words: subprocess.run(words, check=True)
    assert unit["ProtectSystem"] == ["strict"]
    run("mount", "--bind", state, state)
    run("mount", "-t", "proc", "-o", f"hidepid={unit['ProtectProc'][-1]},subset={unit['ProcSubset'][-1]}", "proc", "/proc")
    run("mount", "-o", "remount,bind,ro", "/")
    run("mount", "-o", "remount,bind,ro", "/etc")


def users(uid, gid):
    """PrivateUsers: only root and the service's user and group. Another process must write the maps."""
    told, telling = os.pipe()
    ready, readying = os.pipe()
    if os.fork() == 0:
        os.read(ready, 1)
        parent = os.getppid()
        for name, own in (("uid_map", uid), ("gid_map", gid)):
            with open(f"/proc/{parent}/{name}", "w", encoding="ascii") as into:
                into.write(f"0 0 1\n{own} {own} 1\n")
        os.write(telling, b".")
        os._exit(0)
    check(libc.unshare(CLONE_NEWUSER))
    os.write(readying, b".")
    os.read(told, 1)
    os.wait()


def main():
    unit, user, state, *command = sys.argv[1:]
    pam = command[0] == "--pam"
    unit = lines(unit, pam)
    account = pwd.getpwnam(user)
    groups = [grp.getgrnam(name).gr_gid for line in unit["SupplementaryGroups"] for name in line.split()]
    mounts(unit, state)
    os.setgroups(groups)
    if unit["PrivateUsers"] == ["yes"]:
        users(account.pw_uid, account.pw_gid)
    assert unit["CapabilityBoundingSet"] == [""]
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setresgid(*[account.pw_gid] * 3)
    os.setresuid(*[account.pw_uid] * 3)
    assert unit["NoNewPrivileges"] == ["yes"]
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    os.umask(int(unit["UMask"][-1], 8))
    command = command[pam:]
    restrict(unit)
    os.execv(command[0], command)


main()
