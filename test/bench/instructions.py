#!/usr/bin/env python3
"""instructions.py TCPTWIN LIMITS.tsv [--update] - instructions that a run takes, against their limits.

Time is no test: machines are shared and differ. Instructions, counted by callgrind, are nearly the same everywhere
for the same compiler. Each line of LIMITS.tsv is a workload of bench.py (made on the fly, deterministic), the packets
of it, what is run, and how many instructions a packet that may take. A run that takes more has become slower: find
out why, or raise the limit and say what it buys. One that takes a tenth less fails too: then the limit no longer
guards, and --update writes what was measured, plus a twentieth.
Exit code 77: no valgrind, or no generator.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import bench

MARGIN = 1.05  # for other versions of the C library and of the compiler
SLACK = 0.90   # a limit this far above what is taken guards nothing


def instructions(tcptwin, arguments, capture, folder):
    """Return: how many the program itself executes, all threads."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder / 'callgrind.out'}",
               tcptwin, *arguments.split(), capture]
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"{' '.join(map(str, command))}: exit code {run.returncode}\n{run.stderr}")
    return int(found[1])


def main():
    arguments = argparse.ArgumentParser(description="instructions a packet, against their limits")
    arguments.add_argument("tcptwin")
    arguments.add_argument("limits", type=pathlib.Path)
    arguments.add_argument("--update", action="store_true", help="write the limits anew")
    a = arguments.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: no valgrind")
        return 77
    lines, wrong = [], 0
    with tempfile.TemporaryDirectory(prefix="instructions-") as name:
        folder = pathlib.Path(name)
        for line in a.limits.read_text().splitlines():
            if not line or line.startswith("#"):
                lines.append(line)
                continue
            profile, packets, run, limit = line.split("\t")
            capture = folder / f"{profile}.pcap"
            if not capture.exists():
                bench.make_workload(folder, profile, int(packets))
            taken = instructions(a.tcptwin, run, capture, folder) / int(packets)
            print(f"{profile}, {packets} packets, {run}: {taken:.0f} instructions a packet, limit {limit}")
            wrong += not float(limit) * SLACK <= taken <= float(limit)
            lines.append(f"{profile}\t{packets}\t{run}\t{taken * MARGIN:.0f}")
    if a.update:
        a.limits.write_text("\n".join(lines) + "\n")
        return 0
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
