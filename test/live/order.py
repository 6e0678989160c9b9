#!/usr/bin/env python3
"""order.py TCPTWIN CAPTURE... - --live-order must end where the plain run does.

Each CAPTURE (or every capture below a folder) is read twice, plainly and with --live-order. The
connection and anomaly rows and the summary must be equal byte for byte, and the transitions that were
said, with the revisions applied, must be those of the plain run, for each endpoint in the same order.
A revision takes back only what was said; and some capture must make one, or nothing was tested.
--sample N: of all captures only every so many, so that N are left. Skipped (77) if there is none.
"""
import json
import os
import subprocess
import sys
from collections import Counter

from live import connections_of

SKIPPED = 77


def captures_of(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            yield from (os.path.join(folder, name) for name in sorted(names)
                        if name.endswith((".pcap", ".cap", ".pcapng")))


def rows(tool, capture, *options):
    run = subprocess.run([tool, "json", *options, capture], capture_output=True, text=True)
    return run.returncode, run.stdout.splitlines()


def settled(lines):
    """What must not depend on the order of saying."""
    return Counter(line for line in lines if json.loads(line)["event_type"] not in ("transition", "revision"))


def check(tool, capture):
    """Return: lines of complaint, number of revisions."""
    plain_code, plain = rows(tool, capture)
    live_code, live = rows(tool, capture, "--live-order")
    wrong = []
    if plain_code != live_code:
        wrong.append(f"{capture}: exit codes {plain_code} and {live_code}")
    for where, more in (("plain", settled(plain) - settled(live)), ("--live-order", settled(live) - settled(plain))):
        wrong += [f"{capture}: only {where}: {line}" for line in more]
    said, known = connections_of("\n".join(live))[0], connections_of("\n".join(plain))[0]
    for conn in sorted(set(said) | set(known)):
        a, b = ({me: states for me, states in c[conn].sequences().items() if states} if conn in c else None
                for c in (said, known))
        if a != b:
            wrong.append(f"{capture} {conn}:\n    --live-order {a}\n    plain        {b}")
    return wrong, sum(c.revisions for c in said.values())


def main():
    tool, paths = sys.argv[1], sys.argv[2:]
    sample = 0
    if paths and paths[0] == "--sample":
        sample, paths = int(paths[1]), paths[2:]
    captures = list(captures_of(p for p in paths if os.path.exists(p)))
    if sample and len(captures) > sample:
        captures = captures[:: len(captures) // sample]
    if not captures:
        print("skipped: no captures in", *paths)
        sys.exit(SKIPPED)
    wrong, revisions = [], 0
    for capture in captures:
        complaints, count = check(tool, capture)
        wrong += complaints
        revisions += count
    print("\n".join(wrong[:50]))
    print(f"{len(captures)} captures, {revisions} revisions, {len(wrong)} differences")
    sys.exit(bool(wrong) or revisions == 0)


main()
