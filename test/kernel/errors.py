#!/usr/bin/env python3
"""errors.py TCPTWIN FOLDER... [--by scenario,profile] [-v] - the errors that applications got: named, or why not

What an application got (truth.py) is held against `client_app_error` and `server_app_error`, of labelled runs:

    errors     endpoints whose application got one
    named      of these, percent: rightly
    right      of those named, percent
    wrong      named, and another
    invented   named, and the application got none: it had closed, or its socket was never there
    missing    not named; and of those
      late     the kernel told it only when the last packet had been captured
      alike    the same evidence stands in these runs with another error or with none, so often that a rule which named
               it would be right in less than 96 % of them
      unseen   a RST told it that no capture has: lost in front of the tap, forged behind it, or the host's own
               firewall's
      rest     none of these: a rule may be missing, or another example
    bound      percent: what could be named at most, which is all but those late, alike and unseen

The evidence is what was captured of the connection, as that endpoint's own and its peer's segments in turn: flags,
whether there are data, whether they were sent before, whether they acknowledge all, the FIN, or less; whether
nothing came for a while before; and whether the capture goes on. A RST after which the endpoint says nothing but
RSTs is the last that counts. Of equal ones in a row one is kept, and of all the last LAST. That is coarser than
what tcptwin sees; -v prints each case, with one that is like it.
"""
import argparse
import functools
import math
from collections import Counter, defaultdict

import scorer
from misses import Wire
from records import MS, behind, loads

LAST, PAUSE, WANTED = 4, 150 * MS, 0.96
UNTOLD = ("late", "alike", "unseen")
COLUMNS = ("errors", "named", "right", "wrong", "invented", "missing", *UNTOLD, "rest", "bound")


# ---------------------------------------------------------------- the evidence

class Sender:
    """What one side was seen to send"""

    def __init__(self):
        self.high = self.fin = None

    def sends(self, p):
        """Return: how it lies to what was sent before."""
        end = (p["seq"] + p["len"] + ("S" in p["fl"]) + ("F" in p["fl"])) & 0xffffffff
        if "F" in p["fl"]:
            self.fin = end
        if self.high is None or behind(end, self.high) > 0:
            self.high = end
            return ""
        return "-" if behind(p["seq"], self.high) < 0 else ""

    def acknowledged(self, p):
        if "A" not in p["fl"] or self.high is None:
            return ""
        if p["ack"] == self.fin:
            return "f"
        return "a" if behind(p["ack"], self.high) >= 0 else "l"


def until_reset(captured, me):
    """In the order of the capture, up to the RST after which @me sends nothing but RSTs."""
    ordered = sorted(captured, key=lambda p: p["cap"])
    spoken = max([n for n, p in enumerate(ordered) if p["from"] == me and "R" not in p["fl"]], default=0)
    reset = next((n for n, p in enumerate(ordered) if n > spoken and "R" in p["fl"]), len(ordered))
    return ordered[:reset + 1]


def evidence(packets, me, end):
    """What the capture holds of a connection, to @me; @end: when the capture ends."""
    found, sides, last = [], (Sender(), Sender()), math.inf
    for p in until_reset([p for p in packets if p["cap"] is not None], me):
        own = p["from"] == me
        again, acked = sides[own].sends(p), sides[not own].acknowledged(p)
        paused, last = p["t_tap"] > last + PAUSE, p["t_tap"]
        one = f"{'~' * paused}{'>' if own else '<'}{p['fl'].replace('P', '')}{'d' * (p['len'] > 0)}{again}{acked}"
        if not found or found[-1] != one:
            found.append(one)
    return " ".join(found[-LAST:]) + ", and more time" * (end > last + PAUSE)


# ---------------------------------------------------------------- cases

class Case:
    """What one application got, and what was said"""

    def __init__(self, meta, name, real, said, shown, late, unseen):
        self.meta, self.name, self.real, self.said, self.shown = meta, name, real, said, shown
        self.late, self.unseen = late, unseen

    def kind(self):
        if not self.said:
            return "missing" if self.real else "none"
        return "right" if self.real & self.said else "wrong" if self.real else "invented"


class Cases(scorer.RunScore):
    """Those of one run"""

    def __init__(self, run, said, found):
        self.wire, self.found, self.told = Wire(run), found, {}
        self.end = max(p["t_tap"] for p in self.wire.by_number.values() if p["cap"] is not None)
        for line in (run / "truth.jsonl").read_text().splitlines():
            e = loads(line)
            if e.get("errno"):
                self.told.setdefault(scorer.Truth.key(e), e["t"])
        super().__init__(run, said, 0)

    def endpoint(self, key, e, all_said, end):
        ends, number, me = key
        following = [other["t"] for other in self.truth.connections[ends] if other["conn"] > number]
        until = min(following, default=math.inf)
        packets = [p for p in self.wire.of[ends] if e["t"] - MS <= p["t_in"] < until]
        resets = [self.wire.by_number.get(x.packet) for x in self.truth.steps[key] if x.cause == "rst-received"]
        self.found.append(Case(self.truth.meta, f"{self.run.name} {me} conn {number}", self.truth.errors[key],
                               {x.error for x in all_said if x.error}, evidence(packets, me, self.end),
                               self.told.get(key, 0) > self.end,
                               any(p is None or p["cap"] is None for p in resets)))


class Alike:
    """{evidence: cases}"""

    def __init__(self, cases):
        self.of = defaultdict(list)
        for case in cases:
            self.of[case.shown].append(case)

    def rule(self, case):
        """Return: (the error that most of those got which look like it, what part of them did)."""
        same = self.of[case.shown]
        error, times = Counter(error for other in same for error in other.real).most_common(1)[0]
        return error, times / len(same)

    def why(self, case):
        if case.late:
            return "late"
        if self.rule(case)[1] < WANTED:
            return "alike"
        return "unseen" if case.unseen else "rest"

    def another(self, case):
        return next((other for other in self.of[case.shown] if not other.real & case.real), None)


# ---------------------------------------------------------------- tables

def row_of(n):
    errors, said = n["right"] + n["wrong"] + n["missing"], n["right"] + n["wrong"] + n["invented"]

    def percent(a, b):
        return f"{100 * a / b:.1f}" if b else "-"
    return [errors, percent(n["right"], errors), percent(n["right"], said), n["wrong"], n["invented"], n["missing"],
            *(n[why] for why in (*UNTOLD, "rest")), percent(errors - sum(n[why] for why in UNTOLD), errors)]


def table(cases, alike, by):
    found, total = defaultdict(Counter), Counter()
    for case in cases:
        kinds = [case.kind()] + ([alike.why(case)] if case.kind() == "missing" else [])
        found[case.meta[by]].update(kinds)
        total.update(kinds)
    print(f"{by:22}" + "".join(f" {name:>8}" for name in COLUMNS))
    for name, n in [*sorted(found.items()), ("all", total)]:
        if n["right"] + n["wrong"] + n["missing"] + n["invented"]:
            print(f"{name:22}" + "".join(f" {value:>8}" for value in row_of(n)))
    print()


def tell(case, alike):
    kind = case.kind()
    if kind in ("none", "right"):
        return
    why = f" ({alike.why(case)})" if kind == "missing" else ""
    print(f"{kind}{why}: {case.name}: {'/'.join(sorted(case.real)) or 'none'}, said {'/'.join(case.said) or 'none'}\n"
          f"    {case.shown}")
    other = case.real and alike.another(case)
    if other:
        print(f"    like {other.name}: {'/'.join(sorted(other.real)) or 'none'}; "
              "{} in {:.0%} of {}".format(*alike.rule(case), len(alike.of[case.shown])))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("folders", nargs="+")
    arguments.add_argument("--by", default="profile", help="tables: profile, scenario")
    arguments.add_argument("-v", action="store_true", help="every case that is not right")
    a = arguments.parse_args()
    said_of, cases = functools.partial(scorer.said_by_tcptwin, a.tcptwin), []
    for run in scorer.runs_of(a.folders):
        Cases(run, said_of(run / "capture.pcap"), cases)
    alike = Alike(cases)
    for by in a.by.split(","):
        table(cases, alike, by)
    for case in cases if a.v else ():
        tell(case, alike)


if __name__ == "__main__":
    main()
