#!/usr/bin/env python3
"""misses.py TCPTWIN FOLDER... [--profiles a,b] [-v] - where timeM is lost, from the wire's log, case by case

Each stretch of time in which the inferred state is not the true one belongs to a true transition: the one
that it comes too late for, or too early. What the log of the wire (wire.jsonl beside the capture) says of that
transition's packet puts it into a class:

    unanswered   nothing of the peer was captured: nothing tells how far away its end is
    silent       no packet tells of the transition, or none when (time-out, close() of a half-open socket, lost RST)
    waited       the application closed, and the FIN left later, behind data or a closed window
    syn lost     the first SYN or SYN-ACK was lost in front of the tap: the next looks like the first
    fin lost     so was the first FIN; IPv6 does not count packets
    fin lost 4   the same with IPv4, where the count may tell
    held after   the packet was held back, or overtaken, behind the tap
    held before  it was held back in front of the tap, where only a timestamp may tell
    other        none of these: to be mended

The first five cannot be told from the capture. One line per profile: points of timeM lost to each class,
and the bound: what is left without those five. -v prints every stretch of more than a twentieth of a life.
"""
import argparse
import functools
import json
import statistics
from collections import Counter, defaultdict

import scorer
from records import MS, loads
from labelling import reasons_to_doubt

CLASSES = ("unanswered", "silent", "waited", "syn lost", "fin lost", "fin lost 4", "held after", "held before", "other")
UNTOLD = CLASSES[:5]


class Wire:
    """The log of one run, by connection"""

    def __init__(self, run):
        self.of, self.by_number, ways = defaultdict(list), {}, defaultdict(list)
        for line in (run / "wire.jsonl").read_text().splitlines():
            p = loads(line)
            if "sport" not in p:
                continue
            src, dst = (f"[{p[k]}]:{p[q]}" if p["v"] == 6 else f"{p[k]}:{p[q]}"
                        for k, q in (("src", "sport"), ("dst", "dport")))
            p["from"] = src
            self.of[frozenset((src, dst))].append(p)
            self.by_number[p["n"]] = p
            for name, a, b in (("before", "t_in", "t_tap"), ("after", "t_tap", "t_out")):
                if p[a] and p[b]:
                    ways[p["dir"], name].append(p[b] - p[a])
        self.way = {key: statistics.median(times) for key, times in ways.items()}

    def late(self, p, name, a, b):
        return p[a] and p[b] and p[b] - p[a] > self.way[p["dir"], name] + MS

    def first(self, ends, me, flag, since):
        return next((p for p in self.of[ends] if p["from"] == me and flag in p["fl"] and p["t_in"] >= since - MS), None)

    def class_of(self, ends, me, step):
        if not any(p["from"] != me and p["cap"] is not None for p in self.of[ends]):
            return "unanswered"
        if step is None:
            return "other"
        flag = {"syn_sent": "S", "syn_received": "S", "fin_wait_1": "F", "last_ack": "F"}.get(step.new)
        p = self.first(ends, me, flag, step.t) if flag else None
        if p and p["cap"] is None and not p["dlv"]:
            return "syn lost" if flag == "S" else "fin lost" if p["v"] == 6 else "fin lost 4"
        if p and flag == "F" and p["t_in"] > step.t + 2 * MS:
            return "waited"
        p = p or self.by_number.get(step.packet)
        if step.obs != "pkt" or p is None:
            return "silent"
        if p and p["from"] != me and self.late(p, "after", "t_tap", "t_out"):
            return "held after"
        return "held before" if p and self.late(p, "before", "t_in", "t_tap") else "other"


class Misses(scorer.RunScore):
    """The classes of one run: {class: lives lost}"""

    def __init__(self, run, said, verbose):
        self.wire, self.lost, self.loud = Wire(run), Counter(), verbose
        super().__init__(run, said, 0)

    def endpoint(self, key, e, all_said, end):
        self.key = key
        super().endpoint(key, e, all_said, end)

    def time(self, steps, said, e, end):
        super().time(steps, said, e, end)
        begin = steps[0].t if steps else end
        if "midstream" in e["flags"] and e["first_captured"]:
            begin = max(begin, e["first_captured"])
        cuts = sorted({begin, end} | {x.t for x in steps + said if begin < x.t < end})
        for a, b in zip(cuts, cuts[1:]):
            inferred = scorer.state_at(said, a) or (said[0].old if said else None)
            real = scorer.state_at(steps, a)
            if inferred != real:
                step = next((x for x in steps if x.t == a), None) or next((x for x in steps if x.t == b), None) or \
                    next((x for x in reversed(steps) if x.t <= a), None)
                name = self.wire.class_of(self.key[0], self.key[2], step)
                self.lost[name] += (b - a) / (end - begin)
                if self.loud and b - a > (end - begin) / 20:
                    print(f"{name:12} {(b - a) / MS:8.1f} of {(end - begin) / MS:8.1f} ms: {real}, said {inferred}: "
                          f"{self.run.name} {self.key[2]} conn {self.key[1]}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("folders", nargs="+")
    arguments.add_argument("--profiles")
    arguments.add_argument("-v", action="store_true")
    a = arguments.parse_args()
    lost, n = defaultdict(Counter), defaultdict(Counter)
    said_of = functools.partial(scorer.said_by_tcptwin, a.tcptwin)
    for run in scorer.runs_of(a.folders):
        meta = json.loads((run / "meta.json").read_text())
        if a.profiles and meta["profile"] not in a.profiles.split(",") or "lag" in meta and reasons_to_doubt(meta):
            continue
        one = Misses(run, said_of(run / "capture.pcap"), a.v)
        lost[meta["profile"]].update(one.lost)
        n[meta["profile"]].update(one.tally.n)
    print(f"{'':10} timeM  bound" + "".join(f" {name:>11}" for name in CLASSES))
    for profile in sorted(lost):
        timed, points = n[profile]["timed"], {name: 100 * lost[profile][name] / n[profile]["timed"] for name in CLASSES}
        print(f"{profile:10} {100 * n[profile]['time'] / timed:5.2f}  {100 - sum(points[name] for name in UNTOLD):5.2f}"
              + "".join(f" {points[name]:11.2f}" for name in CLASSES))


if __name__ == "__main__":
    main()
