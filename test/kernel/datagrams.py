#!/usr/bin/env python3
"""datagrams.py WIRE CAPTURE - makes pcaps/datagrams.pcap: UDP and pings between two real kernels

Two hosts in namespaces of their own and the wire between them (wire.c), 10 ms long with the tap in its
middle; every ICMP message is the kernels'. What is played stands in pcaps/README.md. Some five seconds. Needs
root. Times and the ports of clients differ from run to run; what must be said of them does not (test/golden).
"""
import os
import pathlib
import socket
import struct
import sys
import time

from namespaces import Host, Wire
from troubles import MIDDLE, checksum, cut

SNAPLEN = 96
ECHO = {4: 8, 6: 128}


class Hosts:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def udp(self, host, port=0, version=4):
        with host.space:
            s = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
        s.bind((host.addresses[version], port))
        s.settimeout(3)
        return s

    def to(self, port, version=4):
        return self.b.addresses[version], port


def answered(hosts):
    client, server = hosts.udp(hosts.a), hosts.udp(hosts.b, 53)
    client.sendto(b"q" * 30, hosts.to(53))
    server.sendto(b"r" * 120, server.recvfrom(500)[1])
    client.recv(500)


def silent(hosts):
    client, _server = hosts.udp(hosts.a), hosts.udp(hosts.b, 161)
    for _ in range(3):
        client.sendto(b"q" * 40, hosts.to(161))
        time.sleep(0.5)


def closed(hosts, version):
    client = hosts.udp(hosts.a, version=version)
    client.connect(hosts.to(123, version))
    client.send(b"q" * 48)
    try:
        client.recv(500)
    except ConnectionRefusedError:
        return
    raise RuntimeError("port 123 is bound")


def late(hosts):
    client, server = hosts.udp(hosts.a), hosts.udp(hosts.b, 1812)
    client.sendto(b"q" * 60, hosts.to(1812))
    peer = server.recvfrom(500)[1]
    client.close()
    server.sendto(b"r" * 20, peer)
    time.sleep(0.1)


def one_way(hosts):
    client, _server = hosts.udp(hosts.a), hosts.udp(hosts.b, 6343)
    for _ in range(20):
        client.sendto(b"s" * 200, hosts.to(6343))
        time.sleep(0.02)


def from_another_port(hosts):
    client, server, data = hosts.udp(hosts.a), hosts.udp(hosts.b, 69), hosts.udp(hosts.b)
    client.sendto(b"\0\1file\0octet\0", hosts.to(69))
    data.sendto(b"\0\3\0\1" + bytes(100), server.recvfrom(500)[1])
    client.sendto(b"\0\4\0\1", client.recvfrom(500)[1])
    time.sleep(0.1)


def ping(hosts, version, count, answer=True):
    with hosts.a.space:
        s = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_RAW,
                          socket.IPPROTO_ICMP if version == 4 else socket.IPPROTO_ICMPV6)
    s.settimeout(3)
    for sequence in range(1, count + 1):
        message = struct.pack(">BBHHH", ECHO[version], 0, 0, 7, sequence) + bytes(56)
        if version == 4:
            message = message[:2] + struct.pack(">H", checksum(message)) + message[4:]
        s.sendto(message, hosts.to(0, version))
        if answer:
            s.recv(500)
        time.sleep(0.1)


def play(hosts):
    answered(hosts)
    silent(hosts)
    closed(hosts, 4)
    closed(hosts, 6)
    late(hosts)
    one_way(hosts)
    from_another_port(hosts)
    ping(hosts, 4, 3)
    ping(hosts, 6, 2)
    hosts.b.space.sysctl({"icmp_echo_ignore_all": 1})
    ping(hosts, 4, 2, answer=False)


def main():
    program, capture = sys.argv[1], pathlib.Path(sys.argv[2])
    log = capture.with_suffix(".log")
    hosts = [Host("A"), Host("B")]
    for number, host in enumerate(hosts):
        host.addresses[4], host.addresses[6] = f"10.77.2.{2 + number}", f"fd77:0:0:2::{1 + number}"
    wire = Wire(program, hosts, str(capture), str(log), 7, time.time_ns() - time.monotonic_ns())
    try:
        wire.tell(MIDDLE)
        for host in hosts:
            host.ready()
        play(Hosts(*hosts))
        wire.quit()
    finally:
        wire.kill()
    cut(capture, SNAPLEN)
    os.unlink(log)


if __name__ == "__main__":
    main()
