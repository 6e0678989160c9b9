#!/usr/bin/env python3
"""pcaps.py TCPTWIN - the captures in pcaps/ that have the kernel's truth beside them.

For every NAME.truth.jsonl, `tcptwin json NAME.pcap` must give the kernel's sequence of states for
each endpoint of each incarnation. A transition without evidence in the capture (`obs` is not `pkt`),
one that lasted less than 2 ms (`transient`) and the silent end of TIME-WAIT may be missing.
allowed.tsv lists the endpoints that no observer can know, each with its reason; a line there that
is no longer needed is an error, too.
"""
import json
import pathlib
import subprocess
import sys

from records import endpoint
from scorer import canonical

HERE = pathlib.Path(__file__).resolve().parent
PCAPS = HERE.parents[1] / "pcaps"


def truth_of(path):
    """{(local, remote, incarnation): [(state, may be missing)]}"""
    sequences = {}
    for line in open(path):
        e = json.loads(line)
        optional = e["obs"] != "pkt" or bool(e.get("transient")) or (e["old"] == "TIME-WAIT" and e["new"] == "CLOSED")
        sequences.setdefault((e["local"], e["remote"], e["conn"]), []).append((canonical(e["new"]), optional))
    return sequences


def inferred_of(tool, capture):
    """{(local, remote, incarnation): [state]}"""
    run = subprocess.run([tool, "json", str(capture)], capture_output=True, text=True)
    sequences, order = {}, {}
    for line in run.stdout.splitlines():
        e = json.loads(line)
        if e["event_type"] != "transition":
            continue
        client, server = endpoint(e["client_ip"], e["client_port"]), endpoint(e["server_ip"], e["server_port"])
        seen = order.setdefault(frozenset((client, server)), [])
        if e["conn_id"] not in seen:
            seen.append(e["conn_id"])
        me = endpoint(e["endpoint_ip"], e["endpoint_port"])
        states = sequences.setdefault((me, server if me == client else client, seen.index(e["conn_id"]) + 1), [])
        if canonical(e["to_state"]) != canonical(e["from_state"]):
            states.append(canonical(e["to_state"]))
    return sequences


def fits(truth, inferred):
    """Whether `inferred` is `truth` with some of what may be missing left out."""
    if not truth:
        return not inferred or inferred == ["closed"]  # the timer's end of TIME-WAIT may be said, too
    (state, optional), rest = truth[0], truth[1:]
    if inferred and inferred[0] == state and fits(rest, inferred[1:]):
        return True
    return optional and fits(rest, inferred)


def main():
    allowed = {tuple(line.split("\t")[:2]) for line in (HERE / "allowed.tsv").read_text().splitlines()
               if line and not line.startswith("#")}
    used, wrong, endpoints = set(), 0, 0
    for path in sorted(PCAPS.glob("*.truth.jsonl")):
        name = path.name[:-len(".truth.jsonl")]
        capture = next(p for p in sorted(PCAPS.glob(name + ".pcap*")))
        truth, inferred = truth_of(path), inferred_of(sys.argv[1], capture)
        for key in sorted(set(truth) | set(inferred)):
            endpoints += 1
            if fits(truth.get(key, []), inferred.get(key, [])):
                continue
            used.add((name, key[0]))
            if (name, key[0]) in allowed:
                continue
            wrong += 1
            print(f"{capture.name}: {key[0]} to {key[1]}, incarnation {key[2]}\n"
                  f"    kernel   {' '.join(s + ('?' if o else '') for s, o in truth.get(key, []))}\n"
                  f"    inferred {' '.join(inferred.get(key, []))}")
    for name, side in sorted(allowed - used):
        wrong += 1
        print(f"allowed.tsv: {name} {side} agrees now: take the line out")
    print(f"{endpoints} endpoints, {wrong} wrong, {len(used & allowed)} that no observer can know")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
