"""sockets.py - the two hosts' sockets, as the scenarios use them

Both ends are non-blocking sockets of this process, driven by one event loop. Everything an
application would learn of a connection (errors, end of file) goes into Stage.log; an error is no
exception for the scenario, which goes on as an application would.
"""
import asyncio
import os
import signal
import socket
import struct
import subprocess
import time

from kernel import die_with_parent
from namespaces import LIBC, checked
from records import error_name

TCP = socket.IPPROTO_TCP
TCP_REPAIR = 19
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


class Conn:
    """One socket of one host that is or will be connected."""

    def __init__(self, stage, host, sock, version):
        self.stage, self.host, self.sock, self.version = stage, host, sock, version
        self.local = self.remote = self.since = None
        self.closed = False

    def learn_names(self):
        try:
            self.local = self.sock.getsockname()[:2]
            self.remote = self.sock.getpeername()[:2]
        except OSError:
            pass

    def note(self, op, error=0):
        """What a call told the application; `since` is when it first had word of this socket (connected, accepted)."""
        now = time.monotonic_ns()
        self.since = self.since or now
        self.stage.log.append({"t": now, "since": self.since, "side": self.host.name, "op": op, "local": self.local,
                               "remote": self.remote, "errno": error_name(error) if error else None})

    async def send(self, data):
        """Return: whether the kernel took it all."""
        try:
            await self.stage.loop.sock_sendall(self.sock, data)
            return True
        except OSError as e:
            self.note("send", e.errno)
            return False

    async def recv(self, size=65536, timeout=None):
        """Return: what came, or nothing: end of file, an error, or `timeout` seconds are over."""
        try:
            data = await asyncio.wait_for(self.stage.loop.sock_recv(self.sock, size), timeout)
            if not data:
                self.note("eof")
            return data
        except asyncio.TimeoutError:
            return b""
        except OSError as e:
            self.note("recv", e.errno)
            return b""

    async def recv_all(self, size, timeout=None):
        while size and (data := await self.recv(min(65536, size), timeout)):
            size -= len(data)

    async def drain(self, timeout=None):
        """Read to the end of file, an error or `timeout` seconds of silence."""
        while await self.recv(65536, timeout):
            pass

    def read_error(self):
        self.note("so_error", self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def fin(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.note("shutdown")
        except OSError as e:
            self.note("shutdown", e.errno)

    def close(self):
        if not self.closed:
            self.closed = True
            self.note("close")
            self.sock.close()

    def set(self, level, name, value=1):
        self.sock.setsockopt(level, name, value)

    def linger(self, seconds):
        self.set(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, seconds))

    def reset(self):
        self.linger(0)
        self.closed = True
        self.note("abort")
        self.sock.close()

    def vanish(self):
        """Like a host that is switched off: the socket is gone, and no packet says so."""
        self.set(TCP, TCP_REPAIR, 1)
        self.close()

    def disconnect(self):
        """connect() to nobody: an abort that leaves the application its socket"""
        nobody = struct.pack("H14x", socket.AF_UNSPEC)
        self.note("disconnect")
        checked(LIBC.connect(self.sock.fileno(), nobody, len(nobody)))


class Stage:
    """What a scenario has: the hosts a and b, the wire, chance, and sockets."""

    def __init__(self, a, b, wire, rnd):
        self.a, self.b, self.wire, self.rnd = a, b, wire, rnd
        self.loop = None
        self.log, self.kept, self.children, self.shells = [], [], {}, {}
        self.turn = asyncio.Lock()
        for host in (a, b):
            with host.space:
                self.shells[host] = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.last_port = 20000

    def other(self, host):
        return self.b if host is self.a else self.a

    def socket(self, host, version, protocol=0):
        with host.space:
            sock = socket.socket(FAMILY[version], socket.SOCK_STREAM, protocol)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        return sock

    def listen(self, host, port, version=4, backlog=512, options=(), protocol=0):
        sock = self.socket(host, version, protocol)
        for option in options:
            sock.setsockopt(*option)
        sock.bind((host.addresses[version], port))
        sock.listen(backlog)
        self.keep(sock)
        return sock

    def new(self, host, version=4, port=None, options=(), protocol=0):
        conn = Conn(self, host, self.socket(host, version, protocol), version)
        for option in options:
            conn.sock.setsockopt(*option)
        if port is None:
            port = self.last_port = self.last_port + 1
        conn.sock.bind((host.addresses[version], port))
        conn.local = conn.sock.getsockname()[:2]
        return conn

    async def connected(self, sock, address):
        """loop.sock_connect() would resolve the address, and fails for MPTCP."""
        try:
            sock.connect(address)
            return
        except BlockingIOError:
            pass
        done = self.loop.create_future()
        self.loop.add_writer(sock.fileno(), lambda: done.done() or done.set_result(None))
        try:
            await done
        finally:
            self.loop.remove_writer(sock.fileno())
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    async def connect(self, conn, port, timeout=60):
        """Return: whether the connection was made."""
        conn.remote = (self.other(conn.host).addresses[conn.version], port)
        try:
            await asyncio.wait_for(self.connected(conn.sock, conn.remote), timeout)
            conn.note("connect")
            return True
        except asyncio.TimeoutError:
            conn.note("connect_gave_up")
        except OSError as e:
            conn.note("connect", e.errno)
        conn.close()
        return False

    async def accept(self, host, listener, version=4, timeout=20):
        try:
            sock, _ = await asyncio.wait_for(self.loop.sock_accept(listener), timeout)
        except (asyncio.TimeoutError, OSError):
            return None
        sock.setblocking(False)
        conn = Conn(self, host, sock, version)
        conn.learn_names()
        conn.note("accept")
        return conn

    async def run(self, host, command):
        """A command on that host, while everything else goes on: this process is too large to be forked meanwhile."""
        shell = self.shells[host]
        async with self.turn:
            shell.stdin.write(f"{command} </dev/null; echo $?\n".encode())
            code = await self.loop.run_in_executor(None, shell.stdout.readline)
        if code.strip() != b"0":
            raise RuntimeError(f"{command}: {code}")

    def keep(self, *open_ones):
        """Keep them open to the end of the capture."""
        self.kept.extend(getattr(one, "sock", one) for one in open_ones)

    def spawn(self, play):
        """Run play(fd to write to) in a process that holds none of our sockets. Return: (its id, fd to read from)."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                die_with_parent(signal.SIGKILL)
                mine = {writing, 0, 1, 2, *(fd for host in (self.a, self.b) for fd in (host.space.fd, host.space.home))}
                for fd in map(int, os.listdir("/proc/self/fd")):
                    if fd not in mine:
                        try:
                            os.close(fd)
                        except OSError:  # the one that listed the others
                            pass
                play(writing)
            finally:
                os._exit(0)
        os.close(writing)
        self.children[pid] = reading
        return pid, reading

    def kill(self, pid):
        os.close(self.children.pop(pid))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def clear(self):
        for pid in list(self.children):
            self.kill(pid)
        for sock in self.kept:
            sock.close()
        for shell in self.shells.values():
            shell.stdin.close()
            shell.wait()
            shell.stdout.close()


class Server:
    """Listeners of both IP versions on one port of B (or of `host`); what they accept is found by the client's port."""

    def __init__(self, stage, port, backlog=512, options=(), host=None):
        self.stage, self.host, self.port = stage, host or stage.b, port
        self.waiting, self.accepted = {}, {}
        self.listeners = {v: stage.listen(self.host, port, v, backlog, options) for v in (4, 6)}
        self.tasks = [asyncio.ensure_future(self.accept_all(v)) for v in (4, 6)]

    async def accept_all(self, version):
        while conn := await self.stage.accept(self.host, self.listeners[version], version, 1000):
            if not conn.remote:  # reset before accept()
                self.stage.keep(conn)
                continue
            key = version, conn.remote[1]
            future = self.waiting.pop(key, None)
            if future and not future.done():
                future.set_result(conn)
            else:
                self.accepted[key] = conn

    async def accept(self, version, client_port, timeout=15):
        key = version, client_port
        if key in self.accepted:
            return self.accepted.pop(key)
        future = self.waiting[key] = self.stage.loop.create_future()
        try:
            return await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:
            return None

    async def open(self, i=0, version=None, port=None, options=(), timeout=15):
        """Return: (client, server); server is None where accept() gave nothing, both where connect() failed.

        Without a version every third connection has IPv6.
        """
        version = version or (6 if i % 3 == 2 else 4)
        client = self.stage.new(self.stage.a, version, port, options)
        client_port = client.local[1]
        if not await self.stage.connect(client, self.port, timeout):
            return None, None
        server = await self.accept(version, client_port, timeout)
        if server is None:
            self.stage.keep(client)
        return client, server

    def stop(self):
        for task in self.tasks:
            task.cancel()

    def close(self):
        """And with the listeners goes whoever waits to be accepted."""
        self.stop()
        for listener in self.listeners.values():
            listener.close()
