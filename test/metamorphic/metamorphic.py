#!/usr/bin/env python3
"""metamorphic.py TCPTWIN [OPTIONS] [PATTERN] - changes of a capture that must make no difference

Every capture in pcaps/, and some of the shared folder's corpus and labelled set, are changed in ways after
which the same must be said of them, or something that follows from the change (relations.py). What may
differ stands in one table, with its reasons (said.py).

--sample N    so many captures of the corpus, and a tenth of that of the labelled set; always the same. 0: all
--bound N     at most so many places where a capture is split or loses a packet. 0: all
--only NAME   only this relation (repeatable; merge, drop and sequences are relations as well)
PATTERN       only captures with this in their paths, and no sequences

Without the shared folder only pcaps/ is done, and it says so.
"""
import argparse
import concurrent.futures
import csv
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

from capture import Unsupported, read_capture, write_pcap
from relations import RELATIONS, Group, can_be_grouped
from said import EXCUSED, differences, parse
from sequences import SENT, beginning_with, capture_of, number_of, spell

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("TCPTWIN_SHARED") or ROOT.parent / "shared")
MANY = 10**9
FEW = 4            # differences of one variant that are printed
MOST_PACKETS = 400 # of a capture that is sampled
GROUP = 3          # captures that are made one


class Checker:
    """Runs tcptwin on variants in a folder of its own, and collects complaints."""

    def __init__(self, tool, folder):
        self.tool, self.folder, self.count, self.complaints = tool, folder, 0, []

    def said(self, files):
        paths = []
        for number, content in enumerate(files):
            paths.append(os.path.join(self.folder, f"{number}.pcap"))
            with open(paths[-1], "wb") as file:
                file.write(content)
        done = subprocess.run([self.tool, "json", *paths], capture_output=True, timeout=120)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}")
        return parse(done.stdout)

    def check(self, name, relation, variant, base):
        self.count += 1
        found = differences(relation, variant.expect(base), self.said(variant.files), variant.only)
        if found:
            self.complaints.append("\n  ".join([f"{name}: {relation} ({variant.label}):"] + found[:FEW]))


def is_plain(capture, summary):
    """Whether capture.py sees every TCP segment and ICMP error that tcptwin sees."""
    segments = capture.segments()
    errors = sum(layers.quoted is not None for _, layers in segments)
    return len(segments) - errors == summary["decode_tcp"] and errors == summary["decode_icmp_error"]


def check_capture(tool, path, names, bound):
    """Return: (number of variants, complaints, whether it can be one of a group)."""
    try:
        capture = read_capture(path)
        capture.segments()
    except Unsupported:
        return 0, [], False
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(tool, folder)
        base = checker.said([write_pcap(capture)])
        if not base:
            return 0, [], False  # of a link type that tcptwin does not read
        summary = base[-1]
        plain = is_plain(capture, summary)
        for relation in RELATIONS:
            if any(relation.name == of and path.endswith(end) for of, end in EXCUSED):
                continue
            if (not names or relation.name in names) and (plain or not relation.plain):
                for variant in relation.variants(capture, summary, bound):
                    checker.check(path, relation.name, variant, base)
        return checker.count, checker.complaints, plain and can_be_grouped(capture, summary)


def check_group(tool, paths, names, bound):
    captures = [read_capture(path) for path in paths]
    group = Group([c for c in captures if c.link == captures[0].link])
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(tool, folder)
        said = [checker.said([content]) for content in group.alone]
        for relation, variant in group.variants(said, bound):
            if not names or relation in names:
                checker.check(" + ".join(paths), relation, variant, None)
        return checker.count, checker.complaints


def check_sequences(tool, first):
    """Return: (number of variants, complaints). With IP identifications every copy is told, and nothing may differ
    but what counts packets; without them the states may not."""
    names = {True: ("duplicate", "duplicate later"), False: ("duplicate states",)}
    relations = {relation.name: relation for relation in RELATIONS}
    sequences = beginning_with(first)
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(tool, folder)
        for identified in names:
            capture = capture_of(sequences, identified)
            base = checker.said([write_pcap(capture)])
            for name in names[identified]:
                for variant in relations[name].variants(capture, base[-1], MANY):
                    variant.only = None
                    checker.check("sequences", name, variant, base)
        def spelled(m):
            return spell(sequences[number_of(m[0][1:])]) + ": " + m[0]
        return checker.count, [re.sub(r"'10(\.\d+){3}", spelled, c, count=1) for c in checker.complaints]


def corpus_sample(count):
    index = SHARED / "corpus" / "INDEX.tsv"
    if not index.exists():
        print("no shared corpus: left out")
        return []
    with open(index, newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if row["tcp_packets"] not in ("", "0") and (not count or int(row["packets"]) <= MOST_PACKETS)]
    rows.sort(key=lambda row: row["sha256"])
    return [str(SHARED / "corpus" / row["path"]) for row in rows[:count or None]]


def labelled_sample(count, folder):
    """Unpack some of the labelled captures. Return: their paths."""
    archive = SHARED / "oracle" / "labelled-set1.tar.xz"
    if not archive.exists():
        print("no labelled captures: left out")
        return []
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.name.endswith("/capture.pcap") and (not count or m.size < 40_000)]
        step = max(1, len(members) // count) if count else 1
        members = sorted(members, key=lambda m: m.name)[::step][:count or None]
        tar.extractall(folder, members=members)
    return [os.path.join(folder, m.name) for m in members]


def check_all(a, paths):
    """Return: (number of variants, complaints)."""
    bound = a.bound or MANY
    count, wrong, groupable = 0, [], []
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        done = pool.map(check_capture, *zip(*((a.tcptwin, path, a.only, bound) for path in paths)), chunksize=4)
        for path, (variants, complaints, can_be) in zip(paths, done):
            count += variants
            wrong += complaints
            groupable += [path] if can_be else []
        if not a.only or {"merge", "drop"} & set(a.only):
            groups = [groupable[i:i + GROUP] for i in range(0, len(groupable), GROUP)]
            for variants, complaints in pool.map(check_group, *zip(*((a.tcptwin, group, a.only, bound)
                                                                     for group in groups if len(group) > 1))):
                count += variants
                wrong += complaints
        if not a.pattern and (not a.only or "sequences" in a.only):
            for variants, complaints in pool.map(check_sequences, itertools.repeat(a.tcptwin), SENT):
                count += variants
                wrong += complaints
    return count, wrong


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("tcptwin")
    arguments.add_argument("pattern", nargs="?", default="")
    arguments.add_argument("--sample", type=int, default=100)
    arguments.add_argument("--bound", type=int, default=12)
    arguments.add_argument("--only", action="append", default=[])
    a = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = sorted(str(p) for p in (ROOT / "pcaps").iterdir() if p.suffix in (".pcap", ".pcapng"))
        paths.remove(str(ROOT / "pcaps" / "truncated.pcap"))  # damaged on purpose
        paths += corpus_sample(a.sample) + labelled_sample(a.sample // 10, folder)
        paths = [path for path in paths if a.pattern in path]
        count, wrong = check_all(a, paths)
    print("\n".join(wrong[:100]))
    print(f"{len(paths)} captures, {count} variants, {len(wrong)} wrong")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
