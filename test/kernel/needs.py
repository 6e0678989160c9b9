"""needs.py - what a run with real kernels needs of the machine"""
import os
import shutil
import subprocess
import sys

import kernel
import namespaces

SKIPPED = 77


def skip(why):
    print("skipped:", why)
    sys.exit(SKIPPED)


def missing():
    """Return: what a run needs and is not here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("ip"):
        return "needs ip (iproute2)"
    if not os.path.exists("/dev/net/tun"):
        return "needs /dev/net/tun"
    if not os.path.exists("/proc/sys/net/ipv6"):
        return "needs IPv6"
    try:
        host = namespaces.Host("A")
        with host.space:
            subprocess.run(["ip", "tuntap", "add", "dev", "wire", "mode", "tun"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"cannot make a network namespace with a tun device: {error}"
    return kernel.missing()
