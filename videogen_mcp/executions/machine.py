"""The machine's own time: which boot this is and the seconds since then, which nobody can set as they can the clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

if sys.platform == "linux":

    def _boot_id() -> str | None:
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip() or None
        except OSError:
            return None

    def _uptime() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def _boot_id() -> str | None:
        import ctypes

        system = ctypes.CDLL(None, use_errno=True)
        value = ctypes.create_string_buffer(64)
        size = ctypes.c_size_t(len(value))
        failed = system.sysctlbyname(b"kern.bootsessionuuid", value, ctypes.byref(size), None, ctypes.c_size_t(0))
        return None if failed else value.value.decode("ascii", "replace") or None

    def _uptime() -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC)

elif sys.platform == "win32":

    def _boot_id() -> str | None:
        import winreg

        place = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
                return str(winreg.QueryValueEx(key, "BootId")[0])
        except OSError:
            return None

    def _uptime() -> float:
        return time.monotonic()

else:

    def _boot_id() -> str | None:
        return None

    def _uptime() -> float:
        return time.monotonic()


APART = 5.0
"""Seconds by which the times of those may differ who write in the time of a database: what measuring it took."""


@dataclass(frozen=True)
class Machine:
    """`boot` tells this start of the machine from all others (None: it cannot be known), `uptime` returns the seconds
    since then, time asleep included where the system counts it.

    With `shared` it is a database, whose own time is that of all who write there, in Unix seconds.
    """

    boot: str | None
    uptime: Callable[[], float]
    shared: bool = False

    def since(self, boot: str | None, uptime: float | None) -> float | None:
        """Return the seconds since a point of this boot; None for one of another boot, or of an unknown one."""
        if boot is None or uptime is None or boot != self.boot:
            return None
        passed = self.uptime() - uptime
        if -self.apart < passed < 0:
            return 0.0
        return passed if passed >= 0 else None

    @property
    def apart(self) -> float:
        """Seconds by which the times of two rows of this boot may be wrong."""
        return APART if self.shared else 0.0


@cache
def this_machine() -> Machine:
    """Return the machine that this process runs on."""
    return Machine(_boot_id(), _uptime)
