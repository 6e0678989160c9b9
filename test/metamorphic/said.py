"""said.py - what tcptwin says of a capture, and what may differ in it when the capture is changed

    parse() -> events -> map_..._said() -> differences(name, expected, actual)

MAY_DIFFER is the one place where a relation is excused from comparing something.
"""
import json
import socket

# {relation: {(kind of event, field): reason}}. "*" is every kind of event; a field that begins or ends
# with * stands for all that end or begin so.
ADDRESSES = {
    ("*", "conn_id"): "a hash of the addresses, among others",
    ("connection", "community_id"): "a hash of the addresses",
    ("connection", "wireshark_filter"): "spells the addresses; they are compared by themselves",
}
FRAMES = {
    ("connection", "wireshark_filter"): "spells the frames; they are compared by themselves",
    ("connection", "wireshark_stream"): "counts the others' connections as well",
    ("summary", "*"): "counts the others' packets as well",
}
TIMES = {
    ("*", "ts"): "cut to microseconds",
    ("*", "*_ts"): "cut to microseconds",
    ("*", "*_ns"): "differences of times that were cut to microseconds",
}
COPIES = {
    ("summary", "*"): "counts of packets",
    ("anomaly", "*"): "counts of packets, or of what a copy without an IP identification looks like",
    **{("connection", f"*_{count}"): "counts packets" for count in (
        "packets", "bytes", "retrans_packets", "retrans_bytes", "dup_acks", "keepalives", "zero_windows",
        "out_of_order")},
    ("connection", "duplicate_packets"): "what was added",
    ("connection", "truncated_packets"): "counts packets",
    ("connection", "bad_checksums"): "counts packets",
    ("connection", "last_frame"): "the copy",
    ("connection", "wireshark_filter"): "spells the frames",
}
MAY_DIFFER = {
    "split": {("summary", "files"): "two now"},
    "precision": {**TIMES, ("*", "conn_id"): "the first time goes into it where no SYN was seen"},
    "precision exact": {},
    "byte order": {},
    "pcapng": {},
    "vlan": {},
    "snaplen headers": {},
    "swap": ADDRESSES,
    "ipv6": {
        **ADDRESSES,
        ("connection", "ip_version"): "what was changed",
        ("summary", "anomaly_*"): "counts connections that are left out as well",
        **{("summary", sum_of_all): "counts connections that are left out as well"
           for sum_of_all in ("lost_*", "gap_bytes", "confidence")},
        ("connection", "client_bytes"): "the header is 20 bytes longer",
        ("connection", "server_bytes"): "the header is 20 bytes longer",
    },
    "wrap": {
        ("*", "conn_id"): "a hash of the client's initial number, among others",
        ("connection", "client_isn"): "what was changed; transitions show relative numbers",
        ("connection", "server_isn"): "what was changed; transitions show relative numbers",
    },
    "foreign": FRAMES,
    "merge": FRAMES,
    "drop": FRAMES,
    "duplicate": COPIES,
    "duplicate later": {
        **COPIES,
        ("connection", "last_ts"): "the copy's",
        ("connection", "ts"): "the copy's",
        ("connection", "*_ns"): "durations that end with the connection end with the copy",
        ("connection", "verdict_text"): "spells durations",
    },
}
# The same, of a connection whose opening was not captured. What tells the way to its hosts is learnt from others
# like it, in the order in which they depart; and that is when packet time, also of other traffic, passes.
LEARNT = {
    ("transition", "endpoint_ts"): "the way to the host",
    ("transition", "dwell_ns"): "a difference of such times",
    ("connection", "*_app_error_ts"): "the way to the host",
    ("connection", "*_ns"): "differences of such times",
}
MAY_DIFFER_UNOPENED = {"merge": LEARNT, "drop": LEARNT, "foreign": LEARNT}
# Relations that take evidence away compare only this: {relation: {kind of event: fields}}.
STATES = {
    "transition": ("endpoint", "from_state", "to_state"),
    "connection": ("client_state", "server_state", "outcome", "closed_by", "reset_by", "handshake"),
}
ONLY = {
    "snaplen 54": STATES,
    "duplicate states": STATES,
}
# Where that makes a difference, other guesses may follow, but nothing certain that is not said of the whole capture:
# what is said to be observed or confirmed of an end must be among its states there, in that order.
MAY_GUESS = {"snaplen 54"}
CERTAIN = ("observed", "confirmed")
# Relations that change times by less than a microsecond, which may decide what came first at two ends: these
# compare each end's steps in its own order.
EACH_END = {"precision"}

# {(relation, end of a capture's path): reason}: single captures of the corpus.
EXCUSED = {
    ("snaplen 54", "output-eve-anomaly-02/input.pcap"): "the timestamps show which segment a RST was sent before",
    ("snaplen 54", "brocon2015/pcaps/id1.cn-inject.pcap"): "the timestamps tell what was injected",
    ("snaplen 54", "Traces/vlan-collisions.pcap"): "two VLANs with the same connection: the timestamps tell them apart",
    ("wrap", "Traces/tcp/syn-then-ack-then-rst.pcap"):
        "made by hand: the RST has the number of an acknowledgment of 0",
    ("wrap", "Traces/tcp/syn-then-stuff-then-rst.pcap"):
        "made by hand: the RST has the number of an acknowledgment of 0",
    **{("swap", f"unit_tests/pcaps/{name}"):
           "so many hosts that some share a place in the table of distances: which of "
       "them is forgotten depends on their addresses" for name in ("capture2.pcap", "dns_packet.capture2.pcap")},
}


EXCUSED |= {("ipv6", end): "IPv6 does not count packets: that a FIN was lost in front of the tap does not show"
            for end in (
    "Traces/dnp3/dnp3_file_read.pcap", "Traces/http/206_example_c.pcap", "tls/tls-subjectaltname/input.pcap",
    "synq_overflow.caploss1.s1/capture.pcap", "synq_overflow.caploss5.s1/capture.pcap")}
EXCUSED |= {("snaplen 54", f"forged_other.{profile}.s1/capture.pcap"):
                "the missing timestamps are all that tells of a forged FIN"
            for profile in ("caploss1", "caploss5", "clean", "dup", "loss1", "loss5", "mixed", "preloss",
                            "reorder", "tapA", "tapB")}


def parse(output):
    return [json.loads(line) for line in output.splitlines()]


# -- what a change of the capture makes of what was said --------------------------------------------


def spell(address):
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


def map_addresses_said(events, mapping):
    spelled = {spell(old): spell(new) for old, new in mapping.items()}
    fields = ("client_ip", "server_ip", "endpoint_ip")
    return [{**e, **{f: spelled[e[f]] for f in fields if f in e}} for e in events]


def map_frames_said(events, frames):
    fields = ("frame", "proof_frame", "first_frame", "last_frame")
    return [{**e, **{f: frames[e[f]] for f in fields if f in e}} for e in events]


# -- comparing --------------------------------------------------------------------------------------


def matches(pattern, field):
    if pattern.startswith("*"):
        return field.endswith(pattern[1:])
    return field.startswith(pattern[:-1]) if pattern.endswith("*") else field == pattern


def compared(name, event, connection=None):
    """The fields of @event, of @connection, that @name compares."""
    kind = event["event_type"]
    if name in ONLY:
        return {f: event[f] for f in ONLY[name].get(kind, ()) if f in event}
    rows = dict(MAY_DIFFER[name])
    if connection and connection["handshake"] == "unseen":
        rows.update(MAY_DIFFER_UNOPENED.get(name, {}))
    free = [field for (of, field) in rows if of in ("*", kind)]
    if (kind, "*") in MAY_DIFFER[name]:
        return {}
    return {f: v for f, v in event.items() if not any(matches(pattern, f) for pattern in free)}


FINDING_FIELDS = ("finding_code", "severity", "side", "port", "connections", "count", "of")


def group(name, events, only):
    """{connection: its events}: by its ends (unordered) and incarnation; the summary by itself.
    Return: them, and the connections of which @only is not true."""
    groups, collected, left_out = {}, {}, set()
    for event in events:
        if event["event_type"] == "summary":
            if name not in ONLY and ("summary", "*") not in MAY_DIFFER[name]:
                groups["summary"] = [compared(name, event)]
            continue
        if event["event_type"] == "finding":  # of all connections together, as the summary
            if name not in ONLY and ("summary", "*") not in MAY_DIFFER[name]:
                groups.setdefault("findings", []).append({f: event.get(f) for f in FINDING_FIELDS})
            continue
        ends = frozenset(((event["client_ip"], event["client_port"]), (event["server_ip"], event["server_port"])))
        collected.setdefault(ends, []).append(event)
        if event["event_type"] == "connection":
            key = (tuple(sorted(ends)), event["incarnation"])
            groups[key] = [told for told in (compared(name, e, event) for e in collected.pop(ends)) if told]
            if name in ONLY or name in EACH_END:  # in the order of each endpoint
                groups[key].sort(key=lambda e: e.get("endpoint", ""))
            if only and not only(event):
                left_out.add(key)
    groups.get("findings", []).sort(key=str)
    return groups, left_out


def steps(events):
    """{connection: {end: [(state, basis)]}}"""
    found, collected = {}, {}
    for e in events:
        if e["event_type"] not in ("transition", "connection"):
            continue
        ends = tuple(sorted(((e["client_ip"], e["client_port"]), (e["server_ip"], e["server_port"]))))
        if e["event_type"] == "transition":
            collected.setdefault(ends, {}).setdefault(e["endpoint"], []).append((e["to_state"], e["basis"]))
        else:
            found[ends, e["incarnation"]] = collected.pop(ends, {})
    return found


def is_among(certain, states):
    left = iter(states)
    return all(state in left for state in certain)


def only_guesses(expected, actual):
    """Whether all that is certain in @actual, {end: [(state, basis)]}, is said in @expected."""
    return all(is_among([state for state, basis in said if basis in CERTAIN],
                        [state for state, _ in expected.get(end, [])])
               for end, said in actual.items())


def differences(name, expected, actual, only=None):
    """Return: lines of text, one for each difference."""
    want, _ = group(name, expected, None)
    have, left_out = group(name, actual, only)
    lines = [f"{key}: {'not said' if key in want else 'said'}" for key in (want.keys() ^ have.keys()) - left_out]
    whole, cut = (steps(expected), steps(actual)) if name in MAY_GUESS else ({}, {})
    for key in (want.keys() & have.keys()) - left_out:
        found = event_differences(key, want[key], have[key])
        if not (found and key in whole and key in cut and only_guesses(whole[key], cut[key])):
            lines += found
    return sorted(lines)


def event_differences(key, want, have):
    if len(want) != len(have):
        return [f"{key}: {len(have)} events, not {len(want)}:\n{brief(have)}\n  instead of\n{brief(want)}"]
    lines = []
    for number, (w, h) in enumerate(zip(want, have)):
        lines += [f"{key}: event {number} ({w.get('event_type')} {w.get('trigger') or w.get('anomaly_code')}): "
                  f"{field} is {h.get(field)!r}, not {w.get(field)!r}"
                  for field in sorted(w.keys() | h.keys()) if w.get(field) != h.get(field)]
    return lines


def brief(events):
    fields = ("endpoint", "from_state", "to_state", "basis", "trigger", "anomaly_code", "count", "frame", "outcome")
    return "\n".join("    " + " ".join(str(e[f]) for f in fields if f in e) for e in events)
