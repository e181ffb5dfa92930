"""Processor time and resident memory of running processes, read from /proc; nothing here starts one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Cpu:
    """Seconds of processor time, of all threads and of children that have ended."""

    user: float = 0.0
    system: float = 0.0

    @property
    def total(self) -> float:
        return self.user + self.system

    def __add__(self, other: Cpu) -> Cpu:
        return Cpu(self.user + other.user, self.system + other.system)

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(self.user - other.user, self.system - other.system)


def tree_of(pid: int) -> list[int]:
    """The process and its living descendants."""
    found = [pid]
    for each in found:
        for children in PROC.glob(f"{each}/task/*/children"):
            try:
                found += [int(word) for word in children.read_text().split()]
            except OSError:
                continue
    return found


def cpu_of(pid: int) -> Cpu:
    """One process; nothing where it has ended."""
    user, system, ended_user, ended_system = _times(PROC / str(pid) / "stat")
    return Cpu(user + ended_user, system + ended_system)


def _own(stat: Path) -> Cpu:
    user, system, *_ = _times(stat)
    return Cpu(user, system)


def _times(stat: Path) -> tuple[float, float, float, float]:
    """utime, stime, cutime and cstime (proc_pid_stat(5)) in seconds."""
    try:
        # The name in the second field may hold spaces: everything counts from the last parenthesis.
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0, 0.0, 0.0
    user, system, ended_user, ended_system = (int(field) * _TICK_SECONDS for field in fields[11:15])
    return user, system, ended_user, ended_system


def cpu_of_tree(pid: int) -> Cpu:
    """The whole process tree."""
    total = Cpu()
    for each in tree_of(pid):
        total += cpu_of(each)
    return total


def cpu_of_threads(pid: int) -> dict[str, Cpu]:
    """The living threads of one process, by name; numbers at the end of a name are left out."""
    total: dict[str, Cpu] = {}
    for task in PROC.glob(f"{pid}/task/*"):
        try:
            name = (task / "comm").read_text().strip().rstrip("-0123456789")
        except OSError:
            continue
        # A thread has no children of its own here: their times are the process's and would count once per thread.
        total[name] = total.get(name, Cpu()) + _own(task / "stat")
    return total


def command_of(pid: int) -> str:
    """The command line, with spaces; empty where the process has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def resident_megabytes(pid: int) -> float:
    """VmRSS, in units of 1,000,000 bytes."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
