#!/usr/bin/env python3
"""thinned.py TCPTWIN [FOLDER...] [--kinds late,torn] [--seed N] [--keep FOLDER] [-v] - claims, where much was missed

The instrument's own profiles lose packets of a capture one by one. Real captures lose them in bursts, begin late,
stop early and see one direction only. What the sockets did stays as it was, so each labelled run
(FOLDER/capture.pcap, truth.jsonl, meta.json) gives as many poorer captures of the same truth as wanted: KINDS says
how they are thinned. What tcptwin says for certain of each is held against the truth (claims.py). Prints one line
per kind, and ends with code 1 if more than one claim in TOLERATED is wrong.

Without a FOLDER the labelled captures of the shared folder are taken (skipped, exit code 77, where they are
missing), and a new seed each time, which is printed.
"""
import argparse
import json
import multiprocessing
import pathlib
import random
import socket
import struct
import sys
import tempfile
from collections import Counter

import labelled
from claims import judge_run
from records import MS, dumps, endpoint, loads
from scorer import runs_of


TOLERATED = 2000  # of the sets that it was measured on, one in 8,000 to 20,000


# ---------------------------------------------------------------- kinds: which of the records stay, in order

def some(rnd, wire, part):
    """Packets are lost one by one."""
    return [rnd.random() >= part for _ in wire]


def torn(rnd, wire, to_bad, to_good):
    """Packets are lost in bursts, as from a full ring (Gilbert's model): chances to begin a burst, and to end it."""
    kept, bad = [], False
    for _ in wire:
        bad = rnd.random() >= to_good if bad else rnd.random() < to_bad
        kept.append(not bad)
    return kept


def torn_each(rnd, wire, to_bad, to_good):
    """The same for each direction of each connection by itself, as where several links share its packets."""
    bad, kept = {}, []
    for p in wire:
        lane = p["src"], p.get("sport"), p["dst"], p.get("dport")
        bad[lane] = rnd.random() >= to_good if bad.get(lane) else rnd.random() < to_bad
        kept.append(not bad[lane])
    return kept


def late(rnd, wire):
    """The capture begins when connections are open."""
    begin = rnd.randrange(len(wire) + 1)
    return [n >= begin for n in range(len(wire))]


def early(rnd, wire):
    """It ends before they do."""
    end = rnd.randrange(len(wire) + 1)
    return [n < end for n in range(len(wire))]


def gap(rnd, wire):
    """It misses all of a stretch in the middle."""
    begin, end = sorted(rnd.randrange(len(wire) + 1) for _ in range(2))
    return [not begin <= n < end for n in range(len(wire))]


def one_way(rnd, wire):
    """Only one direction was captured."""
    seen = rnd.choice("AB")
    return [p["dir"] == seen for p in wire]


def one_way_gap(rnd, wire):
    """One direction is missed for a stretch."""
    return [stays or p["dir"] == "A" for stays, p in zip(gap(rnd, wire), wire)]


def marks(rnd, wire, part):
    """Of the segments that open, close and reset many are lost, and nothing else: the worst that can be."""
    return [not set(p.get("fl", "")) & set("SFR") or rnd.random() >= part for p in wire]


def bare(rnd, wire, part):
    """Of the ACKs without data many are lost."""
    return [p.get("fl") != "A" or p.get("len", 1) > 0 or rnd.random() >= part for p in wire]


KINDS = {
    "some20": lambda rnd, wire: some(rnd, wire, 0.2),
    "some50": lambda rnd, wire: some(rnd, wire, 0.5),
    "torn": lambda rnd, wire: torn(rnd, wire, 0.03, 0.25),
    "torn_far": lambda rnd, wire: torn(rnd, wire, 0.02, 0.04),
    "torn_each": lambda rnd, wire: torn_each(rnd, wire, 0.08, 0.4),
    "late": late,
    "early": early,
    "gap": gap,
    "one_way": one_way,
    "one_way_gap": one_way_gap,
    "marks": lambda rnd, wire: marks(rnd, wire, 0.35),
    "bare": lambda rnd, wire: bare(rnd, wire, 0.4),
}


# ---------------------------------------------------------------- a thinned run

PCAP_HEADER, RECORD_HEADER = 24, 16
FLAGS = "FSRPAU"


def text_of(version, address):
    return socket.inet_ntop(socket.AF_INET if version == 4 else socket.AF_INET6, address)


def packet_of(record, hosts):
    """What the kinds ask of a record of the capture (raw IP): t_tap, dir, ends, flags, len."""
    seconds, nanoseconds = struct.unpack_from("<II", record)
    ip = record[RECORD_HEADER:]
    version = ip[0] >> 4
    size = (ip[0] & 15) * 4 if version == 4 else 40
    at, width = (12, 4) if version == 4 else (8, 16)
    source, target = (text_of(version, ip[n:n + width]) for n in (at, at + width))
    packet = {"t_tap": seconds * 10 ** 9 + nanoseconds, "src": source, "dst": target,
              "dir": "A" if source in hosts["A"].values() else "B"}
    if ip[9 if version == 4 else 6] == socket.IPPROTO_TCP:
        tcp, total = ip[size:], int.from_bytes(ip[2:4] if version == 4 else ip[4:6]) + (0 if version == 4 else 40)
        packet |= {"sport": int.from_bytes(tcp[:2]), "dport": int.from_bytes(tcp[2:4]),
                   "fl": "".join(name for bit, name in enumerate(FLAGS) if tcp[13] >> bit & 1),
                   "len": total - size - (tcp[12] >> 4) * 4}
    return packet


def records_of(capture):
    """(file header, [record])"""
    data, records, at = capture.read_bytes(), [], PCAP_HEADER
    while at + RECORD_HEADER <= len(data):
        size = RECORD_HEADER + struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at:at + size])
        at += size
    return data[:PCAP_HEADER], records


def lanes(p):
    """The tuple of a packet, as truth.jsonl has it: frozenset of its ends."""
    return frozenset((endpoint(p["src"], p.get("sport", 0)), endpoint(p["dst"], p.get("dport", 0))))


def truth_without(run, seen):
    """truth.jsonl, with `captured` as it is where only the packets in `seen` were."""
    lines = [loads(line) for line in (run / "truth.jsonl").read_text().splitlines()]
    times, begun = {}, {}
    for p in seen:
        times.setdefault(lanes(p), []).append(p["t_tap"])
    for e in lines:
        if e["kind"] == "conn":
            begun.setdefault(frozenset((e["a"], e["b"])), []).append(e["t"])
    for e in lines:
        if e["kind"] == "conn":
            ends = frozenset((e["a"], e["b"]))
            until = min((t for t in begun[ends] if t > e["t"]), default=float("inf"))
            e["captured"] = sum(e["t"] - MS <= t < until for t in times.get(ends, ()))
    return "".join(dumps(e) + "\n" for e in lines)


def thin(run, kind, seed, folder):
    """Write the thinned run to `folder`; return whether any packet is left."""
    meta = json.loads((run / "meta.json").read_text())
    header, records = records_of(run / "capture.pcap")
    wire = [packet_of(record, meta["hosts"]) for record in records]
    kept = KINDS[kind](random.Random(f"{seed} {kind} {run.name}"), wire)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capture.pcap").write_bytes(header + b"".join(r for r, stays in zip(records, kept) if stays))
    (folder / "truth.jsonl").write_text(truth_without(run, [p for p, stays in zip(wire, kept) if stays]))
    (folder / "meta.json").write_text(json.dumps(meta | {"profile": kind}))
    return any(kept)


def judge_thinned(job):
    """(kind, claims, wrong) of one run and one kind."""
    tool, run, kind, seed, keep, verbose = job
    with tempfile.TemporaryDirectory(prefix="thinned-") as scratch:
        folder = (pathlib.Path(keep) if keep else pathlib.Path(scratch)) / f"{run.name}.{kind}.{seed}"
        if not thin(run, kind, seed, folder):
            return kind, 0, 0
        return kind, *judge_run(tool, folder, verbose)


def judge(a, folders):
    """Print the table; return whether few enough claims are wrong."""
    runs = [run for run in runs_of(folders)
            if json.loads((run / "meta.json").read_text())["profile"] in a.profiles.split(",")]
    jobs = [(a.tcptwin, run, kind, a.seed, a.keep, a.v) for kind in a.kinds.split(",") for run in runs]
    claims, wrong = Counter(), Counter()
    with multiprocessing.Pool() as pool:
        for kind, made, bad in pool.imap_unordered(judge_thinned, jobs, 4):
            for name in (kind, "all"):
                claims[name] += made
                wrong[name] += bad
    print(f"{'claims for certain':20} {'made':>8} {'wrong':>6}   seed {a.seed}")
    for name in sorted(claims, key=lambda name: (name == "all", name)):
        print(f"{name:20} {claims[name]:8} {wrong[name]:6}")
    return wrong["all"] * TOLERATED <= claims["all"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("folders", nargs="*")
    arguments.add_argument("--kinds", default=",".join(KINDS))
    arguments.add_argument("--profiles", default="clean,loss5,mixed")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 31))
    arguments.add_argument("--keep", help="where the thinned runs stay")
    arguments.add_argument("-v", action="store_true")
    a = arguments.parse_args()
    if a.folders:
        sys.exit(0 if judge(a, a.folders) else 1)
    with labelled.unpacked(a.profiles.split(",")) as folder:
        good = judge(a, [folder])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
