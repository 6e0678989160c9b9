"""world.py - two network namespaces joined by a veth pair, and connections of many kinds between them.

Side A (10.79.0.1) is where the captures listen, side B (10.79.0.2) serves. cut() sends what A sends to
nobody's Ethernet address, behind the captures: so segments get lost, and things happen at the same
time without a delay on the wire (which would need netem). Behind B lie 10.79.8.0/24 (answered with
ICMP host unreachable) and 10.79.9.0/24 (a black hole). Sockets of both sides live in this process:
a socket stays in the namespace in which it was made.
"""
import contextlib
import ctypes
import os
import select
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*command, check=True):
    return subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


class World:
    A, B = "10.79.0.1", "10.79.0.2"
    MAC, NOBODY = "02:00:00:00:00:02", "02:00:00:00:00:99"

    def __init__(self):
        self.name = {side: f"twin{os.getpid()}{side}" for side in "AB"}
        self.kept = []  # sockets that stay open to the end

    def __enter__(self):
        try:
            for side in "AB":
                run("ip", "netns", "add", self.name[side])
            run("ip", "link", "add", "wire", "netns", self.name["A"], "type", "veth",
                "peer", "name", "wire", "netns", self.name["B"], "address", self.MAC)
            for side, address in (("A", self.A), ("B", self.B)):
                self.inside(side, "sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1",
                            "net.ipv6.conf.default.disable_ipv6=1",
                            check=False)
                self.inside(side, "ip", "address", "add", address + "/24", "dev", "wire")
                self.inside(side, "ip", "link", "set", "wire", "up")
                self.inside(side, "ip", "link", "set", "lo", "up")
            self.inside("A", "ip", "route", "add", "10.79.8.0/23", "via", self.B)
            self.inside("B", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
            self.inside("B", "ip", "route", "add", "unreachable", "10.79.8.0/24")
            self.inside("B", "ip", "route", "add", "blackhole", "10.79.9.0/24")
            self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
            self.space = {side: os.open(f"/run/netns/{self.name[side]}", os.O_RDONLY) for side in "AB"}
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for one in self.kept:
            one.close()
        for side in "AB":
            run("ip", "netns", "del", self.name[side], check=False)

    def inside(self, side, *command, check=True):
        return run("ip", "netns", "exec", self.name[side], *command, check=check)

    def cut(self):
        """What A sends from now on is captured and then lost."""
        self.inside("A", "ip", "neighbour", "replace", self.B, "lladdr", self.NOBODY, "dev", "wire", "nud", "permanent")

    def mend(self):
        self.inside("A", "ip", "neighbour", "replace", self.B, "lladdr", self.MAC, "dev", "wire", "nud", "permanent")

    def silence(self):
        """Nothing is sent any more, whatever timers fire: no route, no ARP."""
        for side in "AB":
            self.inside(side, "ip", "link", "set", "wire", "arp", "off")
            self.inside(side, "ip", "route", "flush", "table", "main")

    # ---------------------------------------------------------------- sockets

    def socket(self, side, kind=socket.SOCK_STREAM):
        if LIBC.setns(self.space[side], CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            made = socket.socket(socket.AF_INET, kind)
        finally:
            LIBC.setns(self.home, CLONE_NEWNET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.settimeout(5)
        return made

    def listener(self, port):
        made = self.socket("B")
        made.bind((self.B, port))
        made.listen(16)
        return made

    def pair(self, port, own_port=0):
        """Return: (client, server) of a fresh connection; the listener is closed again."""
        listener, client = self.listener(port), self.socket("A")
        client.bind((self.A, own_port))
        client.connect((self.B, port))
        server, _ = listener.accept()
        server.settimeout(5)
        listener.close()
        return client, server

    def start(self, side, target, own_port=0):
        """Return: a socket whose connect() is under way."""
        made = self.socket(side)
        if own_port:
            made.bind(({"A": self.A, "B": self.B}[side], own_port))
        made.setblocking(False)
        made.connect_ex(target)
        return made


def exchange(client, server):
    client.sendall(b"q" * 100)
    server.recv(1000)
    server.sendall(b"a" * 1000)
    client.recv(2000)


def talked(world, port, own_port=0):
    """Return: (client, server) of a fresh connection, after a request and its answer."""
    client, server = world.pair(port, own_port)
    exchange(client, server)
    return client, server


def reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def read_to_end(one):
    while one.recv(4096):
        pass


# -------------------------------------------------------------------- kinds of connections
# Each function is one kind; its server port is PORT + its place in KINDS.

def client_closes(world, port):
    client, server = talked(world, port)
    client.close()
    read_to_end(server)
    server.close()


def server_closes(world, port):
    client, server = talked(world, port)
    server.close()
    read_to_end(client)
    client.close()


def refused(world, port):
    try:
        world.socket("A").connect((world.B, port))
    except ConnectionRefusedError:
        pass


def client_resets(world, port):
    client, server = talked(world, port)
    reset(client)
    time.sleep(0.05)
    server.close()


def server_resets(world, port):
    client, server = talked(world, port)
    reset(server)
    time.sleep(0.05)
    client.close()


def half_close(world, port):
    client, server = talked(world, port)
    client.shutdown(socket.SHUT_WR)
    read_to_end(server)
    for _ in range(3):
        server.sendall(b"m" * 3000)
        time.sleep(0.05)
    server.close()
    read_to_end(client)
    client.close()


def close_wait_leak(world, port):
    client, server = talked(world, port)
    client.shutdown(socket.SHUT_WR)
    read_to_end(server)
    world.kept += [client, server]


def reset_in_close_wait(world, port):
    client, server = talked(world, port)
    client.shutdown(socket.SHUT_WR)
    read_to_end(server)
    reset(server)
    time.sleep(0.05)
    client.close()


def simultaneous_close(world, port):
    client, server = talked(world, port)
    time.sleep(0.05)
    world.cut()
    client.shutdown(socket.SHUT_WR)  # this FIN is lost
    server.shutdown(socket.SHUT_WR)  # so this one finds the client in FIN-WAIT-1
    time.sleep(0.05)
    world.mend()
    time.sleep(0.6)
    client.close()
    server.close()


def simultaneous_open(world, port):
    world.cut()
    one = world.start("A", (world.B, port), own_port=port + 1000)  # this SYN is lost
    other = world.start("B", (world.A, port + 1000), own_port=port)  # so this one finds A in SYN-SENT
    world.mend()
    select.select([], [one], [], 5)
    select.select([], [other], [], 5)
    time.sleep(0.1)
    one.close()
    time.sleep(0.1)
    other.close()


def no_answer(world, port):
    world.kept.append(world.start("A", ("10.79.9.9", port)))


def unreachable(world, port):
    made = world.start("A", ("10.79.8.8", port))
    time.sleep(0.1)
    made.close()


def data_after_close(world, port):
    client, server = talked(world, port)
    server.close()
    time.sleep(0.05)
    client.sendall(b"late")
    time.sleep(0.1)
    client.close()


def lost_last_ack(world, port):
    client, server = talked(world, port)
    client.shutdown(socket.SHUT_WR)
    read_to_end(server)
    world.cut()
    server.close()  # the client's ACK of this FIN is lost: it comes again
    time.sleep(0.05)
    world.mend()
    time.sleep(0.6)
    client.close()


def lost_reset(world, port):
    client, server = talked(world, port)
    world.cut()
    reset(client)  # lost: the server never hears of it
    time.sleep(0.05)
    server.sendall(b"are you there?")
    time.sleep(0.05)
    world.mend()
    time.sleep(0.6)  # the retransmission draws another RST
    server.close()


def lost_syn(world, port):
    listener = world.listener(port)
    world.cut()
    made = world.start("A", (world.B, port))  # lost; it comes again after a second
    world.mend()
    select.select([], [made], [], 5)
    server, _ = listener.accept()
    listener.close()
    made.setblocking(True)
    exchange(made, server)
    made.close()
    read_to_end(server)
    server.close()


def stays_open(world, port):
    client, server = talked(world, port)
    world.kept += [client, server]


def port_reuse(world, port):
    for _ in range(2):  # the server keeps TIME-WAIT; the same client port comes back
        client, server = talked(world, port, own_port=port + 1000)
        server.shutdown(socket.SHUT_WR)
        read_to_end(client)
        client.close()
        time.sleep(0.05)
        server.close()
        time.sleep(1.1)


PORT = 8000
DATAGRAM_PORT = 7000
# kind, how many connections it makes, outcomes that are right
KINDS = [
    (client_closes, 1, {"closed_fin"}),
    (server_closes, 1, {"closed_fin"}),
    (refused, 1, {"refused"}),
    (client_resets, 1, {"closed_rst"}),
    (server_resets, 1, {"closed_rst"}),
    (half_close, 1, {"closed_fin"}),
    (close_wait_leak, 1, {"half_closed"}),
    (reset_in_close_wait, 1, {"closed_rst"}),
    (simultaneous_close, 1, {"closed_fin"}),
    (simultaneous_open, 1, {"closed_fin"}),
    (no_answer, 1, {"no_answer"}),
    (unreachable, 1, {"refused", "no_answer"}),
    (data_after_close, 1, {"closed_rst"}),
    (lost_last_ack, 1, {"closed_fin"}),
    (lost_reset, 1, {"closed_rst", "half_open"}),
    (lost_syn, 1, {"closed_fin"}),
    (stays_open, 1, {"open"}),
    (port_reuse, 2, {"closed_fin"}),
]


def ask(world, port, answered):
    """One question over UDP, to a port that is bound or to one that is not."""
    client, server = world.socket("A", socket.SOCK_DGRAM), world.socket("B", socket.SOCK_DGRAM)
    client.connect((world.B, port))
    if answered:
        server.bind((world.B, port))
    client.send(b"question")
    if answered:
        server.sendto(b"the answer", server.recvfrom(100)[1])
    with contextlib.suppress(ConnectionRefusedError):
        client.recv(100)
    client.close()
    server.close()


def play(world):
    for number, (kind, _, _) in enumerate(KINDS):
        kind(world, PORT + number)
    ask(world, DATAGRAM_PORT, True)
    ask(world, DATAGRAM_PORT + 1, False)
