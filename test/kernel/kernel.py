"""kernel.py - what the kernel says of its sockets while a run lasts

Trace    the tracepoints sock:inet_sock_set_state and its kin, in a tracefs instance of its own, read
         once at the end in the ring buffer's own format (the text form has no nanoseconds).
         Instances are named after the process, and what a killed one left is removed by the next.
Poller   the tracepoints do not show small sockets (SYN-RECEIVED of a passive open, TIME-WAIT, and
         FIN-WAIT-2 without an application). A child process asks sock_diag for them every 20 ms.

All times are CLOCK_MONOTONIC in nanoseconds.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import socket
import struct
import time
import traceback

TRACEFS = pathlib.Path("/sys/kernel/tracing")
INSTANCE = "tcptwin-kernel-"
EVENTS = ("sock/inet_sock_set_state", "sock/inet_sk_error_report", "tcp/tcp_send_reset",
          "tcp/tcp_receive_reset", "tcp/tcp_retransmit_skb", "tcp/tcp_retransmit_synack")
BUFFER_KB = 65536  # of all CPUs together
PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


@contextlib.contextmanager
def real_time():
    """Before everybody else, but behind the wire (10)."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    except PermissionError:
        pass
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def missing():
    """Return: what this machine lacks, or None."""
    if not (TRACEFS / "instances").is_dir():
        return f"tracefs is not mounted at {TRACEFS}"
    for event in EVENTS:
        if not (TRACEFS / "events" / event / "format").exists():
            return f"the kernel has no tracepoint {event.replace('/', ':')}"
    try:
        Trace().remove()
    except OSError as error:
        return f"cannot trace the kernel: {error}"
    return None


def sweep():
    """Remove the instances of processes that are gone."""
    for instance in (TRACEFS / "instances").glob(INSTANCE + "*"):
        if not pathlib.Path("/proc", instance.name[len(INSTANCE):]).exists():
            try:
                instance.rmdir()
            except OSError:  # somebody else was faster
                pass


def ip_text(raw):
    if len(raw) == 16 and raw[:12] == bytes(10) + b"\xff\xff":
        raw = raw[12:]
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def socket_address(raw):
    """(address, port) of a struct sockaddr_in or sockaddr_in6"""
    family, port = struct.unpack_from("<H", raw)[0], struct.unpack_from(">H", raw, 2)[0]
    if family == socket.AF_INET:
        return ip_text(raw[4:8]), port
    if family == socket.AF_INET6:
        return ip_text(raw[8:24]), port
    return "", port


# ---------------------------------------------------------------- trace

class Layout:
    """Where the fields of one event lie in its record, as tracefs describes it."""

    def __init__(self, event):
        self.name, self.fields = event.split("/")[1], {}
        for line in (TRACEFS / "events" / event / "format").read_text().splitlines():
            if line.startswith("ID:"):
                self.id = int(line[3:])
            elif "field:" in line:
                declaration, offset, size, signed = (part.strip() for part in line.split(";")[:4])
                name = declaration.split()[-1].split("[")[0]
                self.fields[name] = tuple(int(part.split(":")[1]) for part in (offset, size, signed))

    def decode(self, t, record):
        e = {"t": t, "ev": self.name}
        raw = {}
        for name, (offset, size, signed) in self.fields.items():
            raw[name] = record[offset:offset + size]
            if size in (1, 2, 4, 8) and not name.startswith(("common_", "saddr", "daddr")):
                e[name] = int.from_bytes(raw[name], "little", signed=bool(signed))
        if "saddr_v6" in raw:
            suffix = "_v6" if e.get("family") == socket.AF_INET6 else ""
            e["src"], e["dst"] = ip_text(raw["saddr" + suffix]), ip_text(raw["daddr" + suffix])
        elif "saddr" in raw and len(raw["saddr"]) > 16:
            (e["src"], e["sport"]), (e["dst"], e["dport"]) = socket_address(raw["saddr"]), socket_address(raw["daddr"])
        return e


def records_of(page):
    """Yield (t, record) of one page of a ring buffer (kernel: include/linux/ring_buffer.h)."""
    t, committed = struct.unpack_from("<QQ", page)
    at, end = 16, 16 + (committed & 0xfffff)
    while at + 4 <= end:
        head = struct.unpack_from("<I", page, at)[0]
        kind, delta = head & 31, head >> 5
        at += 4
        if kind == 29:  # padding
            if delta == 0:
                return
            t += delta
            at += struct.unpack_from("<I", page, at)[0]
        elif kind == 30:  # a longer delta
            t += (struct.unpack_from("<I", page, at)[0] << 27) + delta
            at += 4
        elif kind == 31:  # absolute time, 59 bits of it
            t = (t >> 59 << 59) | ((struct.unpack_from("<I", page, at)[0] << 27) + delta)
            at += 4
        else:
            t += delta
            if kind == 0:
                length, start = struct.unpack_from("<I", page, at)[0], at + 4
            else:
                length, start = kind * 4, at
            yield t, page[start:at + length]
            at += length


class Trace:
    def __init__(self):
        sweep()
        self.instance = TRACEFS / "instances" / f"{INSTANCE}{os.getpid()}"
        self.instance.mkdir()
        self.held = open(self.instance / "tracing_on")  # while it is open, nobody removes the instance
        self.write("trace_clock", "mono")
        self.write("buffer_size_kb", str(min(8192, max(1024, BUFFER_KB // os.cpu_count()))))
        self.layouts = {layout.id: layout for layout in map(Layout, EVENTS)}
        self.enable(True)

    def write(self, name, value):
        (self.instance / name).write_text(value)

    def enable(self, on):
        for event in EVENTS:
            self.write(f"events/{event}/enable", str(int(on)))

    def remove(self):
        self.enable(False)
        self.held.close()
        self.instance.rmdir()

    def pages(self):
        for cpu in sorted((self.instance / "per_cpu").iterdir()):
            fd = os.open(cpu / "trace_pipe_raw", os.O_RDONLY | os.O_NONBLOCK)
            try:
                while page := os.read(fd, 4096):
                    yield page
            except BlockingIOError:
                pass
            finally:
                os.close(fd)

    def finish(self):
        """Return: (events in the order of time, how many were lost)."""
        self.enable(False)
        lost = sum(int(line.split()[1]) for stats in (self.instance / "per_cpu").glob("*/stats")
                   for line in stats.read_text().splitlines() if line.startswith("overrun:"))
        events = []
        for page in self.pages():
            for t, record in records_of(page):
                layout = self.layouts.get(struct.unpack_from("<H", record)[0])
                if layout:
                    events.append(layout.decode(t, record))
        return sorted(events, key=lambda e: e["t"]), lost


# ---------------------------------------------------------------- sock_diag

SYN_RECV, FIN_WAIT2, TIME_WAIT, NEW_SYN_RECV = 3, 5, 6, 12  # the kernel's numbers
SMALL = sum(1 << state for state in (SYN_RECV, FIN_WAIT2, TIME_WAIT, NEW_SYN_RECV))
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP = 4, 20, 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3


def ask(netlink, family, states):
    """Yield the kernel's answers about the sockets in these states."""
    request = struct.pack("<BBBBI", family, socket.IPPROTO_TCP, 0, 0, states) + bytes(48)
    netlink.send(struct.pack("<IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0) + request)
    while True:
        answer = netlink.recv(262144)
        yield answer
        if any(kind in (NLMSG_DONE, NLMSG_ERROR) for _, kind in messages_of(answer)):
            return


def messages_of(answer):
    """Yield (where it begins, its kind)."""
    at = 0
    while at + 16 <= len(answer):
        length, kind = struct.unpack_from("<IH", answer, at)
        yield at, kind
        at += (length + 3) & ~3


def sockets_of(answers):
    """Yield ((source, port, destination, port), state, milliseconds to its timer)."""
    for answer in answers:
        for at, kind in messages_of(answer):
            if kind in (NLMSG_DONE, NLMSG_ERROR):
                return
            message, size = at + 16, 4 if answer[at + 16] == socket.AF_INET else 16
            sport, dport = struct.unpack_from(">HH", answer, message + 4)
            source, destination = (ip_text(answer[message + o:message + o + size]) for o in (8, 24))
            yield ((source, sport, destination, dport), answer[message + 1],
                   struct.unpack_from("<I", answer, message + 52)[0])


class Changes:
    """What changed between two dumps of one host's small sockets."""

    ABSENT = 3  # a dump that races with changes may leave one out

    def __init__(self):
        self.known, self.absent = {}, {}

    def take(self, t, dump):
        """Yield (t, tuple, state), state 0: it is gone."""
        for key, (state, expires) in dump.items():
            self.absent.pop(key, None)
            before = self.known.get(key)
            if not before or before[0] != state or (state == TIME_WAIT and expires > before[1] + 200):
                yield t, key, state
        for key in [key for key in self.known if key not in dump]:
            first, times = self.absent.get(key, (t, 0))
            self.absent[key] = first, times + 1
            if times + 1 == self.ABSENT:
                yield first, key, 0
                del self.known[key], self.absent[key]
        self.known.update(dump)


class Poller:
    INTERVAL = 0.02

    def __init__(self, hosts, path):
        self.path = path
        self.pid = os.fork()
        if self.pid == 0:
            try:
                with real_time():
                    self.poll(hosts)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)

    def poll(self, hosts):
        die_with_parent(signal.SIGKILL)
        stop, last, worst = [], None, 0
        signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        links = []
        for host in hosts:
            with host.space:
                link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
                links.append((host.name, link, Changes()))
        with open(self.path, "w") as file:
            while not stop:
                for side, netlink, changes in links:
                    dump = {key: (state, expires) for family in (socket.AF_INET, socket.AF_INET6)
                            for key, state, expires in sockets_of(ask(netlink, family, SMALL))}
                    now = time.monotonic_ns()  # a dump takes a while: what it says held by now
                    for t, key, state in changes.take(now, dump):
                        file.write(json.dumps({"t": t, "k": [side, *key], "st": state}) + "\n")
                worst = max(worst, now - last) if last else 0
                last = now
                time.sleep(self.INTERVAL)
            file.write(json.dumps({"worst_gap": worst}) + "\n")

    def end(self, signal_number):
        if self.pid:
            os.kill(self.pid, signal_number)
            os.waitpid(self.pid, 0)
            self.pid = None

    def kill(self):
        self.end(signal.SIGKILL)

    def stop(self):
        """Return: (changes, the longest time between two polls)."""
        self.end(signal.SIGTERM)
        with open(self.path) as file:
            *changes, last = map(json.loads, file)
        return changes, last["worst_gap"]
