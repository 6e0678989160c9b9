#!/usr/bin/env python3
"""scorer.py TCPTWIN FOLDER... - hold what was inferred from captures against what the kernels did

FOLDER is a labelled run (capture.pcap, truth.jsonl, meta.json: labelling.py) or a folder of such
runs. LISTEN and CLOSED are one state, no connection; the end of TIME-WAIT by its timer costs nothing
whether it is said or not. Columns, in percent:

    conns         connections of which at least one packet was captured
    exact         endpoints (two of each connection) whose sequence of states is exactly the truth
    exobs         the same, where states without evidence in the capture, states shorter than 2 ms and
                  the implied end of a reused TIME-WAIT may be missing
    ub            endpoints all of whose transitions have evidence: about the most that `exact` can be
    prec, rec     transitions (from, to), matched in order (longest common subsequence)
    recobs        recall among the transitions with evidence
    final, finobs the last state agrees; with the last one that there is evidence for
    timeM         part of an endpoint's life in which the inferred state is the true one, as the mean of
                  the endpoints; TIME-WAIT at the end does not count
    p05 p50 p95   inferred minus true time of matched transitions, in one-way delays
    spurious      connections that do not exist
    errno         of endpoints whose application saw an error: named rightly; of those named: right

--exec scores another program, whose standard output ({} is the capture) is NDJSON:
    {"t": SECONDS, "src": "IP:PORT", "dst": , "endpoint": , "from": STATE or null, "to": , "conn": }
    {"t": , "src": , "dst": , "endpoint": , "errno": "ECONNRESET", "conn": }
"""
import argparse
import calendar
import functools
import json
import pathlib
import subprocess
import sys
import time
from collections import Counter, defaultdict

from records import endpoint, loads, nanoseconds


def canonical(state):
    """One name for one state, however it is spelt; None where it is not known."""
    state = (state or "unknown").lower().replace("-", "_")
    return {"listen": "closed", "unknown": None}.get(state, state)


# ---------------------------------------------------------------- what was said

class Said:
    """One transition, or the error that an application got (then `new` is None)"""

    def __init__(self, t, me, old, new, error=None):
        self.t, self.me, self.old, self.new, self.error = t, me, canonical(old), canonical(new), error


@functools.lru_cache(8)
def whole_seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


def timestamp(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    return whole_seconds(whole) * 10 ** 9 + int((fraction + "000000000")[:9])


def output_of(command, **how):
    run = subprocess.run(command, capture_output=True, text=True, **how)
    if run.returncode:
        sys.exit(f"{command}: exit code {run.returncode}\n{run.stderr}")
    return run.stdout.splitlines()


def said_by_tcptwin(tool, capture):
    """{ends: {connection: [Said]}}"""
    said = defaultdict(lambda: defaultdict(list))
    for line in output_of([tool, "json", str(capture)]):
        e = json.loads(line)
        if e["event_type"] not in ("transition", "connection"):
            continue
        ends = [endpoint(e[f"{side}_ip"], e[f"{side}_port"]) for side in ("client", "server")]
        connections, conn = said[frozenset(ends)], e["conn_id"]
        if e["event_type"] == "transition":
            connections[conn].append(Said(timestamp(e.get("endpoint_ts") or e["ts"]),
                                          endpoint(e["endpoint_ip"], e["endpoint_port"]),
                                          e["from_state"], e["to_state"]))
            continue
        for side, me in zip(("client", "server"), ends):
            error = e.get(f"{side}_app_error")
            if error and error != "EOF":
                t = timestamp(e.get(f"{side}_app_error_ts") or e["last_ts"])
                connections[conn].append(Said(t, me, None, None, error))
    return said


def said_by_command(command, capture):
    """The same of any program"""
    said = defaultdict(lambda: defaultdict(list))
    for line in output_of(command.replace("{}", str(capture)), shell=True):
        e = json.loads(line, parse_float=str)
        said[frozenset((e["src"], e["dst"]))][e["conn"]].append(
            Said(nanoseconds(str(e["t"])), e["endpoint"], e.get("from"), e.get("to"), e.get("errno")))
    return said


def moves(said):
    """In order of time, without what leaves everything as it is."""
    found = []
    for x in sorted(said, key=lambda x: x.t):
        if x.new and x.old != x.new and not (x.old is None and x.new == "closed" and not found):
            found.append(x)
    return found


# ---------------------------------------------------------------- the truth

class Step:
    """A transition that was made"""

    def __init__(self, e):
        self.t, self.t_obs, self.obs, self.cause, self.packet = e["t"], e["t_obs"], e["obs"], e["cause"], e.get("pkt")
        self.old, self.new = canonical(e["old"]), canonical(e["new"])
        self.may_be_missing = self.obs != "pkt" or bool(e.get("transient")) or self.cause == "reused"


class Truth:
    def __init__(self, run):
        self.meta = loads((run / "meta.json").read_text())
        self.connections = defaultdict(list)                # ends -> the `conn` objects
        self.steps, self.errors = defaultdict(list), defaultdict(set)  # (ends, number, me) ->
        for line in (run / "truth.jsonl").read_text().splitlines():
            e = loads(line)
            if e["kind"] == "conn":
                self.connections[frozenset((e["a"], e["b"]))].append(e)
            elif e["kind"] == "state":
                self.steps[self.key(e)].append(Step(e))
            elif e.get("errno"):
                self.errors[self.key(e)].add(e["errno"])

    @staticmethod
    def key(e):
        return frozenset((e["local"], e["remote"])), e["conn"], e["local"]


def assign(said, real):
    """Yield (connection said, number of the real one or None), for those of one tuple.

    In order, or where there are not as many, each to the nearest beginning that is left.
    """
    begins = {one: min(x.t for x in said[one]) for one in said}
    real = sorted((e for e in real if e["captured"]), key=lambda e: e["t"])
    in_order = len(real) == len(begins)
    for one in sorted(begins, key=begins.get):
        if not real:
            yield one, None
            continue
        nearest = real[0] if in_order else min(real, key=lambda e: abs(e["t"] - begins[one]))
        real.remove(nearest)
        yield one, nearest["conn"]


# ---------------------------------------------------------------- comparing

def fits(steps, states):
    """Whether `states` is the truth with some of what may be missing left out."""
    reached = {0}
    for step in steps:
        reached = {n + 1 for n in reached if n < len(states) and states[n] == step.new} | \
            (reached if step.may_be_missing else set())
    return len(states) in reached


def matched(steps, said):
    """Pairs of indices: a longest common subsequence"""
    def same(i, k):
        return steps[i].new == said[k].new and said[k].old in (None, steps[i].old)
    rows, columns = len(steps), len(said)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for k in range(columns - 1, -1, -1):
            best[i][k] = best[i + 1][k + 1] + 1 if same(i, k) else max(best[i + 1][k], best[i][k + 1])
    pairs, i, k = [], 0, 0
    while i < rows and k < columns:
        if same(i, k) and best[i][k] == best[i + 1][k + 1] + 1:
            pairs.append((i, k))
            i, k = i + 1, k + 1
        elif best[i + 1][k] >= best[i][k + 1]:
            i += 1
        else:
            k += 1
    return pairs


def state_at(sequence, t):
    return next((x.new for x in reversed(sequence) if x.t <= t), None)


def time_right(steps, said, begin, end):
    """Nanoseconds of this time in which the inferred state is the true one"""
    cuts = sorted({begin, end} | {x.t for x in steps + said if begin < x.t < end})
    right = 0
    for a, b in zip(cuts, cuts[1:]):
        inferred = state_at(said, a) or (said[0].old if said else None)
        if inferred and inferred == state_at(steps, a):
            right += b - a
    return right


class Tally:
    """The sums behind one row of a table"""

    def __init__(self):
        self.n = Counter()
        self.time_errors = []
        self.transitions = defaultdict(Counter)

    def add(self, other):
        self.n.update(other.n)
        self.time_errors += other.time_errors
        for name, counts in other.transitions.items():
            self.transitions[name].update(counts)

    def row(self):
        n = self.n

        def part(a, b):
            return a / b if b else None
        row = {"connections": n["connections"], "endpoints": n["endpoints"], "spurious_connections": n["spurious"],
               **{name: part(n[name], n["endpoints"])
                  for name in ("exact", "exact_obs", "exact_upper_bound", "final", "final_obs")},
               "precision": part(n["right"], n["said"]), "recall": part(n["right"], n["real"]),
               "recall_obs": part(n["right_obs"], n["real_obs"]), "time": part(n["time"], n["timed"]),
               "errno_recall": part(n["errno_right"], n["errno_real"]),
               "errno_precision": part(n["errno_right"], n["errno_said"]),
               "said": n["said"], "real": n["real"], "real_obs": n["real_obs"]}
        errors = sorted(self.time_errors)
        row["time_error"] = ([errors[min(len(errors) - 1, int(p * len(errors)))] for p in (.05, .5, .95)]
                             if errors else None)
        return row


class RunScore:
    """The tally of one run"""

    def __init__(self, run, said, verbose):
        self.run, self.verbose, self.truth, self.tally = run, verbose, Truth(run), Tally()
        assigned = defaultdict(list)
        for ends, connections in said.items():
            for one, number in assign(connections, self.truth.connections.get(ends, [])):
                if number is None:
                    self.spurious(connections[one])
                for x in connections[one]:
                    assigned[ends, number, x.me].append(x)
        for ends, connections in self.truth.connections.items():
            for e in connections:
                if e["captured"]:
                    self.connection(ends, e, assigned)

    def spurious(self, said):
        self.tally.n["spurious"] += 1
        self.tally.n["said"] += len(moves(said))

    def connection(self, ends, e, assigned):
        keys = [(ends, e["conn"], me) for me in (e["a"], e["b"])]
        every = [self.truth.steps[key] for key in keys]
        over = all(not steps or steps[-1].new in ("closed", "time_wait") for steps in every)
        end = max([x.t for steps in every for x in steps] or [e["t"]]) if over else self.truth.meta["t_end"]
        self.tally.n["connections"] += 1
        for key in keys:
            self.endpoint(key, e, assigned[key], end)

    def endpoint(self, key, e, all_said, end):
        n, every = self.tally.n, sorted(self.truth.steps[key], key=lambda x: x.t)
        steps = [x for x in every if not (x.old == "time_wait" and x.cause == "timer")]
        said = moves(all_said)
        if len(steps) < len(every) or steps and steps[-1].new == "time_wait":
            while said and said[-1].old == "time_wait" and said[-1].new == "closed":
                said.pop()
        states = [x.new for x in said]
        exact, exact_obs = states == [x.new for x in steps], fits(steps, states)
        n.update(endpoints=1, exact=exact, exact_obs=exact_obs, exact_upper_bound=all(x.obs == "pkt" for x in steps))
        self.sequence(steps, said)
        self.last_state(steps, states[-1] if states else "closed")
        self.time(steps, said, e, end)
        self.errors(self.truth.errors[key], {x.error for x in all_said if x.error})
        if self.verbose and not (exact_obs if self.verbose > 1 else exact):
            print(f"  {self.run.name} {key[2]} conn {key[1]} {e['flags'] or ''}\n    truth    "
                  + " ".join(x.new + ("" if x.obs == "pkt" else f"({x.obs})") for x in every)
                  + "\n    inferred " + " ".join(states))

    def sequence(self, steps, said):
        n, names, pairs = self.tally.n, self.tally.transitions, matched(steps, said)
        right, used = {i for i, _ in pairs}, {k for _, k in pairs}
        n.update(right=len(pairs), said=len(said), real=len(steps), real_obs=sum(x.obs == "pkt" for x in steps),
                 right_obs=sum(steps[i].obs == "pkt" for i in right))
        for i, x in enumerate(steps):
            names[x.old, x.new].update(real=1, right=i in right, real_obs=x.obs == "pkt",
                                       right_obs=i in right and x.obs == "pkt")
        for k, x in enumerate(said):
            names[x.old, x.new]["false"] += k not in used
        self.tally.time_errors += [(said[k].t - steps[i].t) / self.truth.meta["one_way_delay"] for i, k in pairs]

    def last_state(self, steps, said):
        states = ["closed", *(x.new for x in steps)]
        acceptable, at = {states[-1]}, len(steps)
        while at and steps[at - 1].obs != "pkt":
            at -= 1
            acceptable.add(states[at])
        self.tally.n.update(final=said == states[-1], final_obs=said in acceptable)

    def time(self, steps, said, e, end):
        begin = steps[0].t if steps else end
        if "midstream" in e["flags"] and e["first_captured"]:  # judged from its first packet on
            begin = max(begin, e["first_captured"])
        if end > begin:
            self.tally.n["timed"] += 1
            self.tally.n["time"] += time_right(steps, said, begin, end) / (end - begin)

    def errors(self, real, said):
        self.tally.n.update(errno_real=bool(real), errno_said=bool(said), errno_right=bool(real & said))


# ---------------------------------------------------------------- tables

COLUMNS = [("exact", "exact"), ("exobs", "exact_obs"), ("ub", "exact_upper_bound"), ("prec", "precision"),
           ("rec", "recall"), ("recobs", "recall_obs"), ("final", "final"), ("finobs", "final_obs"), ("timeM", "time")]
HEAD = f"{'':28} conns" + "".join(f" {name:>6}" for name, _ in COLUMNS) + "    p05   p50   p95"


def percent(value):
    return f"{'-':>6}" if value is None else f"{100 * value:6.2f}"


def line_of(name, row):
    line = f"{name:28} {row['connections']:5} " + " ".join(percent(row[key]) for _, key in COLUMNS)
    line += " " + "".join(f" {x:5.2f}" for x in row["time_error"]) if row["time_error"] else ""
    if row["spurious_connections"]:
        line += f"  spurious {row['spurious_connections']}"
    if row["errno_recall"] is not None and row["errno_precision"] is not None:
        line += f"  errno r={row['errno_recall']:.2f} p={row['errno_precision']:.2f}"
    return line


def runs_of(folders):
    for folder in map(pathlib.Path, folders):
        if (folder / "meta.json").exists():
            yield folder
        else:
            yield from sorted(path.parent for path in folder.glob("*/meta.json"))


class Score:
    """Of many runs: by_profile, by_scenario, by_run: {name: Tally}"""

    def __init__(self, runs, said_of, verbose=0):
        """said_of(capture): what was said of it"""
        self.total, self.by_profile, self.by_scenario, self.by_run = Tally(), {}, {}, {}
        for run in runs:
            one = RunScore(run, said_of(run / "capture.pcap"), verbose)
            meta = one.truth.meta
            self.total.add(one.tally)
            for table, name in ((self.by_profile, meta["profile"]), (self.by_scenario, meta["scenario"]),
                                (self.by_run, run.name)):
                table.setdefault(name, Tally()).add(one.tally)

    def print(self, by):
        print(HEAD)
        for table in by:
            if table == "transition":
                self.print_transitions()
                continue
            for name, tally in sorted(getattr(self, "by_" + table).items()):
                print(line_of(name, tally.row()))
        print(line_of("all", self.total.row()))

    def print_transitions(self):
        print(f"{'':30} {'real':>6} {'found':>6} {'with evidence':>13} {'found':>6} {'false':>6}")
        for (old, new), n in sorted(self.total.transitions.items(), key=lambda item: -item[1]["real"]):
            print(f"{f'{old} {new}':30} {n['real']:6} {n['right']:6} "
                  f"{n['real_obs']:13} {n['right_obs']:6} {n['false']:6}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("folders", nargs="+")
    arguments.add_argument("--by", default="profile", help="tables: profile, scenario, run, transition")
    arguments.add_argument("--exec", dest="command", help="score this program instead")
    arguments.add_argument("-v", action="count", default=0,
                           help="each endpoint that differs; -vv: those without excuse")
    a = arguments.parse_args()
    said_of = (functools.partial(said_by_command, a.command) if a.command
               else functools.partial(said_by_tcptwin, a.tcptwin))
    Score(list(runs_of(a.folders)), said_of, a.v).print(a.by.split(","))


if __name__ == "__main__":
    main()
