"""Which machine this is, by something that does not change with its name."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

if sys.platform == "linux":

    def _identity() -> str:
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            return f"{boot} {Path('/proc/self/ns/pid').readlink()}"  # A container has process ids of its own.
        except OSError:
            return ""

elif sys.platform == "darwin":

    def _identity() -> str:
        import ctypes

        value = ctypes.create_string_buffer(64)
        size = ctypes.c_size_t(len(value))
        failed = ctypes.CDLL(None).sysctlbyname(
            b"kern.bootsessionuuid", value, ctypes.byref(size), None, ctypes.c_size_t(0)
        )
        return "" if failed else value.value.decode("ascii", "replace")

else:

    def _identity() -> str:
        return ""


@cache
def machine_id() -> str:
    """Return what processes share that know each other by their process ids, until a restart of the machine.

    Empty where it cannot be known.
    """
    return _identity()
