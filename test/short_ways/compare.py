#!/usr/bin/env python3
"""Two builds of tcptwin, with and without short ways, say the same of captures.

compare.py TCPTWIN LONG_WAY PROJECT [CAPTURE...]

Without captures: all in pcaps/, and of the published ones, where the shared folder is there, each SAMPLEth.
"""
import hashlib
import os
import pathlib
import subprocess
import sys

SAMPLE = 4


def said(program, capture):
    run = subprocess.run([program, "json", "-j", "1", capture], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=False, timeout=60)
    return run.returncode, hashlib.sha256(run.stdout).digest(), run.stdout


def captures_of(project):
    own = sorted(project.glob("pcaps/**/*.pcap*"))
    shared = pathlib.Path(os.environ.get("TCPTWIN_SHARED", project.parent / "shared"))
    published = sorted(p for p in shared.glob("corpus/**/*") if p.suffix in (".pcap", ".pcapng"))
    if len(own) < 50:
        sys.exit("pcaps/ has too few captures")
    return own + published[::SAMPLE]


def main():
    short, long, project, *captures = sys.argv[1:]
    captures = captures or captures_of(pathlib.Path(project).resolve())
    differ = 0
    lines = 0
    for capture in captures:
        one, other = said(short, capture), said(long, capture)
        lines += one[2].count(b"\n")
        if one[:2] != other[:2]:
            differ += 1
            print(f"{capture}: differs")
    print(f"{len(captures)} captures, {lines} lines, {differ} differ")
    return differ != 0


if __name__ == "__main__":
    sys.exit(main())
