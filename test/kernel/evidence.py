"""evidence.py - whether a capture can show a transition at all

For each transition: ("pkt", time) when a captured packet is it, answers it or acknowledges it, with
the earliest time at which that packet passed the tap; ("timer", None) for a silent decision of the
host that no packet tells; ("none", None) when the packets that would tell were not captured. A rule
of thumb per transition: it does not see that one packet fits two histories.
"""
from records import MS, behind, is_syn_ack, other

SILENT = ("timeout", "timer", "listener-closed")


class Evidence:
    def __init__(self, records, one, side):
        every = one.packets(records)
        captured = one.captured(records)
        self.isn, self.tuple_wire = one.isn.get(side), records.wire.get(one.key, ())
        self.own = [p for p in captured if p["dir"] == side]
        self.peer = [p for p in captured if p["dir"] == other(side)]
        self.fin = next(((p["seq"] + p["len"] + ("S" in p["fl"])) & 0xffffffff for p in every
                         if p["dir"] == side and "F" in p["fl"] and not p.get("forged")), None)
        # a capture without a SYN starts in the middle: what was left before left no trace
        self.begins = min(p["t_tap"] for p in captured) - 20 * MS if captured and one.is_midstream(records) else None

    def acks_fin(self, p):
        return self.fin is not None and "A" in p["fl"] and behind(p["ack"], self.fin) >= 1

    def of(self, transitions):
        return [self.of_one(x, following) for x, following in zip(transitions, [*transitions[1:], None])]

    def of_one(self, x, following):
        if self.begins is not None and (x.new in ("SYN-SENT", "SYN-RECEIVED")
                                        or following and following.t < self.begins):
            return "none", None
        if x.cause == "icmp":
            return "pkt", None
        if x.cause in SILENT or (x.cause == "app-close" and x.new == "CLOSED"):
            # a RST sent out of the dead state gives it away later
            later = [p["t_tap"] for p in self.own if "R" in p["fl"] and p["t_in"] >= x.t - MS and not p.get("forged")]
            return ("pkt", min(later)) if later else ("timer", None)
        times = [p["t_tap"] for p in self.witnesses(x)]
        return ("pkt", min(times)) if times else ("none", None)

    def witnesses(self, x):
        sent = [p for p in self.own if p["t_in"] >= x.t - MS]
        if x.new == "SYN-SENT":
            return ([p for p in self.own if "S" in p["fl"] and p["seq"] == self.isn]
                    or [p for p in self.peer if is_syn_ack(p)])
        if x.new == "SYN-RECEIVED":
            return [p for p in sent if is_syn_ack(p)] or \
                [p for p in self.peer if p["fl"] == "A" and self.isn is not None and behind(p["ack"], self.isn) == 1 and
                 p["t_in"] > x.t]
        if x.cause == "rst-sent":
            return [p for p in self.own if "R" in p["fl"] and p["t_in"] >= x.t - 5 * MS]
        if x.new in ("FIN-WAIT-1", "LAST-ACK"):
            return [p for p in self.own if "F" in p["fl"]] or [p for p in self.peer if self.acks_fin(p)]
        if x.cause == "reused":
            return [p for p in self.tuple_wire
                    if p["cap"] is not None and p["fl"] == "S" and p["t_in"] >= x.t - 20 * MS]
        return self.copies(x) or self.answers(x, sent)

    def copies(self, x):
        """Captured copies of the segment that caused it"""
        cause = x.packet
        if cause is None:
            return []
        same = [p for p in self.peer if p["t_tap"] <= x.t and
                all(p[name] == cause[name] for name in ("seq", "fl", "ack", "len"))]
        return same or ([cause] if cause["cap"] is not None else [])

    def answers(self, x, sent):
        cause = x.packet
        if x.new == "ESTABLISHED":
            return [p for p in sent if not set("SR") & set(p["fl"])]
        if x.new == "FIN-WAIT-2" or x.cause == "fin-acked":
            return [p for p in self.peer if self.acks_fin(p)]
        if x.cause == "fin-received":
            return [p for p in self.peer if "F" in p["fl"]] or \
                [p for p in sent
                 if cause is not None and "A" in p["fl"] and behind(p["ack"], cause["seq"]) > cause["len"]]
        if x.cause == "rst-received":
            return [p for p in self.peer if "R" in p["fl"]]
        return [p for p in sent if cause is not None and "A" in p["fl"]]
