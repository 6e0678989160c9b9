#!/usr/bin/env python3
"""revisions.py TCPTWIN FOLDER... [--profiles clean,tapA,tapB] [-v] [--limit N] - what was withdrawn live, and was so

Takes the captures of labelled runs in live order (--live-order: said at once, revised later) and counts, among the
connections that both sides closed in order, the revisions, and those that are false: the states said of an endpoint
were all found in the kernel's, in order, and after the revision they are not; or a state was withdrawn that the
kernel was in, and is never said again. Exit code 1 if there are more false ones than --limit.
"""
import argparse
import json
import sys
from collections import defaultdict

from claims import left_out, match, truth_of
from records import endpoint
from scorer import canonical, output_of, runs_of, timestamp

CLEAN = ("clean", "tapA", "tapB")

def said_live(tool, capture):
    """{ends: {connection: (beginning, closed in order, [event])}}"""
    said = defaultdict(dict)
    for line in output_of([tool, "json", "--live-order", str(capture)]):
        e = json.loads(line)
        if e["event_type"] not in ("transition", "revision", "connection"):
            continue
        ends = frozenset(endpoint(e[f"{side}_ip"], e[f"{side}_port"]) for side in ("client", "server"))
        begin, closed, events = said[ends].get(e["conn_id"], (timestamp(e.get("ts") or e["first_ts"]), False, []))
        if e["event_type"] == "connection":
            closed = e["outcome"] == "closed_fin"
        else:
            events.append(e)
        said[ends][e["conn_id"]] = begin, closed, events
    return said


def false_revisions(events, states):
    """Yield a revision for each time that an endpoint's right states were made wrong, or taken back for good."""
    path, taken = defaultdict(list), []
    for at, e in enumerate(events):
        me = endpoint(e["endpoint_ip"], e["endpoint_port"])
        mine, new = path[me], canonical(e["to_state"])
        if e["event_type"] == "transition":
            mine.append(new)
            continue
        old = canonical(e["revised_to_state"])
        if at == 0 or events[at - 1]["event_type"] == "transition":  # what is revised at once counts together
            right = {side: not left_out(said, states(side)) for side, said in path.items()}
        if old in mine and (e["withdrawn"] or old != new):
            place = len(mine) - 1 - mine[::-1].index(old)
            mine[place:place + 1] = [] if e["withdrawn"] else [new]
            if right.get(me):
                taken.append((me, old, e))
        last = at + 1 == len(events) or events[at + 1]["event_type"] == "transition"
        if last and any(right.get(side) and left_out(said, states(side)) for side, said in path.items()):
            yield e
    yield from (e for me, old, e in taken if old in states(me) and old not in path[me])


def judge(tool, folders, profiles, verbose=False):
    """Print the counts; return the false ones."""
    closes = revisions = false = 0
    for run in runs_of(folders):
        if json.loads((run / "meta.json").read_text())["profile"] not in profiles:
            continue
        beginnings, states = truth_of(run)
        for ends, said in said_live(tool, run / "capture.pcap").items():
            incarnations = match(said, beginnings.get(ends, []))
            for one, incarnation in ((one, n) for n, ones in incarnations.items() for one in ones):
                _, closed, events = said[one]
                if not closed:
                    continue
                closes += 1
                revisions += sum(e["event_type"] == "revision" for e in events)
                for e in false_revisions(events, lambda me: states.get((ends, incarnation, me), [])):
                    false += 1
                    if verbose:
                        print(run.name, json.dumps(e))
    print(f"live: {closes} closes in order, {revisions} revisions, {false} of them false")
    return false


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("folders", nargs="+")
    arguments.add_argument("--profiles", default=",".join(CLEAN))
    arguments.add_argument("--limit", type=int, default=0)
    arguments.add_argument("-v", action="store_true")
    a = arguments.parse_args()
    sys.exit(1 if judge(a.tcptwin, a.folders, a.profiles.split(","), a.v) > a.limit else 0)


if __name__ == "__main__":
    main()
