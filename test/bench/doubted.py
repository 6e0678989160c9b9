"""The workload `doubted`: connections that seem over for days, and are not.

DOUBTED connections open, exchange data, and see a RST that is out of any window, so nobody believes it; then they
are silent, while one other connection says a word every STEP seconds. What the silent ones cost must not grow with
each word.
"""
import socket
import struct

DOUBTED, STEP = 100, 6
ETHERNET = bytes(12) + b"\x08\x00"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def frame(source, target, flags, seq, ack, length):
    (address, port), (to_address, to_port) = source, target
    tcp = struct.pack(">HHIIBBHHH", port, to_port, seq % 2**32, ack % 2**32, 0x50, flags, 65535, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + length, 1, 0, 64, 6, 0, socket.inet_aton(address),
                     socket.inet_aton(to_address))
    return ETHERNET + ip + tcp + bytes(length)


def opening(client, server):
    """[(who sends, flags, seq, ack, length)] of a connection with numbers 1000 and 5000 before its data."""
    return [frame(client, server, SYN, 1000, 0, 0), frame(server, client, SYN | ACK, 5000, 1001, 0),
            frame(client, server, ACK, 1001, 5001, 0), frame(client, server, PSH | ACK, 1001, 5001, 10),
            frame(server, client, PSH | ACK, 5001, 1011, 10), frame(client, server, ACK, 1011, 5011, 0)]


def frames(packets):
    """(seconds, frame)"""
    server = ("198.51.100.1", 80)
    for n in range(DOUBTED):
        client = (f"192.0.2.{n % 250}", 40000 + n)
        for one in opening(client, server) + [frame(client, server, RST, 1011 + 2**30, 0, 0)]:
            yield n, one
    talker = ("192.0.2.251", 50000)
    for one in opening(talker, server):
        yield DOUBTED, one
    for n in range(packets - 7 * DOUBTED - 6):
        yield DOUBTED + STEP * (n + 1), frame(talker, server, PSH | ACK, 1011 + 10 * n, 5011, 10)


def write(capture, packets):
    with open(capture, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for n, (seconds, data) in enumerate(frames(packets)):
            out.write(struct.pack("<IIII", 1_700_000_000 + seconds, n % 1000, len(data), len(data)) + data)
