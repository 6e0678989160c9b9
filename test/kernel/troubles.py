#!/usr/bin/env python3
"""troubles.py WIRE FOLDER [NAME...] - the captures in pcaps/ that show a diagnosis, from two real kernels

Each trouble is a function with the name of its capture: it gets two hosts in namespaces of their own and the wire
between them (wire.c), 10 ms long with the tap in its middle, and makes FOLDER/NAME.pcap. All are played at the same
time, in some 45 seconds. Needs root. Sequence numbers and times differ from run to run; what must be said of them
does not (test/golden, unit tests of findings).
"""
import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time

from namespaces import Host, Wire

MIDDLE = "set delay_pre=5 delay_post=5"
SNAPLEN = 80
TROUBLES = {}


def trouble(play):
    TROUBLES[play.__name__] = play
    return play


class Stage:
    def __init__(self, a, b, wire):
        self.a, self.b, self.wire = a, b, wire

    def socket(self, host, **options):
        with host.space:
            s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.settimeout(15)
        for level, option, value in options.get("options", ()):
            s.setsockopt(level, option, value)
        return s

    def listen(self, port, backlog=64, **options):
        s = self.socket(self.b, **options)
        s.bind((self.b.addresses[4], port))
        s.listen(backlog)
        return s

    def connect(self, port, **options):
        s = self.socket(self.a, **options)
        s.connect((self.b.addresses[4], port))
        return s

    def pair(self, listener, **options):
        client = self.connect(listener.getsockname()[1], **options)
        return client, listener.accept()[0]

    def exchange(self, client, server):
        client.sendall(b"q" * 100)
        server.recv(1000)
        server.sendall(b"r" * 200)
        client.recv(1000)

    def reset(self, s):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()

    def healthy(self, listener):
        """A connection as it should be: the capture goes on, and shows that the hosts are alive."""
        client, server = self.pair(listener)
        self.exchange(client, server)
        client.close()
        server.recv(10)
        server.close()
        time.sleep(0.1)


@trouble
def held_in_close_wait(stage):
    listener, held = stage.listen(8080), []
    for _ in range(3):
        client, server = stage.pair(listener)
        stage.exchange(client, server)
        client.close()
        held.append(server)
        time.sleep(0.3)
    time.sleep(12)
    stage.healthy(listener)


@trouble
def server_time_wait(stage):
    listener = stage.listen(80)
    for _ in range(24):
        client, server = stage.pair(listener)
        stage.exchange(client, server)
        server.close()
        client.recv(10)
        client.close()


@trouble
def filtered_port(stage):
    web, _ = stage.listen(80), stage.listen(8443)
    stage.wire.tell("rule dport=8443 act=drop_post count=0")
    stage.healthy(web)
    client = stage.socket(stage.a)
    client.settimeout(4)
    with contextlib.suppress(OSError):
        client.connect((stage.b.addresses[4], 8443))
    client.close()


@trouble
def accept_queue_full(stage):
    listener, clients = stage.listen(8080, backlog=1), []
    for _ in range(8):
        client = stage.socket(stage.a)
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            client.connect((stage.b.addresses[4], 8080))
        clients.append(client)
        time.sleep(0.05)
    time.sleep(0.6)
    for client in clients:
        server = listener.accept()[0]
        server.close()
    for client in clients:
        client.close()
    time.sleep(0.2)


@trouble
def restarted_peer(stage):
    listener = stage.listen(5432)
    client, server = stage.pair(listener)
    stage.exchange(client, server)
    stage.wire.tell("rule id=crash dir=B act=drop_pre count=0")  # a host that crashes says nothing
    stage.reset(server)
    time.sleep(1)
    stage.wire.tell("del id=crash")
    client.sendall(b"still there?")
    time.sleep(0.2)
    stage.healthy(listener)


@trouble
def idle_cut(stage):
    listener = stage.listen(5432)
    patience = [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 4000)]
    client, server = stage.pair(listener, options=patience)
    stage.exchange(client, server)
    port = client.getsockname()[1]
    time.sleep(31)
    for direction in "AB":  # the middlebox has forgotten it
        stage.wire.tell(f"rule dir={direction} port={port} act=drop_post count=0")
    client.sendall(b"still there?")
    time.sleep(9)
    stage.healthy(listener)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, target, source_port, port):
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    tcp = struct.pack("!HHIIBBHHH", source_port, port, source_port << 12, 0, 0x50, 2, 1024, 0, 0)
    sum_of = checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack("!H", sum_of) + tcp[18:]
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, source_port, 0, 64, 6, 0) + ends + tcp


@trouble
def spoofed_syn_flood(stage):
    listener = stage.listen(80, backlog=256)
    stage.b.space.ip("route", "add", "default", "dev", "wire")
    stage.healthy(listener)
    with stage.a.space:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for i in range(70):
        raw.sendto(syn(f"203.0.113.{i + 1}", stage.b.addresses[4], 1024 + i, 80), (stage.b.addresses[4], 0))
        time.sleep(0.002)
    time.sleep(1.3)


@trouble
def port_scan(stage):
    _ = stage.listen(80), stage.listen(22)
    for port in range(1, 101, 3):
        client = stage.socket(stage.a)
        with contextlib.suppress(OSError):
            client.connect((stage.b.addresses[4], port))
            stage.reset(client)
        client.close()
    time.sleep(0.1)


@trouble
def slow_reader(stage):
    listener = stage.listen(8080, options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    client, server = stage.pair(listener)
    client.settimeout(0.5)
    with contextlib.suppress(socket.timeout):
        while True:
            client.sendall(b"d" * 4096)
    time.sleep(3)
    client.close()
    while server.recv(65536):
        pass
    server.close()
    time.sleep(0.2)


def transfer(stage, size=90000):
    listener = stage.listen(8080)
    client, server = stage.pair(listener, options=[(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)])
    for _ in range(size // 5000):
        client.sendall(b"d" * 5000)
        time.sleep(0.01)
    client.shutdown(socket.SHUT_WR)
    while server.recv(65536):
        pass
    server.close()
    client.recv(10)
    client.close()
    time.sleep(0.2)


@trouble
def lost_in_front(stage):
    stage.wire.tell("set dir=A loss_pre=0.06")
    transfer(stage)


@trouble
def lost_behind(stage):
    stage.wire.tell("set dir=A loss_post=0.09")
    transfer(stage)


@trouble
def ports_exhausted(stage):
    stage.a.space.sysctl({"ip_local_port_range": "40000 40007", "tcp_tw_reuse": 1})
    listener, done = stage.listen(80), 0
    while done < 24:
        try:
            client, server = stage.pair(listener)
        except OSError:  # no port is free
            time.sleep(0.1)
            continue
        client.sendall(b"q" * 10)
        server.recv(100)
        client.close()
        server.recv(10)
        server.close()
        done += 1
    time.sleep(0.2)


def cut(path, snaplen):
    """Headers are enough."""
    data = path.read_bytes()
    out, at = [data[:16] + struct.pack("<I", snaplen) + data[20:24]], 24
    while at < len(data):
        seconds, fraction, caplen, length = struct.unpack_from("<IIII", data, at)
        kept = min(caplen, snaplen)
        out.append(struct.pack("<IIII", seconds, fraction, kept, length) + data[at + 16:at + 16 + kept])
        at += 16 + caplen
    path.write_bytes(b"".join(out))


def play(program, folder, name):
    hosts = [Host("A"), Host("B")]
    for number, host in enumerate(hosts):
        host.addresses[4] = f"10.77.2.{2 + number}"
    capture = folder / f"{name}.pcap"
    wire = Wire(program, hosts, str(capture), str(folder / f"{name}.log"), 7, time.time_ns() - time.monotonic_ns())
    try:
        wire.tell(MIDDLE)
        for host in hosts:
            host.ready()
        TROUBLES[name](Stage(*hosts, wire))
        wire.quit()
    finally:
        wire.kill()
    cut(capture, SNAPLEN)
    (folder / f"{name}.log").unlink()


def main():
    program, folder, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:] or list(TROUBLES)
    if len(names) == 1:
        play(program, folder, names[0])
        return
    plays = [subprocess.Popen([sys.executable, __file__, program, folder, name]) for name in names]
    sys.exit(max(abs(process.wait()) for process in plays))


if __name__ == "__main__":
    main()
