"""programs.py - what programs make of their sockets: protocols, options, and the ways to be rude"""
import asyncio
import os
import signal
import socket

from parts import (both_finish, close_then, connections, exchange, finish, many, reset_then, scenario, turned,
                   version_of)
from sockets import FAMILY, TCP, Server

SMALL_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)


async def dial(stage, port, i, options=(), timeout=15, local_port=None):
    """Return: a client that is connected to B, or None."""
    c = stage.new(stage.a, version_of(i), local_port, options)
    return c if await stage.connect(c, port, timeout) else None


# ---------------------------------------------------------------- protocols

@scenario()
async def mail(stage):
    """the server speaks first; QUIT is answered, and the server closes"""
    async def play(i, c, s):
        await s.send(b"220 ready\r\n")
        await c.recv(100, 5)
        for n in range(1 + i % 4):
            await exchange(c, s, 20, 30)
        await c.send(b"d" * 4000 + b"QUIT\r\n")
        await s.recv_all(4006, 5)
        await s.send(b"221 bye\r\n")
        s.close()
        if i % 3 == 0:
            await c.recv(100, 5)
            c.close()          # without waiting for the end of file
        else:
            await c.drain(5)
            c.close()
    await connections(stage, 8400, 24, play, 8)


@scenario()
async def idle_race(stage):
    """a pool's connections: the server closes what was idle while the next request is on its way"""
    async def play(i, c, s):
        await exchange(c, s, times=1 + i % 3)
        await asyncio.sleep(0.06)
        s.close()
        await asyncio.sleep((0, 0.004, 0.009, 0.0105, 0.015, 0.03)[i % 6])
        await c.send(b"q" * 300)
        if i % 2:
            await asyncio.sleep(0.05)
            await c.send(b"again")
        await c.drain(5)
        c.close()
    await connections(stage, 8401, 24, play, 8)


@scenario()
async def turned_away(stage):
    """the server closes at once, with or without a word; the client's request comes too late"""
    async def play(i, c, s):
        if i % 3:
            await s.send(b"busy\r\n")
        s.close() if i % 4 else s.reset()
        await asyncio.sleep((0, 0.005, 0.02)[i // 4 % 3])
        await c.send(b"q" * 500)
        await c.drain(5)
        c.close()
    await connections(stage, 8402, 24, play, 8)


@scenario()
async def hasty_client(stage):
    """connect, send, close: all before the server has accepted; some connect and close without a word"""
    server = Server(stage, 8403)

    async def one(i):
        c = await dial(stage, 8403, i)
        if not c:
            return
        if i % 4 < 2:
            await c.send(b"q" * (100 if i % 2 else 5000))
        c.reset() if i % 5 == 4 else c.close()
        s = await server.accept(c.version, c.local[1])
        if not s:
            return
        await asyncio.sleep((0, 0.02, 0.2)[i % 3])
        await s.drain(5)
        await s.send(b"r" * 200)
        if i % 3 == 1:
            await asyncio.sleep(0.05)
            await s.send(b"more")
        s.close()
    await many([one(i) for i in range(24)], 8)
    server.stop()


@scenario()
async def remote_shell(stage):
    """the client sends its input and half-closes; the output comes a while later, in pieces"""
    async def play(i, c, s):
        await c.send(b"i" * (10 + 3000 * (i % 3)))
        c.fin()
        await s.drain(5)
        await asyncio.sleep(0.3)
        for n in range(3):
            await s.send(b"o" * (100 + 9000 * (i % 2)))
            await asyncio.sleep(0.05 * n)
        if i % 5 == 4:
            s.reset()
        else:
            s.close()
        await c.drain(5)
        c.close()
    await connections(stage, 8404, 20, play, 8)


@scenario()
async def long_poll(stage):
    """a request that is answered after two seconds; some clients have hung up by then, or reset"""
    async def play(i, c, s):
        await c.send(b"poll")
        await s.recv_all(4, 5)
        if i % 4 == 0:
            await asyncio.sleep(2)
            await s.send(b"r" * 500)
            await c.recv_all(500, 5)
            await finish(*turned(i // 4, c, s))
        elif i % 4 == 1:
            await asyncio.sleep(1)
            c.close()
            await asyncio.sleep(1)
            await s.send(b"r" * 500)
            await asyncio.sleep(0.05)
            await s.send(b"r" * 500)
            await s.drain(5)
            s.close()
        elif i % 4 == 2:
            await asyncio.sleep(1)
            c.reset()
            await asyncio.sleep(1)
            await s.send(b"r" * 500)
            s.close()
        else:
            await asyncio.sleep(1.99)
            await s.send(b"r" * 500)  # it crosses the client's FIN
            c.close()
            await s.drain(5)
            s.close()
    await connections(stage, 8405, 24, play, 24)


@scenario()
async def goodbyes(stage):
    """as TLS does: each side announces its close and closes, whatever the other has still to say"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        await x.send(b"n" * 31)
        x.close()
        await y.recv(31, 5)
        if i % 3 == 0:
            await y.send(b"n" * 31)   # nobody reads it: a RST
            y.close()
        elif i % 3 == 1:
            await y.send(b"n" * 31)
            await asyncio.sleep(0.04)
            y.fin()
            await y.drain(5)
            y.close()
        else:
            await y.send(b"d" * 6000)
            await y.send(b"n" * 31)
            await y.drain(5)
            y.close()
    await connections(stage, 8406, 24, play, 8)


@scenario()
async def proxy(stage):
    """B passes on what A's clients say to A's servers; ends and errors of one side reach the other"""
    front, back = Server(stage, 8407), Server(stage, 8408, host=stage.a)

    async def pump(x, y):
        while data := await x.recv(16384, 5):
            await y.send(data)
        y.fin()

    async def one(i):
        c = await dial(stage, 8407, i)
        s = c and await front.accept(c.version, c.local[1])
        if not s:
            return
        p = stage.new(stage.b, s.version)
        made = await stage.connect(p, 8408)
        t = made and await back.accept(p.version, p.local[1])
        if not t:
            s.close()
            return
        relaying = asyncio.gather(pump(s, p), pump(p, s))
        await c.send(b"q" * 20000)
        await t.recv_all(20000, 5)
        await t.send(b"r" * (1000 + 20000 * (i % 3)))
        if i % 4 == 3:
            t.reset()
        else:
            await c.recv_all(1000 + 20000 * (i % 3), 5)
            if i % 4 == 2:
                c.close()
                await t.drain(5)
                t.close()
            else:
                await finish(*turned(i, c, t))
        await asyncio.wait_for(relaying, 8)
        s.close(), p.close()
        if not c.closed:
            await c.drain(3)
            c.close()
    await many([one(i) for i in range(20)], 6)
    front.stop(), back.stop()


@scenario()
async def port_scan(stage):
    """connect() to ports that listen and ports that do not; closed or reset at once"""
    server = Server(stage, 8409)

    async def one(i):
        c = await dial(stage, 8409 if i % 2 else 8410 + i, i)
        if c:
            c.reset() if i % 4 == 1 else c.close()
            s = await server.accept(c.version, c.local[1], 2)
            if s:
                await s.drain(2)
                s.close()
    await many([one(i) for i in range(30)], 10)
    server.stop()


@scenario(lasts=8)
async def chatter(stage):
    """both speak when they like: crossing data, a little each; then a close in the middle of it"""
    async def speak(x, times):
        for _ in range(times):
            if not await x.send(b"c" * stage.rnd.randrange(1, 3000)):
                return
            await asyncio.sleep(stage.rnd.random() * 0.03)

    async def play(i, c, s):
        x, y = turned(i, c, s)
        speaking = asyncio.gather(speak(x, 20), speak(y, 40))
        reading = asyncio.gather(x.drain(1), y.drain(1))
        await asyncio.sleep(0.25 + stage.rnd.random() / 2)
        if i % 3 == 0:
            x.fin()
        await speaking
        y.fin() if i % 3 < 2 else y.close()
        await reading
        x.close(), y.close()
    await connections(stage, 8450, 18, play, 9)


@scenario(wire=["set rate=40000 qlen=200000"], limit=90, lasts=8)
async def cut_short(stage):
    """a transfer of 600 kB whose receiver, or sender, closes or resets in the middle"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        sending = asyncio.ensure_future(x.send(b"d" * 600000))
        await y.recv_all(60000 + 20000 * (i % 5), 10)
        if i % 4 == 0:
            y.close()
        elif i % 4 == 1:
            y.reset()
        elif i % 4 == 2:
            sending.cancel()
            x.reset()
        else:
            sending.cancel()
            x.close()
            await y.drain(10)
        await asyncio.wait([sending], timeout=10)
        x.close() if not x.closed else None
        await y.drain(5) if not y.closed else None
        y.close()
    await connections(stage, 8451, 12, play, 4)


# ---------------------------------------------------------------- options and calls

@scenario(lasts=7)
async def defer_accept(stage):
    """TCP_DEFER_ACCEPT: the server's socket waits for data; some never come"""
    server = Server(stage, 8411, options=[(TCP, socket.TCP_DEFER_ACCEPT, 2)])

    async def one(i):
        c = await dial(stage, 8411, i)
        if not c:
            return
        await asyncio.sleep((0, 0.05, 0.5, 1.5, 4)[i % 5])
        if i % 7 == 6:
            c.close()
        elif i % 7 == 5:
            c.reset()
        else:
            await c.send(b"q" * 100)
        s = await server.accept(c.version, c.local[1], 3)
        if s and not c.closed:
            await s.recv_all(100, 5)
            await s.send(b"r" * 500)
            await c.recv_all(500, 5)
            await finish(*turned(i, c, s))
        elif s:
            await s.drain(2)
            s.close()
    await many([one(i) for i in range(28)], 28)
    server.stop()


@scenario()
async def linger_zero(stage):
    """close() as an abort: over unsent and unread data, half-closed, in CLOSE-WAIT, while connecting"""
    async def play(i, c, s):
        x, y = turned(i // 6, c, s)
        kind = i % 6
        if kind == 0:
            writing = asyncio.ensure_future(x.send(b"w" * 60000))
            await asyncio.sleep(0.4)
            writing.cancel()
            await asyncio.sleep(0)
            x.reset()
        elif kind == 1:
            await y.send(b"unread" * 80)
            await asyncio.sleep(0.04)
            x.reset()
        elif kind == 2:
            x.fin()
            await y.drain(5)
            await asyncio.sleep(0.04)
            x.reset()
            await asyncio.sleep(0.03)
            await y.send(b"epipe?")
        elif kind == 3:
            y.fin()
            await x.drain(5)
            await x.send(b"r" * 4000)
            x.reset()
        elif kind == 4:
            x.fin(), y.fin()
            await asyncio.sleep(0.005)
            x.reset()
        else:
            x.reset()
        await asyncio.sleep(0.03)
        await y.drain(5)
        y.read_error()
        y.close()
    await connections(stage, 8412, 24, play, 8, 0.02, lambda i: {"options": [SMALL_BUFFER]}, options=[SMALL_BUFFER])


@scenario(lasts=6)
async def linger_wait(stage):
    """close() that waits a second for what is unsent to go: in time, or not"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        x.linger(1)
        if i % 2:
            writing = asyncio.ensure_future(x.send(b"w" * 60000))
            await asyncio.sleep(0.3)
            writing.cancel()
            await asyncio.sleep(0)
        x.note("close")
        closing = stage.loop.run_in_executor(None, x.sock.close)
        await asyncio.sleep((0, 0.05, 1.5)[i % 3])
        await y.drain(5)
        y.close()
        await closing
    await connections(stage, 8413, 12, play, 6, 0.02, lambda i: {"options": [SMALL_BUFFER]}, options=[SMALL_BUFFER])


@scenario()
async def gives_up_connecting(stage):
    """close() or an abort of a connect() before, with or after the answer, and where none comes"""
    server = Server(stage, 8414)
    for port in range(26000, 26024, 6):
        stage.wire.tell(f"rule dir=B dport={port} count=0 act=drop_{'pre' if port % 4 else 'post'}")

    async def one(i):
        patience = (0.5, 0.003, 0.012, 0.0185, 0.022, 0.03)[i % 6]
        c = await dial(stage, 8414, i, timeout=patience, local_port=26000 + i)
        if c:
            c.reset() if i % 4 < 2 else c.close()
        s = await server.accept(version_of(i), 26000 + i, 1.5)
        if s:
            await s.send(b"welcome")
            await s.drain(2)
            s.close()
    await many([one(i) for i in range(24)], 12)
    await asyncio.sleep(0.7)
    server.stop()


@scenario()
async def deaf(stage):
    """shutdown(RD): what still comes is acknowledged and thrown away, or left unread: then a RST"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        x.sock.shutdown(socket.SHUT_RD)
        if i % 3:
            await y.send(b"unheard" * 100)
            await asyncio.sleep(0.04)
        if i % 3 == 2:
            await x.recv_all(700, 1)
        await x.send(b"q" * 300)
        x.close()
        await y.drain(5)
        y.close()
    await connections(stage, 8415, 18, play, 6)


@scenario(lasts=6)
async def closed_and_kept(stage):
    """both have shut down, one after the other or at once, and nobody calls close() for four seconds"""
    async def play(i, c, s):
        await exchange(c, s)
        x, y = turned(i, c, s)
        x.fin()
        await asyncio.sleep((0, 0.006, 0.05, 0.3)[i % 4])
        y.fin()
        await asyncio.sleep(4)
        x.close(), y.close()
    await connections(stage, 8416, 16, play, 16)


@scenario(lasts=6)
async def slow_reader(stage):
    """the reader takes a little now and then; the writer has long closed"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        sending = asyncio.ensure_future(x.send(b"w" * 40000))
        for n in range(40):
            if not await y.recv(1500, 2):
                break
            await asyncio.sleep(0.03)
            if sending.done() and not x.closed:
                x.close() if i % 3 else x.fin()
        await y.drain(5)
        y.reset() if i % 5 == 4 else y.close()
        await sending
        await x.drain(3) if not x.closed else None
        x.close()
    await connections(stage, 8417, 12, play, 12, 0.02, lambda i: {"options": [SMALL_BUFFER]}, options=[SMALL_BUFFER])


@scenario(lasts=7)
async def closed_window_close(stage):
    """close() behind a closed window that opens seconds later, or never: the FIN waits behind the data"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        sending = asyncio.ensure_future(x.send(b"w" * 60000))
        await asyncio.sleep(0.5)
        sending.cancel()
        await asyncio.sleep(0)
        x.close() if i % 2 else x.fin()
        await asyncio.sleep(0.7 * (i % 4))
        if i % 4 == 3:
            y.fin()
            await asyncio.sleep(0.3)
        if i % 5 == 4:
            y.close()          # unread data: a RST
        else:
            await y.drain(3)
            y.close()
        if not x.closed:
            await x.drain(3)
            x.close()
    await connections(stage, 8418, 16, play, 16, 0.02, lambda i: {"options": [SMALL_BUFFER]}, options=[SMALL_BUFFER])


TCP_LINGER2 = 8


@scenario(lasts=7)
async def linger2(stage):
    """TCP_LINGER2: FIN-WAIT-2 for one or three seconds after close(), or not at all"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        x.set(TCP, TCP_LINGER2, (1, 3, -1)[i % 3])
        if i % 2:
            x.fin()
            await y.drain(5)
            await asyncio.sleep(0.05)
        x.close()
        await asyncio.sleep((0.3, 1.7, 4.5)[i // 3 % 3])
        if i % 4 == 3:
            await y.send(b"late")
            await asyncio.sleep(0.05)
        y.close()
    await connections(stage, 8419, 18, play, 18)


@scenario()
async def urgent(stage):
    """urgent data in between, at the end, and unread"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        await x.send(b"plain")
        x.sock.send(b"!", socket.MSG_OOB)
        if i % 3:
            await x.send(b"and on" * 50)
            await y.recv_all(5, 1)
        if i % 3 == 2:
            y.sock.send(b"?!", socket.MSG_OOB)
        await (both_finish, finish, reset_then)[i // 3 % 3](x, y)
    await connections(stage, 8420, 18, play, 6)


@scenario()
async def corked(stage):
    """small writes held back (TCP_CORK) or sent one by one (TCP_NODELAY), and closed at once"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        x.set(TCP, (socket.TCP_CORK, socket.TCP_NODELAY)[i % 2])
        for n in range(6):
            await x.send(b"s" * (7 + 100 * (i % 4)))
        x.close() if i % 3 else x.fin()
        await y.drain(5)
        y.close()
        if not x.closed:
            await x.drain(5)
            x.close()
    await connections(stage, 8421, 18, play, 6)


@scenario()
async def disconnects(stage):
    """connect() to nobody: an abort in ESTABLISHED, CLOSE-WAIT, FIN-WAIT-2; then the socket connects again"""
    server = Server(stage, 8422)

    async def one(i):
        c, s = await server.open(i)
        if not s:
            return
        await exchange(c, s)
        if i % 3 == 1:
            s.fin()
            await c.drain(5)
        elif i % 3 == 2:
            c.fin()
            await s.drain(5)
            await asyncio.sleep(0.04)
        c.disconnect()
        await asyncio.sleep(0.04)
        await s.send(b"who?")
        await s.drain(2)
        s.close()
        c.close()
    await many([one(i) for i in range(18)], 6)
    server.stop()


@scenario()
async def crossing_ends(stage):
    """both send their last data and close at the same time, a little apart"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        await asyncio.sleep(0.03)
        await x.send(b"l" * (2000 if i % 3 else 1))
        x.close() if i % 4 == 3 else x.fin()
        await asyncio.sleep((0, 0.003, 0.008, 0.0098, 0.0102, 0.012)[i % 6])
        if i % 5:
            await y.send(b"l" * 3000)
        y.close() if i % 4 == 2 else y.fin()
        await asyncio.gather(*(one.drain(5) for one in (x, y) if not one.closed))
        x.close(), y.close()
    await connections(stage, 8423, 30, play, 6)


@scenario()
async def crossing_opens(stage):
    """simultaneous opens that are given up, aborted or closed at once, or find one socket gone"""
    async def one(i):
        ports = 27000 + i, 28000 + i
        a, b = (stage.new(host, version_of(i), port) for host, port in zip((stage.a, stage.b), ports))

        async def later():
            await asyncio.sleep((0, 0.004, 0.008)[i % 3])
            return await stage.connect(b, ports[0], 0.005 if i % 6 == 5 else 5)
        made = await asyncio.gather(stage.connect(a, ports[1], 5), later())
        if not all(made):
            a.close(), b.close()
            return
        x, y = turned(i, a, b)
        if i % 4 == 0:
            await reset_then(x, y)
        elif i % 4 == 1:
            await both_finish(x, y)
        else:
            x.close()
            await y.drain(5)
            y.close()
    await many([one(i) for i in range(24)], 6)


# ---------------------------------------------------------------- servers

@scenario(sysctlB={"tcp_abort_on_overflow": 1, "tcp_syncookies": 0}, lasts=6)
async def overflow_aborts(stage):
    """the accept queue is full, and the server says so: a RST for the handshake's last ACK"""
    await overflow(stage, 8424)


@scenario(sysctlB={"tcp_syncookies": 0, "tcp_synack_retries": 3}, lasts=9)
async def overflow_waits(stage):
    """the accept queue is full: the last ACK is dropped; some get in later"""
    await overflow(stage, 8425)


async def overflow(stage, port):
    listener = stage.listen(stage.b, port, 4, 2)

    async def one(i):
        c = stage.new(stage.a)
        if not await stage.connect(c, port, 6):
            return
        if i % 3:
            await asyncio.sleep(0.05)
            await c.send(b"q" * 100)
        await c.drain(3)
        c.close()

    async def serve():
        await asyncio.sleep(1.5)
        while s := await stage.accept(stage.b, listener, 4, 4):
            if s.remote:
                await s.recv(100, 0.3)
                await s.send(b"r" * 100)
            s.close()
    await asyncio.gather(serve(), many([one(i) for i in range(12)], 12, 0.03))


@scenario(sysctlB={"tcp_syncookies": 1, "tcp_max_syn_backlog": 8, "tcp_synack_retries": 1}, lasts=6)
async def cookies_in_need(stage):
    """half-open connections fill the queue, and later ones are answered with SYN cookies"""
    server = Server(stage, 8426, backlog=8)
    for port in range(29000, 29012):
        stage.wire.tell(f"rule dir=A sport={port} flags=A-S count=0 act=drop_post")

    async def half_open(port):
        c = stage.new(stage.a, 4, port)
        if await stage.connect(c, 8426, timeout=4):
            await asyncio.sleep(2)
            c.close()

    async def late(i):
        await asyncio.sleep(0.5 + 0.02 * i)
        c, s = await server.open(version=4, timeout=6)
        if s:
            await exchange(c, s)
            await finish(*turned(i, c, s))
    await many([half_open(port) for port in range(29000, 29012)] + [late(i) for i in range(12)], 24, 0.01)
    server.stop()


@scenario()
async def listener_leaves(stage):
    """the listener closes: over connections not yet accepted, and half-open ones; some then connect in vain"""
    for turn in range(3):
        listeners = {v: stage.listen(stage.b, 8430 + turn, v) for v in (4, 6)}

        async def one(i):
            await asyncio.sleep(0.004 * i)
            c = await dial(stage, 8430 + turn, i, timeout=4)
            if c:
                if i % 2:
                    await c.send(b"q" * 200)
                await c.drain(2)
                c.close()
        trying = [asyncio.ensure_future(one(i)) for i in range(8)]
        await asyncio.sleep(0.034)
        for listener in listeners.values():
            listener.close()
        await asyncio.gather(*trying)


@scenario(sysctlB={"tcp_syncookies": 0}, lasts=6)
async def listener_changes(stage):
    """another process listens to the same port (SO_REUSEPORT), and the first goes while handshakes are under way"""
    shared = [(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)]
    first, second = (Server(stage, 8433, options=shared) for _ in range(2))

    async def one(i):
        c = await dial(stage, 8433, i, timeout=4)
        if not c:
            return
        await c.send(b"q" * 100)
        found = [asyncio.ensure_future(one.accept(c.version, c.local[1], 1)) for one in (first, second)]
        s = next((s for s in await asyncio.gather(*found) if s), None)
        if s:
            await exchange(c, s)
            await finish(*turned(i, c, s))
        else:
            await c.drain(1)
            c.close()
    trying = asyncio.ensure_future(many([one(i) for i in range(20)], 20, 0.004))
    await asyncio.sleep(0.045)
    first.close()
    await trying
    second.stop()


@scenario()
async def server_killed(stage):
    """a server's process is killed: over a transfer, over unread data, over its accept queue"""
    def victim(version, port):
        def play(report):
            with stage.b.space:
                listener = socket.socket(FAMILY[version])
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((stage.b.addresses[version], port))
                listener.listen()
                os.write(report, b"ready\n")
                sending = listener.accept()[0]
                idle = listener.accept()[0]
                sending.sendall(b"d" * 100000)
                signal.pause()
                idle.close()
        return play

    async def served(c):
        await c.send(b"hello" * 20)
        await c.drain(2)
        await c.send(b"are you there?")
        await asyncio.sleep(0.05)
        await c.send(b"no?")
        c.close()
    for i in range(6):
        pid, report = stage.spawn(victim(version_of(i), 8440 + i))
        with os.fdopen(os.dup(report)) as lines:
            await stage.loop.run_in_executor(None, lines.readline)
        clients = []
        for _ in range(4):
            clients.append(stage.new(stage.a, version_of(i)))
            await stage.connect(clients[-1], 8440 + i, 4)
        using = [asyncio.ensure_future(served(c)) for c in clients if not c.closed]
        await asyncio.sleep((0.01, 0.03, 0.06)[i % 3])
        stage.kill(pid)
        await asyncio.gather(*using)


# ---------------------------------------------------------------- keep-alive and time-outs

KEEPALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (TCP, socket.TCP_KEEPIDLE, 1), (TCP, socket.TCP_KEEPINTVL, 1),
             (TCP, socket.TCP_KEEPCNT, 2)]


@scenario(lasts=9)
async def keepalive_ends(stage):
    """probes of both ends; then the path or the peer is gone: ETIMEDOUT, by the user's limit too, or a RST"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        for option in KEEPALIVE:
            x.set(*option)
            if i % 3 == 0:
                y.set(*option)
        if i % 4 == 3:
            x.set(TCP, socket.TCP_USER_TIMEOUT, 2500)
        await exchange(c, s)
        await asyncio.sleep(1.5)
        if i % 4 < 2:
            stage.wire.tell(f"rule port={c.local[1]} count=0 act=drop_{'post' if i % 2 else 'pre'}")
        elif i % 4 == 2:
            y.vanish()
        else:
            stage.wire.tell(f"rule dir={y.host.name} port={c.local[1]} count=0 act=drop_post")
        await asyncio.sleep(0.2)
        await x.drain(6)
        x.read_error()
        x.close()
        if not y.closed:
            await y.drain(1)
            y.close()
    await connections(stage, 8427, 12, play, 12)


@scenario(sysctl={"tcp_retries2": 5}, lasts=9)
async def user_timeout(stage):
    """TCP_USER_TIMEOUT: over data, over a closed window whose probes are answered, over an unanswered FIN"""
    async def play(i, c, s):
        x, y = turned(i // 3, c, s)
        x.set(TCP, socket.TCP_USER_TIMEOUT, (700, 1600, 3000)[i % 3])
        if i % 4 == 3:
            sending = asyncio.ensure_future(x.send(b"w" * 60000))
            await asyncio.sleep(5)
            sending.cancel()
            await asyncio.sleep(0)
        else:
            await exchange(c, s)
            stage.wire.tell(f"rule dir={x.host.name} port={c.local[1]} count=0 act=drop_post")
            if i % 4 == 2:
                x.fin()
            else:
                await x.send(b"void")
            await x.drain(6)
        x.read_error()
        x.close()
        await y.drain(0.5)
        y.close()
    await connections(stage, 8428, 12, play, 12, 0.02, lambda i: {"options": [SMALL_BUFFER]}, options=[SMALL_BUFFER])


@scenario(sysctl={"tcp_syn_retries": 5}, limit=90, lasts=14, profiles=("clean", "loss5", "caploss5", "mixed"))
async def slow_connect(stage):
    """the first SYNs, or SYN-ACKs, are lost: seconds go by; some give up in between"""
    server = Server(stage, 8429)

    async def one(i):
        side = ("dir=A sport={} flags=S", "dir=B dport={} flags=SA")[i % 2].format(30000 + i)
        stage.wire.tell(f"rule {side} count={1 + i % 5} act=drop_{'pre' if i % 3 == 0 else 'post'}")
        c = await dial(stage, 8429, i, timeout=2.3 if i % 4 == 3 else 12, local_port=30000 + i)
        s = c and await server.accept(c.version, c.local[1])
        if s:
            await exchange(c, s)
            await finish(*turned(i, c, s))
    await many([one(i) for i in range(20)], 20)
    server.stop()


@scenario(limit=100, lasts=75, profiles=("clean", "loss1", "caploss1"))
async def finwait2_expires(stage):
    """close() and a peer that never closes: FIN-WAIT-2 for its 60 s; some say something then"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        x.close()
        await asyncio.sleep(69)
        if i % 2:
            await y.send(b"late")
            await y.drain(1)
        y.close()
    await connections(stage, 8452, 10, play, 10, 0.1)


@scenario(limit=90, lasts=25, sysctl={"tcp_retries2": 6, "tcp_orphan_retries": 4, "tcp_syn_retries": 4,
                                      "tcp_synack_retries": 3},
          profiles=("clean", "loss5", "caploss5", "mixed"))
async def ladders(stage):
    """every kind of repetition until the kernel gives up: SYN, SYN-ACK, data, FIN of an orphan, probes of a window"""
    server = Server(stage, 8453)

    async def one(i):
        if i % 5 == 0:
            stage.wire.tell(f"rule dir=A sport={31000 + i} count=0 act=drop_post")
        c, s = await server.open(i, port=31000 + i, timeout=22)
        if not s:
            return
        x, y = turned(i // 5, c, s)
        if i % 5 == 1:
            stage.wire.tell(f"rule dir={x.host.name} port={c.local[1]} count=0 act=drop_post")
            await x.send(b"void" * 100)
            await x.drain(20)
        elif i % 5 == 2:
            await exchange(c, s)
            stage.wire.tell(f"rule dir={x.host.name} port={c.local[1]} count=0 act=drop_post")
            x.close()
            await asyncio.sleep(15)
        elif i % 5 == 3:
            await exchange(c, s)
            stage.wire.tell(f"rule port={c.local[1]} count=0 act=drop_pre")
            await x.send(b"void")
            x.close()
            await asyncio.sleep(15)
        else:
            await exchange(c, s)
            x.fin()
            await y.drain(2)
            stage.wire.tell(f"rule dir={y.host.name} port={c.local[1]} count=0 act=drop_post")
            y.close()
            await asyncio.sleep(15)
        x.close(), y.close()
    await many([one(i) for i in range(20)], 20)
    server.stop()


# ---------------------------------------------------------------- the same tuple again

async def reuse(stage, port, first_port):
    """Three connections of each tuple, closed in every way, each soon after the other."""
    server = Server(stage, port)

    async def one(i):
        for turn in range(3):
            c, s = await server.open(i, port=first_port + i, timeout=4)
            if not s:
                await asyncio.sleep(1)
                continue
            await exchange(c, s)
            kind = (i + turn) % 4
            await (finish, finish, reset_then, both_finish)[kind](*turned(i // 4, c, s))
            await asyncio.sleep((1.3, 0.2, 0.002, 1.5)[kind])
    await many([one(i) for i in range(12)], 12)
    server.stop()


@scenario(limit=90, lasts=8, sysctl={"tcp_tw_reuse": 1})
async def reused(stage):
    """the same tuple again, TIME-WAIT at either side or both (tcp_tw_reuse), also right after a RST"""
    await reuse(stage, 8454, 32000)


@scenario(limit=90, lasts=8, sysctl={"tcp_tw_reuse": 1, "tcp_timestamps": 0})
async def reused_plain(stage):
    """the same without timestamps: only the sequence numbers tell old from new"""
    await reuse(stage, 8455, 32100)


@scenario(lasts=8)
async def forgotten(stage):
    """a host forgets its socket without a word (it was switched off) and connects from the same port again"""
    server = Server(stage, 8456)

    async def one(i):
        c, s = await server.open(i, port=33000 + i)
        if not s:
            return
        await exchange(c, s)
        if i % 3 == 1:
            s.fin()
            await asyncio.sleep(0.05)
        c.vanish()
        await asyncio.sleep(0.1)
        if i % 3 == 2:
            await s.send(b"anyone?")
            await asyncio.sleep(0.1)
        c2, s2 = await server.open(i, port=33000 + i, timeout=6)
        await s.drain(0.5)
        s.close()
        if s2:
            await exchange(c2, s2)
            await finish(*turned(i, c2, s2))
    await many([one(i) for i in range(15)], 15)
    server.stop()


async def vanish_then(x, y):
    x.vanish()
    await y.send(b"anyone?")
    await y.drain(5)
    y.close()


@scenario(lasts=6)
async def switched_off(stage):
    """one host forgets its sockets: the other learns it by a RST when it speaks, closes, or answers a FIN"""
    async def play(i, c, s):
        x, y = turned(i // 4, c, s)
        await exchange(c, s)
        await asyncio.sleep(0.03)
        if i % 4 == 0:
            await vanish_then(x, y)
        elif i % 4 == 1:
            x.vanish()
            await close_then(y, x)
        elif i % 4 == 2:
            x.fin()
            await asyncio.sleep(0.05)
            x.vanish()
            await close_then(y, x)
        else:
            y.fin()
            await asyncio.sleep(0.05)
            await vanish_then(x, y)
    await connections(stage, 8457, 16, play, 8)
