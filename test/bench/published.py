"""The workload `real`: published captures one after the other, again and again, until there are enough frames.

Classic pcap files of the shared corpus with Ethernet frames. Each begins where the one before ended, and each round
some minutes after the last, so that no connection goes on in the next.
"""
import struct

ORDERS = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
          b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
SECOND = 10**9
GAP = 300 * SECOND
ETHERNET, SNAPLEN = 1, 262144


def frames_of(path):
    """[(ns, wire length, bytes)]; what stands before damage counts."""
    data = path.read_bytes()
    if len(data) < 24 or data[:4] not in ORDERS:
        return []
    order, unit = ORDERS[data[:4]]
    if struct.unpack(order + "I", data[20:24])[0] & 0xffff != ETHERNET:
        return []
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, caplen, wirelen = struct.unpack_from(order + "IIII", data, at)
        if caplen > SNAPLEN or at + 16 + caplen > len(data):
            break
        frames.append((seconds * SECOND + fraction * unit, wirelen, data[at + 16:at + 16 + caplen]))
        at += 16 + caplen
    return frames


def write(capture, corpus, packets):
    """Return: whether there was anything to write."""
    sources = [frames for path in sorted(corpus.rglob("*.pcap")) if (frames := frames_of(path))]
    now, written = 1_700_000_000 * SECOND, 0
    with open(capture, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, SNAPLEN, ETHERNET))
        while sources and written < packets:
            for frames in sources:
                first = min(ns for ns, _, _ in frames)
                for ns, wirelen, data in frames:
                    at = now + min(ns - first, GAP)
                    out.write(struct.pack("<IIII", at // SECOND, at % SECOND, len(data), wirelen) + data)
                written += len(frames)
                now += min(max(ns for ns, _, _ in frames) - first, GAP)
            now += GAP
    return written > 0
