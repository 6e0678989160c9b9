#!/usr/bin/env python3
"""claims.py TCPTWIN FOLDER... [-v] [--limit N] - count what was said for certain and is not so.

A claim is a transition with basis `observed` or `confirmed`: the endpoint itself, or what it sent
later, shows it. It is held against the truth of a labelled run (FOLDER/capture.pcap, meta.json,
truth.jsonl; or a folder of such runs): the states that the kernel's socket went through.

    wrong    The states claimed for one endpoint of one connection, in the order they are claimed,
             must all be found in the kernel's states of that socket, in that order. Each that has
             to be left out for the rest to be found is a wrong claim. So a state that was never
             entered is wrong, and of two claimed the wrong way round one is.
    foreign  Every claim about a connection that did not exist is wrong, too.

CLOSED and LISTEN are one state (no connection). States the kernel went through and nobody claimed
cost nothing: that is the scorer's business, and so is the time. Incarnations of one tuple are
matched in order, or where there are not as many by the nearest beginning. What was one connection and is
said as two (that is spurious, and counted by the scorer) is held against it as a whole, in order of time.

Prints one line per profile. Exit code 1 if there are more wrong claims than --limit.
"""
import argparse
import json
import subprocess
import sys
from collections import Counter

from records import endpoint, loads
from scorer import canonical, runs_of, timestamp

FIRM = ("observed", "confirmed")


def truth_of(run):
    """{ends: [(beginning, incarnation)]} of the captured connections, {(ends, incarnation, me): [state]}"""
    beginnings, states = {}, {}
    for line in (run / "truth.jsonl").read_text().splitlines():
        e = loads(line)
        if e["kind"] == "conn" and e["captured"]:
            beginnings.setdefault(frozenset((e["a"], e["b"])), []).append((e["t"], e["conn"]))
        elif e["kind"] == "state":
            key = frozenset((e["local"], e["remote"])), e["conn"], e["local"]
            states.setdefault(key, []).append(canonical(e["new"]))
    return beginnings, states


def claims_of(tool, capture):
    """{ends: {connection id: (beginning, {me: [(state, line)]})}}"""
    run = subprocess.run([tool, "json", str(capture)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{capture}: {run.stderr}")
    claims = {}
    for line in run.stdout.splitlines():
        e = json.loads(line)
        if e["event_type"] != "transition":
            continue
        ends = frozenset((endpoint(e["client_ip"], e["client_port"]), endpoint(e["server_ip"], e["server_port"])))
        at = timestamp(e.get("endpoint_ts") or e["ts"])
        begin, sides = claims.setdefault(ends, {}).get(e["conn_id"], (at, {}))
        claims[ends][e["conn_id"]] = min(begin, at), sides
        if e["basis"] in FIRM and canonical(e["from_state"]) != canonical(e["to_state"]):
            me = endpoint(e["endpoint_ip"], e["endpoint_port"])
            sides.setdefault(me, []).append((canonical(e["to_state"]), e))
    return claims


def match(said, real):
    """{incarnation, or None: [connection ids, in order]} of the connections of one tuple."""
    order, left, matched = sorted(said, key=lambda one: said[one][0]), sorted(real), {}
    for n, one in enumerate(order):
        among = [left[n]] if len(order) == len(real) else left or sorted(real)
        nearest = min(among, key=lambda r: abs(r[0] - said[one][0])) if among else (0, None)
        if len(order) != len(real) and nearest in left:
            left.remove(nearest)
        matched.setdefault(nearest[1], []).append(one)
    return matched


def left_out(claimed, real):
    """Indices in `claimed` that are not in a longest common subsequence with `real`."""
    rows, columns = len(claimed), len(real)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for k in range(columns - 1, -1, -1):
            same = claimed[i] == real[k]
            best[i][k] = best[i + 1][k + 1] + 1 if same else max(best[i + 1][k], best[i][k + 1])
    out, i, k = [], 0, 0
    while i < rows:
        if k < columns and claimed[i] == real[k]:
            i, k = i + 1, k + 1
        elif k < columns and best[i][k + 1] >= best[i + 1][k]:
            k += 1
        else:
            out.append(i)
            i += 1
    return out


def judge_run(tool, run, verbose):
    """Return (claims, wrong ones) of one labelled run."""
    beginnings, states = truth_of(run)
    total = wrong = 0
    for ends, said in claims_of(tool, run / "capture.pcap").items():
        for incarnation, ones in match(said, beginnings.get(ends, [])).items():
            sides = {}
            for one in ones:
                for me, steps in said[one][1].items():
                    sides.setdefault(me, []).extend(steps)
            for me, steps in sides.items():
                real = states.get((ends, incarnation, me), []) if incarnation else []
                bad = left_out([state for state, _ in steps], real)
                total, wrong = total + len(steps), wrong + len(bad)
                for i in bad if verbose else ():
                    e = steps[i][1]
                    print(f"{run.name} {me} conn {incarnation}: {e['from_state']} -> {e['to_state']} {e['basis']} "
                          f"({e['trigger']}, frame {e.get('frame')}, proof {e.get('proof_frame')})\n"
                          f"    kernel: {' '.join(real)}\n    firm:   {' '.join(s for s, _ in steps)}")
    return total, wrong


def judge(tool, folders, verbose=False):
    """Print the table; return (claims, wrong ones)."""
    claims, wrong = Counter(), Counter()
    for run in runs_of(folders):
        profile = json.loads((run / "meta.json").read_text())["profile"]
        counts = judge_run(tool, run, verbose)
        for name in (profile, "all"):
            claims[name] += counts[0]
            wrong[name] += counts[1]
    print(f"{'claims for certain':20} {'made':>7} {'wrong':>6}")
    for name in sorted(claims, key=lambda name: (name == "all", name)):
        print(f"{name:20} {claims[name]:7} {wrong[name]:6}")
    return claims["all"], wrong["all"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("folders", nargs="+")
    arguments.add_argument("-v", action="store_true")
    arguments.add_argument("--limit", type=int, default=0)
    a = arguments.parse_args()
    sys.exit(1 if judge(a.tcptwin, a.folders, a.v)[1] > a.limit else 0)


if __name__ == "__main__":
    main()
