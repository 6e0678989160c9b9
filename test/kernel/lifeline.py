"""lifeline.py - the states that one endpoint of one connection went through

Full sockets are in the trace. What is not:

    SYN-RECEIVED of a passive open is a request socket. It begins when the first SYN-ACK that
        acknowledges this connection's SYN leaves the host. If no full socket comes of it, it ends by a
        RST (LISTEN), by a timeout (CLOSED, dated by the polls), or by the ACK that no longer finds its
        listener (CLOSED). With SYN cookies the kernel keeps nothing; where that shows, the connection
        has the flag stateless-syn-received.
    FIN-WAIT-2 -> CLOSED in the trace is the full socket making way for a small one: TIME-WAIT if the
        peer's FIN had been received, CLOSED if a RST was sent or received at that moment, else an
        orphan in FIN-WAIT-2. What becomes of that follows from the packets delivered to it, by the
        rules of RFC 9293 and Linux: FIN in sequence -> TIME-WAIT, data or SYN -> CLOSED (RST sent), RST ->
        CLOSED, nothing -> CLOSED when the polls no longer find it.
    CLOSING -> CLOSED in the trace is TIME-WAIT if a segment arrived at that moment; else nobody answered
        the FIN, and the kernel gave up.
    TIME-WAIT ends after 60 s (the kernel's timer wheel makes it up to 64), by an exact RST, or when
        its tuple is used again (cause `reused`).
"""
import bisect
import errno

from records import (CLOSE, CLOSING, FIN_WAIT2, LAST_ACK, LISTEN, MS, NAME, NEW_SYN_RECV, SYN_RECV, SYN_SENT, TIME_WAIT,
                     behind, is_syn_ack, other, reaches)

TIME_WAIT_NS = 60 * 1000 * MS
POLLED = 30 * MS       # how far a poll may be behind what it shows
FOREVER = 1 << 62
BY_ICMP = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EACCES)
CAUSE = {"SYN-SENT": "app-connect", "SYN-RECEIVED": "syn-received", "FIN-WAIT-1": "app-close", "LAST-ACK": "app-close",
         "FIN-WAIT-2": "fin-acked", "CLOSE-WAIT": "fin-received", "CLOSING": "fin-received"}


class Transition:
    def __init__(self, t, old, new, cause, packet=None, error=0):
        self.t, self.old, self.new, self.cause, self.packet, self.errno = t, old, new, cause, packet, error


class Received:
    """How far one endpoint has received: RCV.NXT as time goes on, relative to the peer's SYN."""

    def __init__(self, lifeline):
        self.steps, self.t_fin = [(lifeline.one.t0, 1)], None
        self.waiting, self.next, self.fin = [], 1, None
        base = lifeline.one.isn.get(lifeline.peer)
        if base is None:
            self.steps = []
            return
        sent = [p for p in lifeline.packets() if p["dir"] == lifeline.side and not p.get("forged")]
        # data in a SYN (Fast Open) count only if this side's SYN-ACK acknowledged them
        in_syn = max([behind(q["ack"], base) - 1 for q in sent if is_syn_ack(q)] or [0])
        ends = SentSoFar(sent)
        for p in lifeline.delivered():
            if not ends.allows(p) or not self.counts(p, in_syn):
                continue
            start = behind(p["seq"], base) + ("S" in p["fl"])
            self.take(p, start, start + p["len"])
            if self.t_fin:
                return

    @staticmethod
    def counts(p, in_syn):
        if "R" in p["fl"] or not set("SA") & set(p["fl"]):
            return False
        return "S" not in p["fl"] or p["len"] > 0 and ("A" in p["fl"] or p["len"] <= in_syn)

    def take(self, p, start, end):
        if start > self.next + (1 << 22) or end < self.next - (1 << 24):
            return
        if "F" in p["fl"] and end >= self.next and self.fin is None:
            self.fin = end
        self.waiting.append((start, end))
        while fitting := [e for s, e in self.waiting if s <= self.next < e]:
            self.next = max(fitting)
        self.waiting = [(s, e) for s, e in self.waiting if e > self.next]
        if self.next == self.fin:
            self.next += 1
            self.t_fin = p["t_out"]
        if self.steps[-1][1] != self.next:
            self.steps.append((p["t_out"], self.next))

    def at(self, t):
        return max([number for when, number in self.steps if when <= t] or [1])


class SentSoFar:
    """A segment that acknowledges what was never sent is discarded (its sender took a forged one)."""

    def __init__(self, sent):
        self.sent, self.read, self.end = sent, 0, None

    def allows(self, p):
        while self.read < len(self.sent) and self.sent[self.read]["t_in"] <= p["t_out"]:
            q = self.sent[self.read]
            end = (q["seq"] + q["len"] + ("S" in q["fl"]) + ("F" in q["fl"])) & 0xffffffff
            if self.end is None or behind(end, self.end) > 0:
                self.end = end
            self.read += 1
        return self.end is None or "A" not in p["fl"] or behind(p["ack"], self.end) <= 0


class Lifeline:
    def __init__(self, records, one, side, later):
        """one: the incarnation (truth.py); later: those of the same tuple that follow it"""
        self.records, self.one, self.side, self.peer, self.later = records, one, side, other(side), later
        self.wire = records.wire.get(one.key, [])
        self.transitions = []
        self.time_wait_end = None
        self.follow()

    def packets(self):
        return self.one.packets(self.records)

    def delivered(self):
        """What reached this endpoint, in the order its kernel got it."""
        return sorted((p for p in self.wire if p["dir"] == self.peer and reaches(p) and p["t_out"] >= self.one.t0),
                      key=lambda p: p["t_out"])

    def say(self, *what):
        self.transitions.append(Transition(*what))

    # ------------------------------------------------------------ SYN-RECEIVED of a passive open

    def syn_acks(self):
        base = self.one.isn[self.peer]
        return [p for p in self.wire if p["dir"] == self.side and is_syn_ack(p) and not p.get("forged") and
                p.get("dup_of") is None and self.one.t0 <= p["t_in"] < self.one.t1
                and 1 <= behind(p["ack"], base) < 65536]

    def passive(self, chain):
        """Episodes that were only request sockets, each from its first SYN-ACK on"""
        if self.peer not in self.one.isn:
            return
        syn_acks = self.syn_acks()
        if syn_acks:  # with SYN cookies each has a number of its own
            self.one.isn[self.side] = next((p for p in syn_acks if reaches(p)), syn_acks[0])["seq"]
        limit, after = (chain.t0 if chain else self.one.t1), self.one.t0
        for p in syn_acks:
            if p["t_in"] < after:
                continue
            if chain and p["t_in"] > limit + MS:
                return
            t = min(p["t_in"], limit)
            self.say(t, "LISTEN", "SYN-RECEIVED", "syn-received", p)
            after = self.end_of_request(chain, t)
            if after is None:
                return

    def end_of_request(self, chain, t):
        """Return: when the polls no longer found it, or None if no other episode can follow."""
        polled = self.records.small_of(self.side, self.one.key, t)
        seen = [x["t"] for x in polled if x["st"] in (SYN_RECV, NEW_SYN_RECV)]
        renewed = self.renewed(t)
        if renewed and not any(seen_at < renewed["t_in"] for seen_at in seen):
            self.say(t + 10 * MS, "SYN-RECEIVED", "CLOSED", "timeout")
            return renewed["t_in"]
        gone = next((x["t"] for x in polled
                     if seen and x["t"] > seen[0] and x["st"] not in (SYN_RECV, NEW_SYN_RECV)), None)
        if chain and (gone is None or gone >= chain.t0 - POLLED):
            return None  # the full socket took over
        if not chain and self.outlived_listener(t, gone):
            return None
        if not seen and not chain:
            self.unpolled_request(t)
        if gone is not None:
            self.polled_end(t, gone)
        return gone

    def renewed(self, t):
        """Return: the next SYN-ACK, if it has another number: the request was gone, sooner than a poll could see it."""
        syn_acks = [p for p in self.syn_acks() if p["t_in"] >= t]
        return next((p for p in syn_acks if p["seq"] != syn_acks[0]["seq"]), None)

    def listener_closed(self):
        version, port_a, port_b = self.one.key
        return self.records.listener_closed.get((self.side, version, port_a if self.side == "A" else port_b), [])

    def outlived_listener(self, t, gone):
        """A request socket outlives its listener until the final ACK, which is answered by a RST."""
        closed = [x for x in self.listener_closed() if x > t - 50 * MS]
        acks = [p for p in self.wire if closed and p["dir"] == self.peer and reaches(p) and "A" in p["fl"] and
                "S" not in p["fl"] and max(t, closed[0]) < p["t_out"] < self.one.t1]
        if not acks or (gone is not None and gone < acks[0]["t_out"] - POLLED):
            return False
        reset = "R" in acks[0]["fl"]
        self.say(acks[0]["t_out"], "SYN-RECEIVED", "LISTEN" if reset else "CLOSED",
                 "rst-received" if reset else "rst-sent", acks[0])
        return True

    def unpolled_request(self, t):
        """It was gone before a poll could see it: by a RST, or it never was (SYN cookies)."""
        base = self.one.isn[self.peer]
        for p in self.wire:
            if p["dir"] == self.peer and reaches(p) and "R" in p["fl"] and t < p["t_out"] < self.one.t1 and \
                    behind(p["seq"], base) == 1:
                self.say(p["t_out"], "SYN-RECEIVED", "LISTEN", "rst-received", p)
                return
        self.one.flags.add("stateless-syn-received")

    def polled_end(self, t, gone):
        since = gone - 150 * MS
        resets = [p for p in self.wire if p["dir"] == self.peer and reaches(p) and "R" in p["fl"] and
                  max(t, since) <= p["t_out"] <= gone]
        closed = [x for x in self.listener_closed() if since <= x <= gone]
        if resets:
            self.say(resets[-1]["t_out"], "SYN-RECEIVED", "LISTEN", "rst-received", resets[-1])
        elif closed:
            self.say(closed[-1], "SYN-RECEIVED", "CLOSED", "listener-closed")
        else:
            self.say(gone - 10 * MS, "SYN-RECEIVED", "CLOSED", "timeout")

    # ------------------------------------------------------------ small sockets after the close

    def orphan(self, t, received):
        """FIN-WAIT-2 without an application, from t on"""
        polled = self.records.small_of(self.side, self.one.key, t)
        first = next((x["t"] for x in polled if x["st"] == FIN_WAIT2), FOREVER)
        gone = next((x["t"] for x in polled if x["st"] != FIN_WAIT2 and x["t"] > first), None)
        base, due = self.one.isn.get(self.peer), received.at(t)
        for p in self.delivered() if base is not None else ():
            if p["t_out"] <= t:
                continue
            if gone and p["t_out"] > gone:
                break
            state, cause = self.orphan_gets(p, behind(p["seq"], base), due)
            if state:
                self.say(p["t_out"], "FIN-WAIT-2", state, cause, p)
                if state == "TIME-WAIT":
                    self.time_wait(p["t_out"], received)
                return
        if gone:
            self.say(gone - 10 * MS, "FIN-WAIT-2", "CLOSED", "timeout")

    @staticmethod
    def orphan_gets(p, start, due):
        """Return: (new state or None, cause)."""
        end = start + p["len"] + ("F" in p["fl"]) + ("S" in p["fl"])
        if "R" in p["fl"]:
            return ("CLOSED", "rst-received") if due - 1 <= start <= due + (1 << 20) else (None, None)
        if "S" in p["fl"]:
            return ("CLOSED", "rst-sent") if start >= due else (None, None)
        if "A" not in p["fl"] or end <= due or p["len"] == 0 and "F" not in p["fl"] or start > due + (1 << 22):
            return None, None
        if "F" in p["fl"] and end == due + 1:
            return "TIME-WAIT", "fin-received"
        return "CLOSED", "rst-sent"

    def time_wait(self, t, received):
        delivered = [p for p in self.delivered() if p["t_out"] > t]
        polled = self.records.small_of(self.side, self.one.key, t)
        first = next((x["t"] for x in polled if x["st"] == TIME_WAIT), None)
        gone = next((x["t"] for x in polled if first is not None and x["t"] > first and x["st"] != TIME_WAIT), None)
        self.time_wait_end = self.restarted(t, delivered)
        limit = gone or self.records.t1
        mine = next((i.chains[self.side].t0 for i in self.later
                     if self.side in i.opener and self.side in i.chains), None)
        if mine and mine <= limit + POLLED:
            self.say(mine, "TIME-WAIT", "CLOSED", "reused")
            return
        for p in delivered if first is None or gone else ():
            if p["t_out"] > limit + 60 * MS:
                break
            cause = None if gone and p["t_out"] < gone - 150 * MS else self.ends_time_wait(p, received)
            if cause:
                self.say(p["t_out"], "TIME-WAIT", "CLOSED", cause, p)
                return
        if gone and gone < self.records.t1:
            if abs(gone - self.time_wait_end) > 5000 * MS:
                self.records.warnings["timewait_gone_unexplained"] += 1
            self.say(min(gone, max(self.time_wait_end, gone - 20 * MS)), "TIME-WAIT", "CLOSED", "timer")

    def restarted(self, t, delivered):
        """When the timer runs out: every segment that is answered restarts it."""
        end = t + TIME_WAIT_NS
        for p in delivered:
            if p["t_out"] < end and "A" in p["fl"] and not set("RS") & set(p["fl"]) and \
                    (not self.later or p["t_out"] < self.later[0].t0):
                end = p["t_out"] + TIME_WAIT_NS
        return end

    def ends_time_wait(self, p, received):
        base = self.one.isn.get(self.peer)
        start = behind(p["seq"], base) if base is not None else None
        if "R" in p["fl"] and start == received.at(FOREVER):
            return "rst-received"
        if p["fl"] == "S" and (start is None or start > received.at(FOREVER)):
            return "reused"
        return "reused" if "S" in p["fl"] and "A" not in p["fl"] and self.later else None

    # ------------------------------------------------------------ the whole line

    def follow(self):
        chain = self.one.chains.get(self.side)
        if chain is None or not chain.active:
            self.passive(chain)
        if chain is None:
            return
        if chain.active:
            self.learn_peer()
        elif not self.transitions or self.transitions[-1].new != "SYN-RECEIVED":
            self.say(chain.t0, "LISTEN", "SYN-RECEIVED", "syn-received")
        received, delivered = Received(self), self.delivered()
        for t, old, new in chain.steps:
            if t > self.records.t1:
                return
            if old == new or (old, new) == (LISTEN, SYN_RECV):  # close() after shutdown() sets the state again
                continue
            if not self.step(t, old, new, received, delivered):
                return

    def learn_peer(self):
        if self.side not in self.one.isn:
            self.records.warnings["no_syn_on_wire"] += 1
        if self.peer not in self.one.isn:
            mine = self.one.isn.get(self.side)
            syns = [p for p in self.packets() if p["dir"] == self.peer and "S" in p["fl"] and not p.get("forged") and
                    (mine is None or not is_syn_ack(p) or 1 <= behind(p["ack"], mine) < 65536)]
            for p in [p for p in syns if reaches(p)][:1] or syns[:1]:
                self.one.isn[self.peer] = p["seq"]

    def step(self, t, old, new, received, delivered):
        """One change of state in the trace. Return: whether the next one still belongs to the socket."""
        at = bisect.bisect_right([p["t_out"] for p in delivered], t + MS // 20) - 1
        trigger = delivered[at] if at >= 0 and t - delivered[at]["t_out"] < 8 * MS else None
        key, error = (self.side, self.one.key), 0
        reset_in = any(t - 0.4 * MS <= x <= t + 0.1 * MS for x in self.records.resets_in[key])
        # data with the ACK of the FIN: it says no before the trace does
        at_once = 4 * MS if trigger and trigger["len"] else 0.6 * MS
        reset_out = any(abs(x - t) <= at_once for x in self.records.resets_out[key])
        gave_up = old == CLOSING and trigger is None
        if new == CLOSE and old in (FIN_WAIT2, CLOSING) and not reset_in and not reset_out and not gave_up:
            if old == CLOSING or (received.t_fin is not None and received.t_fin <= t):
                self.say(t, NAME[old], "TIME-WAIT", "fin-acked" if old == CLOSING else "fin-received", trigger)
                self.time_wait(t, received)
            else:
                self.orphan(t, received)
            return False
        if new == CLOSE:
            error = next((number for when, number in self.records.errors[key] if abs(when - t) <= MS), 0)
            cause = self.why_closed(old, error, reset_in, reset_out, trigger)
        elif NAME[new] == "ESTABLISHED":
            cause = "syn-ack-received" if old == SYN_SENT else "ack-received"
        else:
            cause = CAUSE[NAME[new]]
        if cause.startswith("app") or cause == "timeout" or \
                cause == "rst-sent" and trigger and t - trigger["t_out"] >= MS:
            trigger = None
        self.say(t, NAME[old], NAME[new], cause, trigger, error)
        return True

    @staticmethod
    def why_closed(old, error, reset_in, reset_out, trigger):
        if reset_in:
            return "rst-received"
        if error == errno.ETIMEDOUT:
            return "timeout"
        if error in BY_ICMP:
            return "icmp"
        if reset_out:
            return "rst-sent"
        if old == LAST_ACK and trigger:
            return "fin-acked"
        return "app-close" if old == SYN_SENT else "timeout"
