"""namespaces.py - two hosts in network namespaces, joined by the wire

The namespaces have no names: each lives as long as somebody holds its file descriptor, so that none
is left behind, however the run ends. A thread enters one for as long as `with space:` lasts; a socket
made there stays there, and a process started there runs there.

What the kernel traces is not told apart by namespace but by address. So the addresses of a run are
made of the process's id: two runs at the same time never share one.

    A 10.x.y.z       fd77::P:1       P: the process's id; x.y.z: 2 P (B: 2 P + 1)
    B 10.x.y.z+1     fd77::P:2
"""
import ctypes
import ipaddress
import os
import select
import subprocess

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def this_space():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


class Space:
    """A network namespace of its own."""

    def __init__(self):
        self.home = this_space()
        checked(LIBC.unshare(CLONE_NEWNET))
        self.fd = this_space()
        self.__exit__()

    def __enter__(self):
        checked(LIBC.setns(self.fd, CLONE_NEWNET))
        return self

    def __exit__(self, *_):
        checked(LIBC.setns(self.home, CLONE_NEWNET))

    def sysctl(self, settings):
        """{"tcp_fin_timeout": 2} (below net.ipv4), or with the whole name"""
        with self:
            for name, value in settings.items():
                path = name.replace(".", "/") if "." in name else "net/ipv4/" + name
                with open("/proc/sys/" + path, "w") as file:
                    file.write(str(value))

    def ip(self, *arguments):
        with self:
            subprocess.run(["ip", *arguments], check=True, stdin=subprocess.DEVNULL)


class Host:
    """One end of the path: a namespace and its two addresses."""

    SYSCTL = {"net.ipv6.conf.default.router_solicitations": 0, "net.ipv6.conf.default.accept_dad": 0,
              "net.ipv6.conf.default.addr_gen_mode": 1, "net.ipv6.conf.default.accept_ra": 0,
              "tcp_no_metrics_save": 1}

    def __init__(self, name):
        number, side = os.getpid(), "AB".index(name)
        self.name, self.space = name, Space()
        self.addresses = {4: str(ipaddress.IPv4Address((10 << 24) + number * 2 + side)),
                          6: str(ipaddress.IPv6Address((0xfd77 << 112) + (number << 16) + side + 1))}
        self.space.sysctl(self.SYSCTL)

    def ready(self):
        """Addresses and routes; the wire has made the device."""
        self.space.ip("link", "set", "lo", "up")
        self.space.ip("address", "add", self.addresses[4] + "/31", "dev", "wire")
        self.space.ip("link", "set", "wire", "up")
        self.space.ip("-6", "address", "add", self.addresses[6] + "/112", "dev", "wire", "nodad")


class Wire:
    """The process wire.c; its commands are described there."""

    ANSWER_SECONDS = 20

    def __init__(self, program, hosts, capture, log, seed, epoch_offset):
        spaces = [host.space.fd for host in hosts]
        self.process = subprocess.Popen(
            [program, *(f"/proc/self/fd/{fd}" for fd in spaces), capture, log, str(seed), str(epoch_offset)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, pass_fds=spaces)
        self.answer()

    def answer(self):
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], self.ANSWER_SECONDS)
            byte = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not byte:
                raise RuntimeError("the wire gives no answer")
            line += byte
        return line.decode().strip()

    def tell(self, command):
        self.process.stdin.write((command + "\n").encode())
        answer = self.answer()
        if not answer.startswith("ok"):
            raise RuntimeError(f"wire: {command}: {answer}")
        return answer

    def quit(self):
        """Return: {"packets": , "late": , "worst": }"""
        answer = self.tell("quit")
        self.process.stdin.close()
        self.process.wait(self.ANSWER_SECONDS)
        return {name: int(value) for name, value in (part.split("=") for part in answer.split()[1:])}

    def kill(self):
        self.process.kill()
        self.process.wait()
