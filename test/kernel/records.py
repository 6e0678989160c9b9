"""records.py - what one run wrote down, put in order for truth.py

Three sources, one clock (CLOCK_MONOTONIC, nanoseconds), one key per tuple, (IP version, port of A,
port of B):

    wire      the packets, as dictionaries of the wire's log (wire.c)
    small     what sock_diag said of small sockets (kernel.py)
    events    the kernel's trace: of full sockets every change of state, as one Chain per socket;
              errors reported, resets sent and received, retransmissions
"""
import errno
import json
import re
from collections import Counter, defaultdict

MS = 1000000
SECOND = 1000 * MS
# the kernel's numbers
ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT2, TIME_WAIT, CLOSE, LISTEN, CLOSING, LAST_ACK, NEW_SYN_RECV = \
    1, 2, 3, 5, 6, 7, 10, 11, 9, 12
NAME = {1: "ESTABLISHED", 2: "SYN-SENT", 3: "SYN-RECEIVED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 6: "TIME-WAIT",
        7: "CLOSED",
        8: "CLOSE-WAIT", 9: "LAST-ACK", 10: "LISTEN", 11: "CLOSING", 12: "SYN-RECEIVED"}


# ---------------------------------------------------------------- times: decimal seconds, exactly

def seconds(ns):
    """What dumps() writes as a JSON number: a double would lose the nanoseconds."""
    return "@%d.%09d" % divmod(ns, SECOND)


def dumps(value, **how):
    return re.sub(r'"@(\d+\.\d+)"', r"\1", json.dumps(value, **how))


def nanoseconds(text):
    whole, _, fraction = text.partition(".")
    return int(whole) * SECOND + int((fraction + "000000000")[:9])


def loads(line):
    """Decimal numbers become nanoseconds."""
    return json.loads(line, parse_float=nanoseconds)


# ---------------------------------------------------------------- names and numbers

def endpoint(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def error_name(number):
    """Python calls EOPNOTSUPP by its other name."""
    return "EOPNOTSUPP" if number == errno.EOPNOTSUPP else errno.errorcode.get(number, str(number))


def other(side):
    return "B" if side == "A" else "A"


def behind(a, b):
    """How far sequence number a is behind b (negative: in front of it)."""
    distance = (a - b) & 0xffffffff
    return distance - (1 << 32) if distance & 0x80000000 else distance


def is_syn_ack(p):
    return p["fl"].startswith("SA")


def reaches(p):
    """Whether the receiver's TCP gets it."""
    return p["dlv"] and not p.get("corrupt")


class Chain:
    """One full socket: its changes of state, (t, old, new)."""

    def __init__(self, t, active):
        self.t0, self.active = t, active
        self.side = self.key = None
        self.bound = None  # (side, IP version, peer's port) while its own port is not known
        self.steps = []


class Records:
    def __init__(self, events, small, packets, app, hosts, t1, epoch_offset):
        """hosts: {"A": {"ip4": , "ip6": }, "B": ...}; t1: when the run ended"""
        self.hosts, self.app, self.t1, self.epoch_offset = hosts, app, t1, epoch_offset
        self.side_of = {address: side for side in "AB" for address in hosts[side].values()}
        self.warnings = Counter()
        self.packets = len(packets)
        self.wire, self.small = defaultdict(list), defaultdict(list)
        self.errors, self.resets_in, self.resets_out = defaultdict(list), defaultdict(list), defaultdict(list)
        self.retransmitted = Counter()
        self.listeners, self.listener_closed = [], defaultdict(list)
        self.chains, self.sockets = [], {}
        for p in packets:
            self.take_packet(p)
        for change in small:
            side, address, port, _, peer_port = change["k"]
            self.small[side, self.key(side, address, port, peer_port)].append(change)
        for e in events:
            self.take_event(e)
        for kind in (*self.wire.values(), *self.small.values()):
            kind.sort(key=lambda one: one.get("t_in", one.get("t")))
        self.name_chains()

    def key(self, side, address, port, peer_port):
        version = 6 if ":" in address else 4
        return (version, port, peer_port) if side == "A" else (version, peer_port, port)

    def ends(self, side, key):
        """(local, remote), written out"""
        version, port_a, port_b = key
        a, b = (endpoint(self.hosts[s][f"ip{version}"], port) for s, port in (("A", port_a), ("B", port_b)))
        return (a, b) if side == "A" else (b, a)

    def small_of(self, side, key, since):
        return [change for change in self.small.get((side, key), ()) if change["t"] >= since]

    def take_packet(self, p):
        if "sport" not in p:
            return
        for name in ("t_in", "t_tap", "t_out"):
            if p[name] is not None:
                p[name] -= self.epoch_offset
        self.wire[self.key(p["dir"], p["src"], p["sport"], p["dport"])].append(p)

    def take_event(self, e):
        side = self.side_of.get(e.get("src"))
        if side is None:  # of another run, or of nobody's
            return
        if e["ev"] == "inet_sock_set_state":
            if e["protocol"] == 6:
                self.take_state(side, e)
            return
        key = side, self.key(side, e["src"], e["sport"], e["dport"])
        if e["ev"] == "inet_sk_error_report":
            if e["error"]:
                self.errors[key].append((e["t"], e["error"]))
        elif e["ev"] == "tcp_receive_reset":
            self.resets_in[key].append(e["t"])
        elif e["ev"] == "tcp_send_reset":
            self.resets_out[key].append(e["t"])
        else:
            self.retransmitted[key] += 1

    def take_state(self, side, e):
        old, new, t = e["oldstate"], e["newstate"], e["t"]
        if (old, new) in ((CLOSE, LISTEN), (LISTEN, CLOSE)):
            self.listeners.append((t, side, endpoint(e["src"], e["sport"]), NAME[old], NAME[new]))
            if new == CLOSE:
                self.listener_closed[side, 6 if ":" in e["src"] else 4, e["sport"]].append(t)
            self.sockets.pop(e["skaddr"], None)
            return
        if (old, new) in ((CLOSE, SYN_SENT), (LISTEN, SYN_RECV)):
            self.sockets[e["skaddr"]] = Chain(t, old == CLOSE)
            self.chains.append(self.sockets[e["skaddr"]])
        chain = self.sockets.get(e["skaddr"])
        if chain is None:
            return
        if e["dst"] in self.side_of and e["sport"] and e["dport"]:
            chain.side, chain.key = side, self.key(side, e["src"], e["sport"], e["dport"])
        elif chain.key is None and e["dport"] and old == CLOSE:
            chain.bound = side, 6 if ":" in e["src"] else 4, e["dport"]
        chain.steps.append((t, old, new))
        if new == CLOSE:
            del self.sockets[e["skaddr"]]

    def name_chains(self):
        """Find the tuples that the trace did not tell, and leave out what never was a connection."""
        for chain in self.chains:
            if chain.key is None and chain.bound:
                self.find_by_syn(chain)
        nameless = [chain for chain in self.chains if chain.key is None or chain.side is None]
        if nameless:
            self.warnings["chains_without_tuple"] += len(nameless)
        self.chains = [chain for chain in self.chains if chain.key and chain.side and not self.sent_nothing(chain)]

    def find_by_syn(self, chain):
        """A connect() that was never answered: its SYN is on the wire."""
        side, version, peer_port = chain.bound
        for key, packets in self.wire.items():
            if key[0] == version and key[2 if side == "A" else 1] == peer_port and any(
                    p["dir"] == side and p["fl"] == "S" and 0 <= p["t_in"] - chain.t0 < 5 * MS for p in packets):
                chain.side, chain.key = side, key
                return

    def sent_nothing(self, chain):
        """A connect() that failed at once (EADDRNOTAVAIL)"""
        return chain.active and len(chain.steps) == 2 and chain.steps[1][2] == CLOSE and \
            chain.steps[1][0] - chain.t0 < MS and not any(
                p["dir"] == chain.side and "S" in p["fl"] and -MS < p["t_in"] - chain.t0 < 2 * MS
                for p in self.wire.get(chain.key, ()))
