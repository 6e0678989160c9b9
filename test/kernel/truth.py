"""truth.py - from the records of a run to what its endpoints really did

The connections of one tuple are numbered from 1 by each new active open (a simultaneous open is one
connection); every socket in the trace belongs to one of them. lifeline.py says what states each
endpoint went through, evidence.py what a capture can know of it. truth.jsonl has one object per line, in
the order of time; `kind` is

    state     {t, side, local, remote, conn, old, new, cause, errno?, obs, t_obs, pkt?, expected_end?,
              transient?}: one transition; pkt: number of the causing packet in the wire's log;
              expected_end: of TIME-WAIT; transient: it lasted less than 2 ms
    conn      {t, conn, a, b, opener, flags, first_captured, packets, captured, delivered, rexmit, final}
    listener  CLOSED and LISTEN of listening sockets, which are no connection
    error     an error the kernel reported on a socket
    app       what a system call told the application, of a connection

`cause` is one of app-connect, syn-received, syn-ack-received, ack-received, app-close, fin-acked,
fin-received, rst-received, rst-sent, icmp, timeout, timer, listener-closed, reused.

Where the polls of sock_diag could have seen a small socket, they must have: `checks` counts
agreements (diag_agrees_*) and everything else that was doubtful (doubts()).
"""
from collections import Counter, defaultdict

from evidence import Evidence
from lifeline import Lifeline
from records import (CLOSE, MS, NEW_SYN_RECV, SYN_RECV, TIME_WAIT, Records, dumps, endpoint, error_name, is_syn_ack,
                     reaches, seconds)

AGREES = "diag_agrees_"
NOBODY = {"LISTEN", "CLOSED"}
# of a call, not of a connection: nothing was sent, there is no such socket any more, or none that is connected
LOCAL = {"EADDRNOTAVAIL", "EADDRINUSE", "EBADF", "ENOENT", "ENOTCONN"}


def doubts(checks):
    return {name: count for name, count in checks.items() if not name.startswith(AGREES)}


class Incarnation:
    """One connection of a tuple"""

    def __init__(self, key, number, t0):
        self.key, self.number, self.t0, self.t1 = key, number, t0, None
        self.chains, self.isn, self.opener, self.flags = {}, {}, set(), set()

    def packets(self, records):
        return [p for p in records.wire.get(self.key, ()) if self.t0 - MS <= p["t_in"] < self.t1]

    def captured(self, records):
        return [p for p in self.packets(records) if p["cap"] is not None]

    def is_midstream(self, records):
        captured = self.captured(records)
        return bool(captured) and not any("S" in p["fl"] and not p.get("forged") for p in captured)

    def takes_opener(self, chain):
        """Whether this active open is the other half of a simultaneous one."""
        return self.chains and chain.side not in self.chains and all(
            c.active and not (c.steps[-1][2] == CLOSE and c.steps[-1][0] < chain.t0) for c in self.chains.values())


class Nobody:
    """Who opens a connection in a host's name by a forged SYN: the host has no socket for it."""

    def __init__(self, key, syn):
        self.key, self.syn, self.t0, self.active = key, syn, syn["t_in"], True


def forged_openings(records):
    """Of the forged SYNs those that the other host answers with a SYN-ACK."""
    for key, packets in records.wire.items():
        for syn in [p for p in packets if p.get("forged") and p["fl"] == "S" and reaches(p)]:
            if any(p["dir"] != syn["dir"] and is_syn_ack(p) and p["ack"] == (syn["seq"] + 1) & 0xffffffff and
                   syn["t_out"] <= p["t_in"] < syn["t_out"] + 5 * MS for p in packets):
                yield Nobody(key, syn)


def incarnations_of(records):
    """{tuple: [Incarnation]}"""
    found = defaultdict(list)
    for chain in sorted([*records.chains, *forged_openings(records)], key=lambda chain: chain.t0):
        line, forged = found[chain.key], isinstance(chain, Nobody)
        if chain.active:
            wanted = line[-1:] if line and not forged and line[-1].takes_opener(chain) else []
        else:
            wanted = [i for i in line if chain.side not in i.chains and i.t0 <= chain.t0][-1:]
            if not wanted:
                records.warnings["child_without_opener"] += 1
        if not wanted:
            wanted = [Incarnation(chain.key, len(line) + 1, chain.t0)]
            line += wanted
        if forged:
            wanted[0].isn[chain.syn["dir"]] = chain.syn["seq"]
            continue
        wanted[0].chains[chain.side] = chain
        if chain.active:
            wanted[0].opener.add(chain.side)
    for line in found.values():
        for one, following in zip(line, [*line[1:], None]):
            one.t1 = following.t0 if following else records.t1
            learn_isn(records, one)
    return found


def learn_isn(records, one):
    for side in one.opener:
        for p in records.wire.get(one.key, ()):
            if (p["dir"] == side and "S" in p["fl"] and not p.get("forged")
                    and one.chains[side].t0 - MS <= p["t_in"] < one.t1):
                one.isn[side] = p["seq"]
                break


class Builder:
    def __init__(self, records, cookies):
        """cookies: B always answers with SYN cookies, and so keeps no state in SYN-RECEIVED"""
        self.records, self.cookies = records, cookies
        self.incarnations = incarnations_of(records)
        self.lines = []  # (t, object)
        self.states = {"A": set(), "B": set()}
        self.evidence = Counter()
        self.transitions = 0

    def time(self, t):
        return seconds(t + self.records.epoch_offset)

    def say(self, order, t, kind, **what):
        self.lines.append((order, {"kind": kind, "t": self.time(t), **what}))

    def build(self):
        for t, side, local, old, new in self.records.listeners:
            if t <= self.records.t1:
                self.say(t, t, "listener", side=side, local=local, old=old, new=new)
                self.states[side].update((old, new))
        for line in self.incarnations.values():
            for one in line:
                self.connection(one, line[one.number:])
        self.errors()
        self.app()
        self.lines.sort(key=lambda line: line[0])

    def connection(self, one, later):
        lifelines = {}
        for side in sorted("AB", key=lambda side: side not in one.isn):  # the opener knows its peer's SYN
            lifelines[side] = Lifeline(self.records, one, side, later)
            lifelines[side].transitions = [x for x in lifelines[side].transitions if x.t <= self.records.t1]
        if self.cookies:
            one.flags.add("stateless-syn-received")
        if any(p.get("forged") for p in one.packets(self.records)):
            one.flags.add("forged")
        if one.is_midstream(self.records):
            one.flags.add("midstream")
        for side in "AB":
            self.check(one, side, lifelines[side].transitions)
            self.endpoint(one, side, lifelines[side])
        self.summary(one, {side: lifelines[side].transitions for side in "AB"})

    def endpoint(self, one, side, lifeline):
        local, remote = self.records.ends(side, one.key)
        transitions = lifeline.transitions
        evidence = Evidence(self.records, one, side).of(transitions)
        before = None
        for x, (obs, t_obs), following in zip(transitions, evidence, [*transitions[1:], None]):
            if before and before.new != x.old and not {before.new, x.old} <= NOBODY:
                self.records.warnings["discontinuous"] += 1
            more = {"errno": error_name(x.errno)} if x.errno else {}
            more |= {"obs": obs, "t_obs": self.time(t_obs) if t_obs else None}
            if x.packet is not None:
                more["pkt"] = x.packet["n"]
            if x.new == "TIME-WAIT" and lifeline.time_wait_end:
                more["expected_end"] = self.time(lifeline.time_wait_end)
            if following and following.t - x.t < 2 * MS:
                more["transient"] = True
            self.say(x.t, x.t, "state", side=side, local=local, remote=remote, conn=one.number, old=x.old, new=x.new,
                     cause=x.cause, **more)
            self.states[side].update((x.old, x.new))
            self.evidence[obs] += 1
            self.transitions += 1
            before = x

    def check(self, one, side, transitions):
        """Hold the small sockets against the polls."""
        for x, following in zip(transitions, [*transitions[1:], None]):
            end = following.t if following else self.records.t1
            if x.new not in ("TIME-WAIT", "SYN-RECEIVED") or end - x.t < 60 * MS:
                continue
            if x.new == "SYN-RECEIVED" and (side in one.opener or "stateless-syn-received" in one.flags):
                continue
            wanted = (TIME_WAIT,) if x.new == "TIME-WAIT" else (SYN_RECV, NEW_SYN_RECV)
            seen = any(p["st"] in wanted and p["t"] <= end
                       for p in self.records.small_of(side, one.key, x.t - 200 * MS))
            self.records.warnings[(AGREES if seen else "diag_missing_") + x.new] += 1

    def summary(self, one, transitions):
        packets, captured = one.packets(self.records), one.captured(self.records)
        a, b = self.records.ends("A", one.key)
        first = min([x.t for side in "AB" for x in transitions[side]] or [one.t0])
        self.say(first - 1, first, "conn", conn=one.number, a=a, b=b, opener="".join(sorted(one.opener)),
                 flags=sorted(one.flags),
                 first_captured=self.time(min(p["t_tap"] for p in captured)) if captured else None,
                 packets=sum(not p.get("forged") for p in packets), captured=len(captured),
                 delivered=sum(p["dlv"] for p in packets),
                 rexmit={side: self.records.retransmitted[side, one.key] for side in "AB"},
                 final={side: transitions[side][-1].new if transitions[side] else None for side in "AB"})

    def number_at(self, key, t, side):
        """Of the connection that the side's socket then belonged to: the peer may have begun anew already."""
        begun = [one for one in self.incarnations.get(key, ()) if one.t0 <= t]
        own = [one for one in begun if side in one.chains and one.chains[side].t0 <= t]
        return max([one.number for one in own or begun] or [0])

    def errors(self):
        for (side, key), errors in self.records.errors.items():
            local, remote = self.records.ends(side, key)
            for t, number in errors:
                if t <= self.records.t1:
                    self.say(t, t, "error", side=side, local=local, remote=remote, conn=self.number_at(key, t, side),
                             errno=error_name(number))

    def app(self):
        shut = set()  # who writes after its own shutdown() gets EPIPE, whatever became of the connection
        for call in self.records.app:
            sock = call["side"], call["since"]
            if call["op"] == "shutdown" and not call["errno"]:
                shut.add(sock)
            if not call["local"] or not call["remote"] or call["errno"] in LOCAL or \
                    call["errno"] == "EPIPE" and sock in shut:
                continue
            key = self.records.key(call["side"], call["local"][0], call["local"][1], call["remote"][1])
            self.say(call["t"], call["t"], "app", side=call["side"], local=endpoint(*call["local"]),
                     remote=endpoint(*call["remote"]), conn=self.number_at(key, call["since"], call["side"]),
                     op=call["op"],
                     errno=call["errno"])


def build(events, small, packets, app, meta, t1):
    """Return: (lines of truth.jsonl, its summary)."""
    records = Records(events, small, packets, app, meta["hosts"], t1, meta["epoch_off_ns"])
    builder = Builder(records, meta["sysctl"].get("sysctlB", {}).get("tcp_syncookies") == 2)
    builder.build()
    return [dumps(line) for _, line in builder.lines], {
        "connections": sum(map(len, builder.incarnations.values())), "transitions": builder.transitions,
        "packets": records.packets, "obs": dict(builder.evidence),
        "states": {side: sorted(builder.states[side]) for side in "AB"}, "checks": dict(records.warnings)}
