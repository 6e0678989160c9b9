"""relations.py - how a capture may be changed, and what must then be said of it

Each relation makes variants of a capture and says what must be said of them: the events said of the
capture itself, with the changes that follow (`expect`), and without the fields that may differ. Those
stand in MAY_DIFFER (said.py), each with its reason; everything else is compared.
"""
import dataclasses
import struct

from capture import (ETHERNET, IP4, RAW, TCP, Packet, addresses_of, adjust_checksum, adjust_partial,
                     all_addresses, checksum_offset, endpoints_of, is_partial, map_addresses, put_transport,
                     words_sum, write_pcap, write_pcapng)
from said import map_addresses_said, map_frames_said

SYN, RST, ACK = 2, 4, 16
SECOND = 10**9
TAG = 7


@dataclasses.dataclass
class Variant:
    label: str
    files: list                      # contents of the input files, in order
    expect: object = lambda events: events
    only: object = None              # compare connections of which this is true, as now said


@dataclasses.dataclass
class Relation:
    name: str                        # row of said.MAY_DIFFER
    variants: object                 # (capture, summary, bound) -> iterator of Variant
    plain: bool = True               # needs every TCP segment to be one that capture.py dissects


def evenly(first, last, bound):
    """At most @bound numbers of first..last, both ends with them."""
    count = last - first + 1
    if count <= bound:
        return list(range(first, last + 1))
    return sorted({first + i * (count - 1) // (bound - 1) for i in range(bound)})


# -- what is around the packets ---------------------------------------------------------------------


def split(capture, summary, bound):
    """The capture as two files. Inputs are read in order of their first packets' times."""
    packets = capture.packets
    for k in evenly(1, len(packets) - 1, bound):
        if packets[k].ts_ns < packets[0].ts_ns:
            continue
        yield Variant(f"in front of packet {k + 1}", [write_pcap(capture.with_packets(packets[:k])),
                                                      write_pcap(capture.with_packets(packets[k:]))])


def whole_microseconds(capture):
    return all(packet.ts_ns % 1000 == 0 for packet in capture.packets)


def precision(capture, summary, bound):
    """A nanosecond capture as a microsecond one."""
    if not whole_microseconds(capture):
        yield Variant("in microseconds", [write_pcap(capture, nanoseconds=False)])


def precision_exact(capture, summary, bound):
    """A microsecond capture as a nanosecond one."""
    if whole_microseconds(capture):
        yield Variant("the other precision", [write_pcap(capture, nanoseconds=not capture.nanoseconds)])


def byte_order(capture, summary, bound):
    yield Variant("big endian", [write_pcap(capture, order=">")])


def pcapng(capture, summary, bound):
    yield Variant("pcapng", [write_pcapng(capture)])


def vlan(capture, summary, bound):
    """An 802.1Q tag in front of whatever each frame holds."""
    if capture.link != ETHERNET or any(len(p.data) < 14 for p in capture.packets):
        return

    def expect(events):
        return [dict(e, vlan_id=TAG) if e["event_type"] == "connection" else e for e in events]

    tag = struct.pack("!HH", 0x8100, TAG)
    packets = [Packet(p.ts_ns, p.data[:12] + tag + p.data[12:], p.wire_len + 4) for p in capture.packets]
    yield Variant("tagged", [write_pcap(capture.with_packets(packets))], expect)


def cut(capture, where):
    """@where(data, layers): the number of bytes that are kept of a TCP segment."""
    packets = list(capture.packets)
    for index, layers in capture.segments():
        p = packets[index]
        if layers.protocol == TCP:
            packets[index] = Packet(p.ts_ns, p.data[:where(p.data, layers)], p.wire_len)
    return write_pcap(capture.with_packets(packets))


def snaplen_headers(capture, summary, bound):
    """Without the payload."""
    if summary["bad_checksums"] or summary["ip_length_zero"]:
        return  # damage can no longer be told; without an IP length the captured length is all there is

    def end_of_header(data, layers):
        return layers.transport + max(20, (data[layers.transport + 12] >> 4) * 4 if
                                      len(data) > layers.transport + 12 else 0)

    yield Variant("at the end of the TCP header", [cut(capture, end_of_header)])


def snaplen_54(capture, summary, bound):
    """Without the payload and the TCP options: 54 bytes on Ethernet."""
    if summary["bad_checksums"] or summary["ip_length_zero"]:
        return
    # a RST alone: only its timestamps show that it came from a socket
    yield Variant("in front of the TCP options", [cut(capture, lambda data, layers: layers.transport + 20)],
                  only=lambda event: event["zeek_history"].strip("RrIi") != "")


# -- what is in the headers -------------------------------------------------------------------------


def swap(capture, summary, bound):
    """Other addresses, in the opposite order: every connection's endpoint 0 becomes endpoint 1."""
    addresses = all_addresses(capture)
    mapping = {}
    for size in (4, 16):
        same = [a for a in addresses if len(a) == size]
        mapping.update(zip(same, reversed(same)))
    packets = list(capture.packets)
    for index, layers in capture.segments():
        packets[index] = map_addresses(packets[index], layers, mapping)
    yield Variant("addresses in the opposite order", [write_pcap(capture.with_packets(packets))],
                  lambda events: map_addresses_said(events, mapping))


def to_ipv6(packet, layers, address):
    """One TCP segment with an IPv6 header. @address: {IPv4: IPv6}."""
    data = packet.data
    old, new = addresses_of(data, layers), [address[a] for a in addresses_of(data, layers)]
    segment = bytearray(data[layers.transport:])
    adjust = adjust_partial if is_partial(data, layers) else adjust_checksum
    adjust(segment, 16, words_sum(b"".join(new)) - words_sum(b"".join(old)))
    payload = layers.ip_len - (layers.transport - layers.ip)
    header = struct.pack("!IHBB", 6 << 28, payload, TCP, data[layers.ip + 8]) + b"".join(new)
    front = data[:layers.ip]
    if front[-2:] == b"\x08\x00":
        front = front[:-2] + b"\x86\xdd"
    longer = 40 - (layers.transport - layers.ip)
    return Packet(packet.ts_ns, bytes(front + header + segment), packet.wire_len + longer)


def ipv6(capture, summary, bound):
    """The same segments over IPv6. ICMP errors have other types there; and two packets that only their IP
    identification tells apart are taken for one that was captured twice."""
    segments = capture.segments()
    if (summary["icmp_errors"] or summary["ip_length_zero"] or summary.get("anomaly_duplicate_capture")
            or capture.link not in (ETHERNET, RAW) or any(l.version != 4 for _, l in segments)):
        return
    address = {a: b"\x20\x01\x0d\xb8" + bytes(8) + a for a in all_addresses(capture)}
    packets, longer = list(capture.packets), {}
    for index, layers in segments:
        packets[index] = to_ipv6(packets[index], layers, address)
    yield Variant("IPv6", [write_pcap(capture.with_packets(packets))],
                  lambda events: map_addresses_said(events, address),
                  lambda connection: not connection["duplicate_packets"])


class Numbers:
    """What is added to the numbers of each sender, so that they wrap in its middle, or @more numbers off it."""

    def __init__(self, capture, more):
        self.fields = {}
        for index, layers in capture.segments():
            if layers.protocol == TCP:
                data = capture.packets[index].data
                sender, receiver = endpoints_of(data, layers)
                seq = struct.unpack("!I", data[layers.transport + 4:layers.transport + 8])[0]
                if seq or not flags_of(data, layers) & RST:
                    self.fields.setdefault((sender, receiver), []).append(seq)
        self.shift = {flow: self.choose(numbers, more) for flow, numbers in self.fields.items()}

    @staticmethod
    def choose(numbers, more):
        """The middle of the range becomes 0; but a RST's number 0 says "none", so nothing else may."""
        ahead = sorted((n - numbers[0] + 2**31) % 2**32 for n in numbers)
        shift = (more - ((ahead[0] + ahead[-1] + 1) // 2 - 2**31 + numbers[0])) % 2**32
        taken = {(-n) % 2**32 for n in numbers}
        while shift in taken:
            shift = (shift + 1) % 2**32
        return shift

    def of(self, sender, receiver):
        return self.shift.get((sender, receiver), 0)


def flags_of(data, layers):
    return data[layers.transport + 13] if len(data) > layers.transport + 13 else 0


def add_number(data, layers, offset, shift):
    at = layers.transport + offset
    if len(data) < at + 4:
        return 0
    number = (struct.unpack("!I", data[at:at + 4])[0] + shift) % 2**32
    return put_transport(data, layers, offset, struct.pack("!I", number))


def sack_edges(data, layers):
    """Offsets, behind the transport header's beginning, of every edge in SACK options."""
    at, end = layers.transport + 20, layers.transport + (data[layers.transport + 12] >> 4) * 4
    while at + 1 < min(end, len(data)) and data[at] != 0:
        length = 1 if data[at] == 1 else data[at + 1]
        if data[at] != 1 and length < 2 or at + length > end:
            return
        if data[at] == 5 and length % 8 == 2:
            yield from range(at + 2 - layers.transport, at + length - layers.transport, 4)
        at += length


def shift_segment(packet, layers, numbers):
    data = bytearray(packet.data)
    sender, receiver = endpoints_of(data, layers)
    mine, peers = numbers.of(sender, receiver), numbers.of(receiver, sender)
    if layers.quoted:  # only the first eight bytes of it are sure to be there
        before = words_sum(data[layers.transport + 4:])
        add_number(data, layers.quoted, 4, mine)
        adjust_checksum(data, checksum_offset(layers), words_sum(data[layers.transport + 4:]) - before)
        return Packet(packet.ts_ns, bytes(data), packet.wire_len)
    flags = flags_of(data, layers)
    seq = struct.unpack("!I", data[layers.transport + 4:layers.transport + 8])[0]
    difference = 0
    if seq or not flags & RST:
        difference += add_number(data, layers, 4, mine)
    if flags & ACK:
        difference += add_number(data, layers, 8, peers)
        if len(data) > layers.transport + 12:
            for offset in list(sack_edges(data, layers)):
                difference += add_number(data, layers, offset, peers)
    if not is_partial(packet.data, layers):
        adjust_checksum(data, checksum_offset(layers), difference)
    return Packet(packet.ts_ns, bytes(data), packet.wire_len)


def wrapped(capture, more):
    """Return: the packets, and whether every checksum that was left to a network card still is: with other numbers
    one may be right by chance."""
    numbers = Numbers(capture, more)
    packets, left = list(capture.packets), True
    for index, layers in capture.segments():
        packets[index] = shift_segment(packets[index], layers, numbers)
        left = left and is_partial(packets[index].data, layers) == is_partial(capture.packets[index].data, layers)
    return packets, left


def wrap(capture, summary, bound):
    """Every sender's numbers wrap in the middle of what it sends."""
    packets = next(packets for packets, left in (wrapped(capture, more) for more in range(100)) if left)
    yield Variant("numbers wrap", [write_pcap(capture.with_packets(packets))])


# -- other packets ----------------------------------------------------------------------------------

FOREIGN = (bytes([198, 51, 100, 7]), bytes([198, 51, 100, 9]))


def frame_of(link, ip_packet):
    if link == ETHERNET:
        return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00" + ip_packet
    return ip_packet


def ip4_packet(protocol, payload):
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + b"".join(FOREIGN)
    header = bytearray(header)
    header[10:12] = struct.pack("!H", ~(words_sum(header[:10] + header[12:]) % 0xFFFF) & 0xFFFF)
    return bytes(header) + payload


def foreign_segment(seq, flags, ack=0, port=40000):
    segment = bytearray(struct.pack("!HHIIBBHHH", port, 80, seq, ack, 0x50, flags, 8192, 0, 0))
    total = words_sum(segment) + words_sum(b"".join(FOREIGN)) + TCP + len(segment)
    segment[16:18] = struct.pack("!H", ~(total % 0xFFFF) & 0xFFFF)
    return ip4_packet(TCP, bytes(segment))


def foreign_packets(link, ts_ns):
    """A SYN of another connection, a datagram, and (on Ethernet) a frame that is not IP."""
    datagram = ip4_packet(17, struct.pack("!HHHH", 53, 40000, 8, 0))
    frames = [frame_of(link, foreign_segment(1000, SYN)), frame_of(link, datagram)]
    if link == ETHERNET:
        frames.append(frame_of(link, b"")[:12] + b"\x88\xcc" + bytes(46))
    return [Packet(ts_ns, data, len(data)) for data in frames]


def is_foreign(event):
    return event.get("client_ip") in ("198.51.100.7", "198.51.100.9")


def foreign(capture, summary, bound):
    """Traffic of others in front of every segment: so that the capture's last segment remains its last."""
    if capture.link not in (ETHERNET, RAW, IP4):
        return
    segments = {index for index, _ in capture.segments()}
    packets, frames = [], {0: 0}
    for index, packet in enumerate(capture.packets):
        if index in segments:
            packets += foreign_packets(capture.link, packet.ts_ns)
        packets.append(packet)
        frames[index + 1] = len(packets)
    yield Variant("in front of every segment", [write_pcap(capture.with_packets(packets))],
                  lambda events: map_frames_said(events, frames), lambda event: not is_foreign(event))


def twice(capture, later_ns):
    packets = []
    for p, following in zip(capture.packets, capture.packets[1:] + [None]):
        apart = min(later_ns, following.ts_ns - p.ts_ns) if following else later_ns
        packets += [p, Packet(p.ts_ns + max(0, apart), p.data, p.wire_len)]
    frames = {number: 2 * number - 1 for number in range(1, len(capture.packets) + 1)}
    return Variant(f"every packet twice, {later_ns} ns apart", [write_pcap(capture.with_packets(packets))],
                   lambda events: map_frames_said(events, {0: 0, **frames}), all_copies_told)


def all_copies_told(connection):
    """Where there is no IP identification, not every copy can be told from another packet like it."""
    return 2 * connection["duplicate_packets"] >= connection["client_packets"] + connection["server_packets"]


def duplicate(capture, summary, bound):
    """A mirror port that shows every packet twice."""
    yield twice(capture, 0)


def duplicate_states(capture, summary, bound):
    """The states are the same even where copies are taken for packets of their own."""
    yield dataclasses.replace(twice(capture, 0), only=None)


def duplicate_later(capture, summary, bound):
    if not summary["time_regressions"]:
        yield twice(capture, 20000)


# -- several captures in one ------------------------------------------------------------------------
#
# Each capture of a group moves among hosts of its own, and to about the same time; that is what is said
# of it alone. Then all of them are one capture, in which they must not disturb each other.

ANCHOR_NS = 400 * SECOND  # later than every timer
QUICK_NS = 4 * SECOND     # shorter than what is concluded for its quiet


def can_be_grouped(capture, summary):
    return capture.link in (ETHERNET, RAW) and summary["tcp_packets"] > 0


def rehouse(capture, number, start_ns):
    """The same capture among hosts of its own and at another time; the order of addresses is kept."""
    mapping = {}
    for k, address in enumerate(all_addresses(capture), 1):
        mapping[address] = (struct.pack("!BBH", 10, 100 + number, k) if len(address) == 4
                            else b"\x20\x01\x0d\xb8\x00" + struct.pack("!BQH", number, 0, k))
    packets = list(capture.packets)
    for index, layers in capture.segments():
        packets[index] = map_addresses(packets[index], layers, mapping)
    later = start_ns - packets[0].ts_ns
    return capture.with_packets([Packet(p.ts_ns + later, p.data, p.wire_len) for p in packets])


def house_of(event):
    """The number that rehouse() had."""
    address = event["client_ip"]
    return int(address.split(".")[1]) - 100 if "." in address else int(address.split(":")[2] or "0", 16)


def anchored(capture, ts_ns):
    """With a SYN of others long after everything, so that packet time goes equally far."""
    data = frame_of(capture.link, foreign_segment(5000, SYN, port=41000))
    return capture.with_packets(capture.packets + [Packet(ts_ns, data, len(data))])


def in_order_of_time(captures):
    order = []
    for number, capture in enumerate(captures):
        latest = 0  # the order within each is kept
        for k, packet in enumerate(capture.packets):
            latest = max(latest, packet.ts_ns)
            order.append((latest, number, k))
    return sorted(order)


def in_turns(captures):
    """One packet of each in turn: between captures, times go back."""
    return sorted((k, number, k) for number, capture in enumerate(captures) for k in range(len(capture.packets)))


def interleave(captures, order):
    """Return: one capture, and the frame of each packet of each."""
    frames = [{0: 0} for _ in captures]
    for place, (_, number, k) in enumerate(order, 1):
        frames[number][k + 1] = place
    return captures[0].with_packets([captures[n].packets[k] for _, n, k in order]), frames


class Group:
    """Captures that were moved apart; `alone` are the files of each by itself."""

    def __init__(self, captures):
        start = 1_700_000_000 * SECOND
        self.moved = [rehouse(c, n, start + n * 370_000) for n, c in enumerate(captures)]
        for capture in self.moved:  # one file has one precision
            capture.nanoseconds = True
        self.end_ns = max(p.ts_ns for c in self.moved for p in c.packets) + ANCHOR_NS
        self.quick = all(p.ts_ns < start + QUICK_NS for c in self.moved for p in c.packets)
        self.alone = [write_pcap(anchored(c, self.end_ns)) for c in self.moved]

    def variants(self, said, bound):
        """@said: what is said of each alone. Yields (row of said.MAY_DIFFER, Variant)."""
        orders = [("in order of time", in_order_of_time(self.moved))]
        if self.quick:
            orders.append(("in turns", in_turns(self.moved)))
        for label, order in orders:
            together, frames = interleave(self.moved, order)

            def expect(_, frames=frames):
                return [e for f, events in zip(frames, said)
                        for e in map_frames_said([e for e in events if "client_ip" in e and not is_foreign(e)], f)]

            yield "merge", Variant(label, [write_pcap(anchored(together, self.end_ns))], expect,
                                   lambda event: not is_foreign(event))
            if label == "in order of time":
                yield from self.without_one(together, order, expect(None), bound)

    def without_one(self, together, order, said, bound):
        """Without one packet only the capture that it was of changes."""
        packets = together.packets
        for k in evenly(0, len(packets) - 1, bound):
            owner = order[k][1]
            frames = {f: f - (f > k) for f in range(len(packets) + 1)}
            left = anchored(together.with_packets(packets[:k] + packets[k + 1:]), self.end_ns)
            others = [e for e in said if house_of(e) != owner]
            yield "drop", Variant(f"packet {k + 1}", [write_pcap(left)],
                                  lambda _, others=others, frames=frames: map_frames_said(others, frames),
                                  lambda event, owner=owner: not is_foreign(event) and house_of(event) != owner)


RELATIONS = [
    Relation("split", split, plain=False),
    Relation("precision", precision, plain=False),
    Relation("precision exact", precision_exact, plain=False),
    Relation("byte order", byte_order, plain=False),
    Relation("pcapng", pcapng, plain=False),
    Relation("vlan", vlan, plain=False),
    Relation("snaplen headers", snaplen_headers),
    Relation("snaplen 54", snaplen_54),
    Relation("swap", swap),
    Relation("ipv6", ipv6),
    Relation("wrap", wrap),
    Relation("foreign", foreign, plain=False),
    Relation("duplicate", duplicate, plain=False),
    Relation("duplicate states", duplicate_states, plain=False),
    Relation("duplicate later", duplicate_later, plain=False),
]
