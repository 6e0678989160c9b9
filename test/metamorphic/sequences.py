"""sequences.py - short sequences of segments, every one of some kinds, in a capture

No capture in the wild has them all: what follows what on a tuple of which nothing was seen before. Each sequence has
hosts of its own, so that none learns of another, and a time of its own.
"""
import itertools
import struct

from capture import RAW, TCP, Capture, Packet, words_sum

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
INITIAL = (1_000_000, 2_000_000)  # of the first and the second end
START_NS, STEP_NS = 1_700_000_000 * 10**9, 10_000_000
APART_NS = 400 * 10**9            # later than every timer

# A segment: flags, number, acknowledgment, payload bytes; relative to the ends' first numbers.
KINDS = [(ACK, 1, 1, 0), (PSH | ACK, 1, 1, 10), (FIN | ACK, 1, 1, 0), (RST, 1, 0, 0), (RST | ACK, 0, 1, 0),
         (SYN, 0, 0, 0),
         (SYN, 1, 0, 0), (SYN | ACK, 0, 1, 0), (SYN | ACK, 0, 2, 0)]
LAST = ((0, KINDS[0]),)
SENT = [(side, kind) for kind in KINDS for side in (0, 1)]


def ip4_segment(addresses, side, kind, ip_id):
    flags, seq, ack, length = kind
    ends = b"".join(addresses[::-1] if side else addresses)
    tcp = bytearray(struct.pack("!HHIIBBHHH", *((80, 40000) if side else (40000, 80)), INITIAL[side] + seq,
                                INITIAL[not side] + ack if flags & ACK else 0, 0x50, flags, 8192, 0, 0) + bytes(length))
    tcp[16:18] = struct.pack("!H", ~((words_sum(tcp) + words_sum(ends) + TCP + len(tcp)) % 0xFFFF) & 0xFFFF)
    header = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), ip_id, 0x4000, 64, TCP, 0) + ends)
    header[10:12] = struct.pack("!H", ~(words_sum(header) % 0xFFFF) & 0xFFFF)
    return bytes(header + tcp)


def capture_of(sequences, identified):
    """One capture of all sequences, one after the other, and a packet more, so that none lasts until its end.
    @identified: packets have an IP identification, each of a sequence its own."""
    packets, ts_ns = [], START_NS
    for number, sequence in enumerate([*sequences, LAST]):
        addresses = [struct.pack("!BBH", 10, 2 * (number >> 16) + end, number & 0xFFFF) for end in (0, 1)]
        for place, (side, kind) in enumerate(sequence):
            data = ip4_segment(addresses, side, kind, place + 1 if identified else 0)
            packets.append(Packet(ts_ns, data, len(data)))
            ts_ns += STEP_NS
        ts_ns += APART_NS
    return Capture(RAW, packets, True)


def spell(sequence):
    letters = [(SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (ACK, "A")]
    return ", ".join(f"{'AB'[side]} {''.join(c for bit, c in letters if flags & bit)} {seq}:{seq + length} {ack}"
                     for side, (flags, seq, ack, length) in sequence)


def number_of(address):
    """Of the sequence that has this host."""
    _, high, *low = (int(byte) for byte in address.split("."))
    return (high // 2 << 16) + low[0] * 256 + low[1]


def beginning_with(first):
    """All of up to three segments that begin with @first."""
    return [(first, *rest) for length in range(3) for rest in itertools.product(SENT, repeat=length)]
