"""scenarios.py - what the two hosts' applications do

Every state and every close, in the order of a connection's life; programs.py has what programs make of
them, and networks.py what happens to hosts and paths meanwhile. parts.py says what a scenario is.
"""
import asyncio
import os
import signal
import socket
import time

from parts import (both_finish, close_then, connections, exchange, finish, finish_server_first, many, reset_then,
                   scenario, turned, version_of)
from sockets import FAMILY, TCP, Server

# ---------------------------------------------------------------- closes in order

async def requests(stage, play, count=24):
    async def one(i, c, s):
        await exchange(c, s, 100 + i * 10, 500 + i * 300, 1 + i % 3)
        await play(i, c, s)
    await connections(stage, 8000, count, one, 8, 0.01)


async def close_fully(i, first, then):
    first.close()
    await then.drain(15)
    await asyncio.sleep(0.002 * (i % 10))
    then.close()


@scenario()
async def reqresp(stage):
    """request and response, the client shuts down first"""
    await requests(stage, lambda i, c, s: finish(c, s, 0.01 * (i % 4)))


@scenario()
async def server_first(stage):
    """the server shuts down first (TIME-WAIT at the server)"""
    await requests(stage, lambda i, c, s: finish(s, c, 0.01 * (i % 4)))


@scenario()
async def client_close(stage):
    """the client calls close() first: its FIN-WAIT-2 becomes a small socket at once"""
    await requests(stage, close_fully)


@scenario()
async def server_close(stage):
    """the server calls close() first"""
    await requests(stage, lambda i, c, s: close_fully(i, s, c))


@scenario()
async def ipv6(stage):
    """IPv6 only, closed in every order"""
    async def play(i, c, s):
        await exchange(c, s)
        await (finish, finish_server_first, reset_then, both_finish)[i % 4](c, s)
    await connections(stage, 8006, 24, play, 8, 0.01, lambda i: {"version": 6})


@scenario(limit=90)
async def many_short(stage):
    """300 short connections, up to 40 at a time, closed in every order"""
    async def play(_, c, s):
        r = stage.rnd.random()
        await exchange(c, s, 50, 200)
        if r < 0.35:
            await finish(c, s)
        elif r < 0.65:
            await finish(s, c)
        elif r < 0.75:
            await close_then(c, s)
        elif r < 0.85:
            await close_then(s, c)
        elif r < 0.93:
            await both_finish(c, s)
        else:
            await reset_then(c, s)
    await connections(stage, 8010, 300, play, 40, 0.004)


@scenario(wire=["set rate=40000 qlen=200000"], limit=90,
          profiles=("clean", "loss1", "caploss1", "reorder", "mixed", "tapA", "tapB"))
async def bulk(stage):
    """600 kB up, down or both ways at 40 Mbit/s, then a close"""
    size = 600000

    async def play(i, c, s):
        ways = ([(c, s)], [(s, c)], [(c, s), (s, c)])[i % 3]
        await asyncio.gather(*(x.send(b"d" * size) for x, _ in ways), *(y.recv_all(size, 30) for _, y in ways))
        await finish(*turned(i + 1, c, s))
    await connections(stage, 8020, 6, play, 2, 0)


async def half_close(stage, play):
    async def one(i, c, s):
        x, y = play(c, s)
        await exchange(c, s)
        x.fin()
        for _ in range(5):
            if not await y.send(b"more" * (100 + 400 * (i % 4))):
                break
            await asyncio.sleep(0.03)
        if i % 5 == 4:
            await y.drain(5)
        await close_then(y, x)
    await connections(stage, 8030, 16, one, 8)


@scenario()
async def half_close_c(stage):
    """the client half-closes, the server goes on sending, then closes"""
    await half_close(stage, lambda c, s: (c, s))


@scenario()
async def half_close_s(stage):
    """the server half-closes, the client goes on sending, then closes"""
    await half_close(stage, lambda c, s: (s, c))


@scenario()
async def simul_close(stage):
    """both shut down at once: FIN-WAIT-1, CLOSING, TIME-WAIT on both sides"""
    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(0.03)  # let the acknowledgments settle
        x, y = turned(i, c, s)
        x.fin()
        await asyncio.sleep((0, 0.002, 0.005, 0.009, 0.012)[i % 5])
        y.fin()
        if i % 3:  # else closed while in CLOSING
            await asyncio.gather(c.drain(10), s.drain(10))
        c.close(), s.close()
    await connections(stage, 8040, 25, play, 5)


@scenario()
async def simul_open(stage):
    """both connect() to each other with fixed ports: SYN-SENT to SYN-RECEIVED"""
    async def one(i):
        ports = 21000 + i, 22000 + i
        a, b = (stage.new(host, version_of(i), port) for host, port in zip((stage.a, stage.b), ports))

        async def later():
            time.sleep((0, 0, 0.001, 0.003)[i % 4])  # nothing must come between: the other's SYN takes 10 ms
            return await stage.connect(b, ports[0])
        made = await asyncio.gather(stage.connect(a, ports[1]), later())
        if not all(made):
            a.close(), b.close()
            return
        await exchange(a, b)
        await (finish, finish_server_first, both_finish)[i % 3](a, b)
    await many([one(i) for i in range(24)], 6)


# ---------------------------------------------------------------- no connection

@scenario()
async def refused(stage):
    """nobody listens, on either side"""
    await many([stage.connect(stage.new(stage.a if i % 2 else stage.b, version_of(i)), 9) for i in range(20)], 5)


@scenario(sysctl={"tcp_syn_retries": 2}, lasts=8, profiles=("clean", "caploss5"))
async def connect_timeout(stage):
    """SYNs into a black hole behind the tap until ETIMEDOUT"""
    stage.wire.tell("rule dir=A dport=7001 flags=S-A count=0 act=drop_post")
    await many([stage.connect(stage.new(stage.a, version_of(i)), 7001) for i in range(10)], 10)


@scenario(sysctl={"tcp_syn_retries": 2})
async def icmp_unreach(stage):
    """the SYN is answered by an ICMP error (port, host, administratively)"""
    for port, kind in ((7011, "3.3"), (7012, "3.1"), (7013, "3.13")):
        stage.wire.tell(f"rule dir=A dport={port} flags=S-A count=0 act=icmp:{kind}")
    await many([stage.connect(stage.new(stage.a, version_of(i // 3)), 7011 + i % 3) for i in range(12)], 12)


# ---------------------------------------------------------------- resets

async def aborts(stage, sides):
    async def play(i, c, s):
        x, y = sides(c, s)
        if i % 3:
            await exchange(c, s)
        if i % 3 == 2:
            await x.send(b"unacked" * 300)
        x.reset()
        await y.drain(10)
        y.read_error()
        y.close()
    await connections(stage, 8060, 18, play)


@scenario()
async def rst_client(stage):
    """the client aborts in ESTABLISHED"""
    await aborts(stage, lambda c, s: (c, s))


@scenario()
async def rst_server(stage):
    """the server aborts in ESTABLISHED"""
    await aborts(stage, lambda c, s: (s, c))


@scenario()
async def rst_close_wait(stage):
    """a RST from and against a side in CLOSE-WAIT; a RST against LAST-ACK"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        x.fin()
        await y.drain(10)      # y: CLOSE-WAIT, x: FIN-WAIT-2
        await asyncio.sleep(0.03)
        if i % 3 == 0:
            await reset_then(y, x)
        elif i % 3 == 1:
            x.reset()
            await asyncio.sleep(0.05)
            await y.send(b"epipe?")
            y.read_error()
            y.close()
        else:
            y.close()          # LAST-ACK, and the peer aborts at once
            x.reset()
            await asyncio.sleep(0.05)
    await connections(stage, 8080, 24, play)


@scenario()
async def rst_fin_wait(stage):
    """a RST in FIN-WAIT-1 and FIN-WAIT-2, and data for a side that has closed"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        await asyncio.sleep(0.03)
        if i % 4 == 0:         # the FIN and the peer's RST cross
            x.fin()
            await reset_then(y, x)
        elif i % 4 == 1:       # abort in FIN-WAIT-1
            x.fin()
            await asyncio.sleep(0.005)
            await reset_then(x, y)
        elif i % 4 == 2:       # data for a small socket in FIN-WAIT-2
            x.close()
            await asyncio.sleep(0.05)
            await y.send(b"too late" * 50)
            await asyncio.sleep(0.06)
            await y.send(b"epipe")
            await y.drain(10)
            y.close()
        else:                  # data under way to a closed socket
            await y.send(b"z" * 3000)
            await close_then(x, y)
    await connections(stage, 8090, 24, play)


@scenario()
async def write_after_reset(stage):
    """the peer closes; a first write draws a RST, the second fails with EPIPE"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        x.close()
        await y.drain(10)
        await y.send(b"one")
        await asyncio.sleep(0.06)
        await y.send(b"two")
        y.close()
    await connections(stage, 8100, 16, play)


@scenario()
async def kill9(stage):
    """the process is killed: a FIN from the kernel, or a RST where data was unread"""
    server = Server(stage, 8230)

    def victim(version):
        def play(report):
            with stage.a.space:
                kept = []
                for _ in range(3):
                    kept.append(socket.socket(FAMILY[version]))
                    kept[-1].connect((stage.b.addresses[version], 8230))
                    os.write(report, b"%d\n" % kept[-1].getsockname()[1])
                signal.pause()
        return play

    async def end(s):
        await s.drain(5)
        await s.send(b"x")
        await asyncio.sleep(0.04)
        s.close()
    for i in range(8):
        pid, report = stage.spawn(victim(version_of(i)))
        with os.fdopen(os.dup(report)) as lines:
            ports = [int(await stage.loop.run_in_executor(None, lines.readline)) for _ in range(3)]
        accepted = [await server.accept(version_of(i), port) for port in ports]
        if accepted[0]:
            await accepted[0].send(b"unread by the victim")
        await asyncio.sleep(0.05)
        stage.kill(pid)
        await asyncio.gather(*(end(s) for s in accepted if s))
    server.stop()


# ---------------------------------------------------------------- what lasts

@scenario()
async def close_wait_leak(stage):
    """the peer closes and the application never does: CLOSE-WAIT to the end of the capture"""
    async def play(i, c, s):
        x, _ = turned(i, c, s)
        await exchange(c, s)
        x.fin() if i % 3 else x.close()
        stage.keep(c, s)
    await connections(stage, 8110, 12, play)
    await asyncio.sleep(2.5)


@scenario(sysctl={"tcp_fin_timeout": 2})
async def finwait2_timeout(stage):
    """FIN-WAIT-2 after close(): the kernel drops it after 2 s; some FINs come in time"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        if i % 4 == 3:
            x.fin()            # shutdown only: there is no timer
            stage.keep(x)
        else:
            x.close()
        await asyncio.sleep(1.2 if i % 3 == 0 else 3.2)
        y.close()              # after the timeout the FIN meets no socket
        await asyncio.sleep(0.1)
    await connections(stage, 8120, 18, play, 18)


@scenario(limit=90)
async def tw_reuse(stage):
    """TIME-WAIT on either side, then the same tuple again; also after a RST"""
    server = Server(stage, 8130)

    async def one(i):
        for turn in range(3):
            c, s = await server.open(i, port=23000 + i)
            if not s:
                await asyncio.sleep(0.5)
                continue
            await exchange(c, s)
            kind = (i + turn) % 4
            # at the server a new SYN recycles it, at the client a connect() a second later does
            await (finish, finish, reset_then, reset_then)[kind](*((s, c) if kind in (0, 3) else (c, s)))
            await asyncio.sleep(1.3 if kind == 1 else 0.2)
    await many([one(i) for i in range(12)], 12)
    server.stop()


@scenario(limit=90, lasts=65, profiles=("clean", "caploss1"))
async def timewait_expire(stage):
    """TIME-WAIT lasts its 60 s within the capture"""
    async def play(i, c, s):
        await exchange(c, s)
        await finish(*turned(i + 1, c, s))
    await connections(stage, 8250, 8, play, 8, 0.05)
    await asyncio.sleep(64)


@scenario(lasts=8, profiles=("clean", "loss5", "caploss1"))
async def long_idle(stage):
    """idle for 7 s, then used again or closed"""
    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(7)
        if i % 2:
            await exchange(c, s)
        await finish(*turned(i + 1, c, s))
    await connections(stage, 8240, 8, play, 8, 0.05)


@scenario(lasts=9, profiles=("clean", "loss5", "caploss1"))
async def keepalive(stage):
    """keep-alive on an idle connection; then a dead peer (ETIMEDOUT)"""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (TCP, socket.TCP_KEEPIDLE, 1),
               (TCP, socket.TCP_KEEPINTVL, 1),
               (TCP, socket.TCP_KEEPCNT, 3)]

    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(3.2)
        if i < 4:
            await finish(c, s)
            return
        stage.wire.tell(f"rule port={c.local[1]} count=0 act=drop_post")
        await c.drain(20)
        c.close()
        stage.keep(s)
    await connections(stage, 8140, 8, play, 8, 0.02, lambda i: {"options": options})


SMALL_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)


@scenario()
async def zero_window(stage):
    """the reader stops: zero window and probes; then it resumes, resets, or the writer closes"""
    async def play(i, c, s):
        x, y = turned(i, c, s)   # y does not read
        writing = asyncio.ensure_future(x.send(b"w" * 60000))
        await asyncio.sleep(1.5)
        if i % 3 == 0:
            await asyncio.gather(writing, y.recv_all(60000, 10))
            await finish(*turned(i + 1, c, s))
        elif i % 3 == 1:
            y.close()            # unread data: a RST for the writer
            await writing
            x.close()
        else:
            writing.cancel()
            x.close()            # a FIN behind what cannot be sent
            await asyncio.sleep(1)
            await y.drain(10)
            y.close()
    await connections(stage, 8150, 12, play, 12, 0.02, lambda i: {"options": [SMALL_BUFFER]}, options=[SMALL_BUFFER])


# ---------------------------------------------------------------- handshakes

@scenario(sysctlB={"tcp_syncookies": 0, "tcp_max_syn_backlog": 4, "tcp_synack_retries": 1},
          sysctlA={"tcp_syn_retries": 2}, lasts=8)
async def synq_overflow(stage):
    """half-open connections fill the SYN queue (no cookies): later SYNs are dropped"""
    server = Server(stage, 8160, backlog=4)
    for port in range(24000, 24006):  # whose ACKs never reach the server
        stage.wire.tell(f"rule dir=A sport={port} flags=A-S count=0 act=drop_post")

    async def half_open(port):
        conn = stage.new(stage.a, 4, port)
        if await stage.connect(conn, 8160, timeout=4):
            await asyncio.sleep(3)
            conn.close()

    async def late():
        await asyncio.sleep(0.3)
        c, s = await server.open(version=4, timeout=8)
        if s:
            await exchange(c, s)
            await finish(c, s)
    await many([half_open(port) for port in range(24000, 24006)] + [late() for _ in range(6)], 12, 0.01)
    await asyncio.sleep(1)
    server.stop()


@scenario(sysctlB={"tcp_syncookies": 2})
async def syncookies(stage):
    """SYN cookies always: the server keeps no state between SYN-ACK and ACK"""
    await requests(stage, lambda i, c, s: finish(c, s, 0.01 * (i % 4)), 20)


@scenario(sysctlB={"tcp_synack_retries": 2}, sysctlA={"tcp_syn_retries": 3}, lasts=12)
async def handshake_loss(stage):
    """lost SYN, SYN-ACK and ACK; a client that stays silent while the server repeats"""
    server = Server(stage, 8180)
    losses = ("dir=A sport={} flags=S count=1 act=drop_post", "dir=B dport={} flags=SA count=1 act=drop_post",
              "dir=A sport={} flags=A-S count=1 act=drop_post", "dir=B dport={} flags=SA count=2 act=drop_pre",
              "dir=A sport={} flags=A-S count=0 act=drop_post", "dir=B dport={} flags=SA count=0 act=drop_post")

    async def one(i):
        stage.wire.tell("rule " + losses[i % 6].format(25000 + i))
        c, s = await server.open(i, port=25000 + i, timeout=8)
        if s:
            await exchange(c, s)
            await finish(c, s)
        elif c:
            await asyncio.sleep(2)
            c.close()
    await many([one(i) for i in range(24)], 24)
    server.stop()


@scenario(sysctl={"tcp_fastopen": 3})
async def tfo(stage):
    """TCP Fast Open: data in the SYN; the server is in SYN-RECEIVED with a full socket (IPv4)"""
    listener = stage.listen(stage.b, 8210, options=[(TCP, socket.TCP_FASTOPEN, 16)])

    async def serve(s):
        await s.recv_all(5, 10)
        await s.send(b"r" * 300)
        if stage.rnd.random() >= 0.5:
            await s.drain(10)
        s.close()

    async def accept_all():
        while s := await stage.accept(stage.b, listener, 4, 5):
            asyncio.ensure_future(serve(s))

    async def answered(c):
        for _ in range(60):
            await asyncio.sleep(0.02)
            try:
                if c.sock.getsockopt(TCP, socket.TCP_INFO, 8)[0] != 2:  # SYN-SENT
                    return
            except OSError:
                return

    async def one(i):
        c = stage.new(stage.a)
        c.remote = (stage.b.addresses[4], 8210)
        try:
            c.sock.sendto(b"hello", socket.MSG_FASTOPEN, c.remote)
        except BlockingIOError:
            pass
        await answered(c)
        if i < 2 or i % 5 == 0:  # the first ones had no cookie
            await c.send(b"hello")
        await c.recv_all(300, 5)
        c.fin()
        await c.drain(5)
        c.close()
    serving = asyncio.ensure_future(accept_all())
    await one(0)
    await one(1)
    await many([one(i) for i in range(2, 16)], 4, 0.03)
    serving.cancel()


# ---------------------------------------------------------------- lost closes, dead paths

@scenario()
async def close_loss(stage):
    """lost FIN, lost ACK of a FIN, lost last ACK, a damaged FIN, and a RST that never arrives"""
    losses = ("dir=A sport={} flags=F count=1 act=drop_post", "dir=B dport={} flags=F count=1 act=drop_post",
              "dir=A sport={} flags=A-F lenmax=0 count=1 act=drop_post",
              "dir=A sport={} flags=F count=1 act=corrupt_pre",
              "dir=A sport={} flags=F count=2 act=drop_pre", "dir=A sport={} flags=R count=0 act=drop_post",
              "dir=A sport={} flags=F count=1 act=corrupt_post")

    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(0.03)
        stage.wire.tell("rule " + losses[i % 7].format(c.local[1]))
        if i % 7 != 5:
            await finish(c, s, 0.02)
            return
        c.reset()
        await asyncio.sleep(0.1)
        await s.send(b"anyone?")
        await asyncio.sleep(0.6)
        s.close()
    await connections(stage, 8190, 28, play, 14)
    await asyncio.sleep(0.5)


USER_TIMEOUT = [(TCP, socket.TCP_USER_TIMEOUT, 1500)]


@scenario(sysctl={"tcp_retries2": 3, "tcp_orphan_retries": 2}, limit=90, lasts=15,
          profiles=("clean", "loss5", "caploss1", "mixed"))
async def dead_path(stage):
    """the path dies: timeouts in ESTABLISHED and CLOSE-WAIT, orphans in FIN-WAIT-1, LAST-ACK, CLOSING"""
    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(0.05)
        up = f"rule dir=A sport={c.local[1]} count=0 act=drop_post"
        down = f"rule dir=B dport={c.local[1]} count=0 act=drop_{'pre' if i % 8 < 4 else 'post'}"
        kind = i % 4
        if kind == 1:
            s.fin()
            await c.drain(5)
            await asyncio.sleep(0.05)
        if kind == 3:
            s.fin()
            stage.wire.tell(up)
            await asyncio.sleep(0.03)
            c.close()          # CLOSE-WAIT to LAST-ACK; its FIN never arrives
            s.close()
            return
        stage.wire.tell(up)
        stage.wire.tell(down)
        if kind < 2:
            await c.send(b"into the void")
            await c.drain(15)
        c.close()
        s.close()
    await connections(stage, 8200, 16, play, 16, 0.02, lambda i: {"options": USER_TIMEOUT if i % 2 else ()})
    await asyncio.sleep(9)


# ---------------------------------------------------------------- forged segments

def forge(stage, i, c, port, what):
    """From the client or the server, in turn."""
    a, b = (host.addresses[c.version] for host in (stage.a, stage.b))
    if i % 2:
        stage.wire.tell(f"inject dir=A v={c.version} src={a} dst={b} sport={c.local[1]} dport={port} {what}")
    else:
        stage.wire.tell(f"inject dir=B v={c.version} src={b} dst={a} sport={port} dport={c.local[1]} {what}")


@scenario()
async def forged_rst(stage):
    """forged RSTs: exact (kills), in the window (challenge ACK), outside (ignored), unseen by the tap (kills)"""
    kinds = ((0, "tap"), (1000, "tap"), (-5, "tap"), (400000000, "tap"), (0, "post"))

    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(0.06)
        forge(stage, i, c, 8260, "flags=R seqoff=%d where=%s" % kinds[i % 5])
        await asyncio.sleep(0.1)
        await c.send(b"still there?")
        await asyncio.sleep(0.1)
        await s.recv(100, 1)
        await asyncio.wait_for(finish(*turned(i + 1, c, s), timeout=2), 8)
    await connections(stage, 8260, 20, play, 5, 0.03)


@scenario(sysctl={"tcp_orphan_retries": 2, "tcp_retries2": 4}, lasts=6)
async def forged_other(stage):
    """forged FIN (accepted), SYN (challenge ACK), data (accepted or old), FIN outside the window"""
    kinds = ("flags=FA seqoff=0", "flags=S seqoff=0", "flags=PA seqoff=0 len=50", "flags=FA seqoff=400000000",
             "flags=PA seqoff=-50 len=50", "flags=S seqoff=90000000", "flags=SA seqoff=0")

    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(0.06)
        forge(stage, i, c, 8270, kinds[i % 7])
        await asyncio.sleep(0.15)
        try:
            await asyncio.wait_for(finish(*turned(i + 1, c, s), timeout=2), 8)
        except asyncio.TimeoutError:
            c.close(), s.close()
    await connections(stage, 8270, 21, play, 7, 0.03)
    await asyncio.sleep(1.5)


# ---------------------------------------------------------------- the rest

@scenario()
async def midstream(stage):
    """the capture begins in the middle of connections in several states"""
    stage.wire.tell("rule id=unseen count=0 act=nocap")
    server, opened = Server(stage, 8290), []
    for i in range(15):
        c, s = await server.open(i)
        if s:
            await exchange(c, s)
            if i % 5 in (1, 2):
                (c, s)[i % 5 - 1].fin()
            opened.append((i, c, s))
    await asyncio.sleep(0.3)
    stage.wire.tell("del id=unseen")

    async def one(i, c, s):
        if i % 5 == 0:
            await exchange(c, s)
            await finish(c, s)
        elif i % 5 in (1, 2):
            x, y = (c, s) if i % 5 == 1 else (s, c)
            await y.send(b"more")
            await asyncio.sleep(0.05)
            await close_then(y, x, 5)
        elif i % 5 == 3:
            await reset_then(c, s, 5)
        else:
            await finish(s, c)
    await many([one(*each) for each in opened], 15)
    server.stop()


IPPROTO_MPTCP = 262


@scenario()
async def mptcp(stage):
    """MPTCP with one subflow, and a fall back to TCP (IPv4)"""
    async def one(i):
        port = 8300 + i
        listener = stage.listen(stage.b, port, 4, 16, (), IPPROTO_MPTCP)
        c = stage.new(stage.a, 4, protocol=0 if i % 3 == 2 else IPPROTO_MPTCP)
        accepting = asyncio.ensure_future(stage.accept(stage.b, listener, 4, 5))
        made = await stage.connect(c, port)
        s = await accepting
        if made and s:
            await exchange(c, s)
            await finish(*turned(i + 1, c, s))
    await many([one(i) for i in range(6)], 3, 0.05)
