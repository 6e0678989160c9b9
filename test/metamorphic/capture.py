"""capture.py - captures as lists of packets: read, dissect, edit, write

    read_capture(path) -> Capture -> edits -> write_pcap() or write_pcapng()

Only what the relations need: pcap of either byte order and precision, and pcapng with one interface;
Ethernet (with VLAN tags), raw IP, BSD loopback and Linux cooked frames; IPv4 without fragments, IPv6
without extension headers; TCP, and ICMP errors that quote TCP. Whatever else a capture holds is carried
along unchanged; relations that rewrite packets must not be used where it is TCP (Capture.is_plain()).

Checksums are adjusted by the difference (RFC 1624), so that a right one stays right and a wrong one
stays wrong.
"""
import dataclasses
import struct

ETHERNET, NULL, RAW, COOKED, IP4, IP6 = 1, 0, 101, 113, 228, 229
TCP, ICMP, ICMP6 = 6, 1, 58
ICMP_ERRORS = {ICMP: (3, 11, 12), ICMP6: (1, 2, 3, 4)}


class Unsupported(Exception):
    """A format, a link type or a damage that this module leaves to others."""


@dataclasses.dataclass
class Packet:
    ts_ns: int
    data: bytes
    wire_len: int


@dataclasses.dataclass
class Capture:
    link: int
    packets: list
    nanoseconds: bool

    def with_packets(self, packets):
        return Capture(self.link, packets, self.nanoseconds)

    def segments(self):
        """[(index, Layers)] of the packets that hold TCP, or an ICMP error about TCP."""
        found = []
        for index, packet in enumerate(self.packets):
            layers = dissect(self.link, packet.data)
            if layers:
                found.append((index, layers))
        return found


# -- files ------------------------------------------------------------------------------------------


def read_capture(path):
    with open(path, "rb") as file:
        blob = file.read()
    magic = blob[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(blob)
    for order in "<>":
        if len(blob) >= 24 and struct.unpack(order + "I", magic)[0] in (0xA1B2C3D4, 0xA1B23C4D):
            return read_pcap(blob, order)
    raise Unsupported("format")


def read_pcap(blob, order):
    nanoseconds = struct.unpack(order + "I", blob[:4])[0] == 0xA1B23C4D
    link = struct.unpack(order + "I", blob[20:24])[0]
    if link & 0xFFFF0000:
        raise Unsupported("link flags")
    packets, at = [], 24
    while at < len(blob):
        if at + 16 > len(blob):
            raise Unsupported("truncated")
        seconds, fraction, captured, wire = struct.unpack(order + "IIII", blob[at:at + 16])
        at += 16
        if at + captured > len(blob) or captured > 262144 or wire < captured:
            raise Unsupported("truncated")
        ts_ns = seconds * 10**9 + fraction * (1 if nanoseconds else 1000)
        packets.append(Packet(ts_ns, blob[at:at + captured], wire))
        at += captured
    return Capture(link, packets, nanoseconds)


def read_pcapng(blob):
    if len(blob) < 28 or blob[8:12] != b"\x4d\x3c\x2b\x1a":
        raise Unsupported("byte order")
    link, unit_ns, packets, at = None, 1000, [], 0
    while at + 12 <= len(blob):
        kind, length = struct.unpack("<II", blob[at:at + 8])
        body = blob[at + 8:at + length - 4]
        if length < 12 or length % 4 or at + length > len(blob):
            raise Unsupported("truncated")
        if kind == 1:
            if link is not None:
                raise Unsupported("several interfaces")
            link, unit_ns = struct.unpack("<H", body[:2])[0], interface_unit_ns(body[8:])
        elif kind == 6:
            high, low, captured, wire = struct.unpack("<IIII", body[4:20])
            packets.append(Packet(((high << 32) + low) * unit_ns, body[20:20 + captured], wire))
        elif kind in (2, 3):
            raise Unsupported("packets without times")
        elif kind == 0x0A0D0D0A and at:
            raise Unsupported("several sections")
        at += length
    if link is None or at != len(blob):
        raise Unsupported("truncated")
    return Capture(link, packets, unit_ns == 1)


def interface_unit_ns(options):
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack("<HH", options[at:at + 4])
        if code == 9:
            if options[at + 4] not in (6, 9):
                raise Unsupported("time resolution")
            return 10 ** (9 - options[at + 4])
        if code == 14:
            raise Unsupported("time offset")
        at += 4 + (length + 3) // 4 * 4
    return 1000


def write_pcap(capture, order="<", nanoseconds=None):
    nanoseconds = capture.nanoseconds if nanoseconds is None else nanoseconds
    unit = 1 if nanoseconds else 1000
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, capture.link)]
    for packet in capture.packets:
        seconds, rest = divmod(packet.ts_ns, 10**9)
        out.append(struct.pack(order + "IIII", seconds, rest // unit, len(packet.data), packet.wire_len))
        out.append(packet.data)
    return b"".join(out)


def write_pcapng(capture):
    out = [struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)]
    options = struct.pack("<HHBxxxHH", 9, 1, 9, 0, 0)  # if_tsresol: nanoseconds
    out.append(struct.pack("<IIHHI", 1, 20 + len(options), capture.link, 0, 262144) + options
               + struct.pack("<I", 20 + len(options)))
    for packet in capture.packets:
        padded = packet.data + bytes(-len(packet.data) % 4)
        length = 32 + len(padded)
        out.append(struct.pack("<IIIIIII", 6, length, 0, packet.ts_ns >> 32, packet.ts_ns & 0xFFFFFFFF,
                               len(packet.data), packet.wire_len) + padded + struct.pack("<I", length))
    return b"".join(out)


# -- layers -----------------------------------------------------------------------------------------


@dataclasses.dataclass
class Layers:
    """Where the headers of one IP packet stand; `quoted` is the packet inside an ICMP error."""
    ip: int
    version: int
    protocol: int
    transport: int
    ip_len: int  # of the whole IP packet, by its header
    quoted: object = None


def ip_offset(link, data):
    if link in (RAW, IP4, IP6):
        return 0
    if link == NULL:
        return 4
    if link == COOKED:
        return 16 if data[14:16] in (b"\x08\x00", b"\x86\xdd") else None
    if link != ETHERNET:
        raise Unsupported(f"link type {link}")
    at = 12
    while data[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    return at + 2 if data[at:at + 2] in (b"\x08\x00", b"\x86\xdd") else None


def dissect(link, data):
    """Return: Layers of a TCP segment or an ICMP error about one, or None."""
    at = ip_offset(link, data)
    if at is None:
        return None
    layers = dissect_ip(data, at)
    if not layers or layers.protocol == TCP:
        return layers
    if len(data) <= layers.transport or data[layers.transport] not in ICMP_ERRORS[layers.protocol]:
        return None
    layers.quoted = dissect_ip(data, layers.transport + 8)
    return layers if layers.quoted and layers.quoted.protocol == TCP else None


def dissect_ip(data, at):
    version = data[at] >> 4 if len(data) > at else 0
    if version == 4 and len(data) >= at + 20:
        length, _, fragment = struct.unpack("!HHH", data[at + 2:at + 8])
        protocol, transport = data[at + 9], at + (data[at] & 15) * 4
        if fragment & 0x3FFF or protocol not in (TCP, ICMP) or transport < at + 20:
            return None
    elif version == 6 and len(data) >= at + 40:
        length, protocol, transport = struct.unpack("!H", data[at + 4:at + 6])[0] + 40, data[at + 6], at + 40
        if protocol not in (TCP, ICMP6):
            return None
    else:
        return None
    if len(data) < transport + 8:
        return None
    return Layers(at, version, protocol, transport, length)


def addresses_of(data, layers):
    """Return: (source, destination)."""
    at, size = (layers.ip + 12, 4) if layers.version == 4 else (layers.ip + 8, 16)
    return bytes(data[at:at + size]), bytes(data[at + size:at + 2 * size])


def ports_of(data, layers):
    return struct.unpack("!HH", data[layers.transport:layers.transport + 4])


def endpoints_of(data, layers):
    """Return: ((address, port) of the sender, of the receiver); of an ICMP error, of what it quotes."""
    layers = layers.quoted or layers
    source, target = addresses_of(data, layers)
    sport, dport = ports_of(data, layers)
    return (source, sport), (target, dport)


# -- edits ------------------------------------------------------------------------------------------


def words_sum(data):
    data = bytes(data) + bytes(len(data) % 2)
    return sum(struct.unpack(f"!{len(data) // 2}H", data))


def adjust_checksum(data, offset, difference):
    """Change the checksum at @offset, if it was captured, as the sum of what it covers changed."""
    if len(data) < offset + 2:
        return
    total = (~struct.unpack("!H", data[offset:offset + 2])[0] & 0xFFFF) + difference
    total %= 0xFFFF
    data[offset:offset + 2] = struct.pack("!H", ~total & 0xFFFF)


def is_partial(data, layers):
    """Whether its checksum is what a sender leaves to its card: the pseudo-header's sum; and not right by chance."""
    at = layers.transport + 16
    if layers.protocol != TCP or len(data) < at + 2:
        return False
    size, start = (4, 12) if layers.version == 4 else (16, 8)
    total = words_sum(data[layers.ip + start:layers.ip + start + 2 * size]) + TCP
    length = layers.ip_len - (layers.transport - layers.ip)
    segment = data[layers.transport:layers.transport + length]
    if len(segment) == length and (total + length + words_sum(segment)) % 0xFFFF == 0:
        return False
    field = struct.unpack("!H", data[at:at + 2])[0]
    return field % 0xFFFF in (total % 0xFFFF, (total + length) % 0xFFFF)


def adjust_partial(data, offset, difference):
    """As adjust_checksum(), of one that is not inverted yet."""
    total = (struct.unpack("!H", data[offset:offset + 2])[0] + difference) % 0xFFFF
    data[offset:offset + 2] = struct.pack("!H", total or 0xFFFF)


def checksum_offset(layers):
    return layers.transport + (16 if layers.protocol == TCP else 2)


def put_transport(data, layers, offset, value):
    """Write @value at @offset behind the transport header's beginning, as far as that was captured."""
    at = layers.transport + offset
    value = value[:max(0, len(data) - at)]
    low, high = at - offset % 2, at + len(value)
    before = words_sum(data[low:high])
    data[at:high] = value
    return words_sum(data[low:high]) - before


def set_addresses(data, layers, source, target):
    """Both addresses of @layers, with the checksums that cover them. Return: what its own bytes changed by."""
    size = len(source)
    at = layers.ip + (12 if layers.version == 4 else 8)
    difference = words_sum(source + target) - words_sum(data[at:at + 2 * size])
    adjust = adjust_partial if is_partial(data, layers) else adjust_checksum
    data[at:at + 2 * size] = source + target
    if layers.version == 4:
        adjust_checksum(data, layers.ip + 10, difference)
    if layers.protocol != ICMP:
        adjust(data, checksum_offset(layers), difference)
    return difference


def map_addresses(packet, layers, mapping):
    """The same packet between other hosts. @mapping: {address: address}."""
    data = bytearray(packet.data)
    if layers.quoted:  # the error's checksum covers the quoted packet
        before = words_sum(data[layers.transport + 4:])
        set_addresses(data, layers.quoted, *(mapping[a] for a in addresses_of(data, layers.quoted)))
        adjust_checksum(data, checksum_offset(layers), words_sum(data[layers.transport + 4:]) - before)
    set_addresses(data, layers, *(mapping[a] for a in addresses_of(data, layers)))
    return Packet(packet.ts_ns, bytes(data), packet.wire_len)


def all_addresses(capture):
    """Every address of a TCP segment or ICMP error, IPv4 first, in order."""
    found = set()
    for index, layers in capture.segments():
        data = capture.packets[index].data
        found.update(addresses_of(data, layers))
        if layers.quoted:
            found.update(addresses_of(data, layers.quoted))
    return sorted(found, key=lambda a: (len(a), a))
