"""networks.py - what befalls connections from outside: kernels' settings, firewalls, routes, ICMP, forgers"""
import asyncio
import socket

from parts import (both_finish, close_then, connections, exchange, finish, finish_server_first, many, reset_then,
                   scenario, turned, version_of)
from sockets import TCP, Server


async def mixture(stage, port, count=40, transfer=40000):
    """Short connections that end in every way, some after a transfer."""
    async def play(i, c, s):
        x, y = turned(i // 8, c, s)
        await exchange(c, s, 50, transfer if i % 5 == 0 else 200)
        kind = i % 8
        if kind < 2:
            await finish(x, y, 0.02 * kind)
        elif kind == 2:
            await close_then(x, y)
        elif kind == 3:
            await both_finish(c, s)
        elif kind == 4:
            await reset_then(x, y)
        elif kind == 5:        # half-closed
            x.fin()
            await y.send(b"m" * 3000)
            await asyncio.sleep(0.05)
            await close_then(y, x)
        elif kind == 6:        # EPIPE
            x.close()
            await y.drain(10)
            await y.send(b"one")
            await asyncio.sleep(0.06)
            await y.send(b"two")
            y.close()
        else:                  # idle, and closed behind data
            await asyncio.sleep(0.5)
            await x.send(b"l" * 2000)
            await close_then(x, y)
    await connections(stage, port, count, play, 10, 0.01)


# ---------------------------------------------------------------- settings

@scenario(sysctl={"tcp_timestamps": 0})
async def no_timestamps(stage):
    """both kernels without timestamps"""
    await mixture(stage, 8500)


@scenario(sysctlB={"tcp_timestamps": 0})
async def server_without_timestamps(stage):
    """the client offers timestamps, the server does not want them"""
    await mixture(stage, 8501)


@scenario(sysctl={"tcp_sack": 0})
async def no_sack(stage):
    """no selective acknowledgments"""
    await mixture(stage, 8502)


@scenario(sysctl={"tcp_timestamps": 0, "tcp_sack": 0, "tcp_window_scaling": 0})
async def bare(stage):
    """no options but the MSS, as small stacks"""
    await mixture(stage, 8503)


@scenario(sysctl={"tcp_ecn": 1})
async def ecn(stage):
    """ECN negotiated by both"""
    await mixture(stage, 8504)


@scenario(sysctlB={"tcp_rmem": "2304 2304 2304"}, sysctlA={"tcp_rmem": "2304 4608 4608"})
async def tiny_windows(stage):
    """receive buffers of two kilobytes"""
    await mixture(stage, 8505, 24, 6000)


@scenario(sysctlA={"tcp_timestamps": 0}, sysctlB={"tcp_syncookies": 2})
async def cookies_plain(stage):
    """SYN cookies always, and no timestamps to keep the options in"""
    await mixture(stage, 8506)


@scenario(sysctl={"tcp_fin_timeout": 1, "tcp_orphan_retries": 1, "tcp_retries2": 3, "tcp_synack_retries": 1,
                  "tcp_syn_retries": 1}, lasts=8)
async def impatient(stage):
    """kernels that are set to give up early"""
    await mixture(stage, 8507)


@scenario(profiles=("clean", "loss5", "caploss5", "reorder", "mixed"), lasts=7,
          wire=["set delay_pre=50 delay_post=50"])
async def far_away(stage):
    """a one-way delay of 100 ms: much crosses under way"""
    await mixture(stage, 8508)


# ---------------------------------------------------------------- Fast Open

@scenario(sysctl={"tcp_fastopen": 3})
async def fast_open(stage):
    """Fast Open with a cookie: the first SYN, the SYN-ACK or the ACK is lost; aborted, closed at once, or refused"""
    listener = stage.listen(stage.b, 8510, options=[(TCP, socket.TCP_FASTOPEN, 16)])

    async def serve(s):
        await s.recv_all(5, 2)
        await s.send(b"r" * 300)
        await s.drain(3)
        s.close()

    async def accept_all():
        while s := await stage.accept(stage.b, listener, 4, 6):
            asyncio.ensure_future(serve(s))
    losses = ("dir=A sport={} flags=S count=1 act=drop_post", "dir=B dport={} flags=SA count=1 act=drop_post",
              "dir=A sport={} flags=A-S count=1 act=drop_post", "dir=A sport={} flags=S count=1 act=drop_pre")

    async def one(i):
        c = stage.new(stage.a)
        port = 8510 if i % 7 != 6 else 8511  # nobody listens there
        c.remote = (stage.b.addresses[4], port)
        if i > 1 and i % 2:
            stage.wire.tell("rule " + losses[i // 2 % 4].format(c.local[1]))
        try:
            c.sock.sendto(b"hello", socket.MSG_FASTOPEN, c.remote)
        except BlockingIOError:
            pass
        if i % 6 == 4:
            await asyncio.sleep((0.005, 0.0195, 0.025)[i // 6 % 3])
            c.reset() if i % 4 else c.close()
            return
        await asyncio.sleep(0.1 if i > 1 else 0.3)
        if i < 2:
            await c.send(b"hello")
        await c.recv_all(300, 3)
        c.fin()
        await c.drain(3)
        c.close()
    serving = asyncio.ensure_future(accept_all())
    await one(0)
    await many([one(i) for i in range(1, 26)], 6, 0.03)
    await asyncio.sleep(1)
    serving.cancel()


# ---------------------------------------------------------------- firewalls

async def walled(stage, port, rule, hook="input", kinds=4):
    """Connections that host B's firewall begins to refuse in the middle, each by a rule of its own."""
    await stage.run(stage.b, "nft 'add table inet wall; "
                             f"add chain inet wall {hook} {{ type filter hook {hook} priority 0; }}'")
    which = "sport" if hook == "input" else "dport"

    async def play(i, c, s):
        kind = i % kinds
        x, y = (s, c) if kind == 3 else turned(i // kinds, c, s)
        await exchange(c, s)
        if kind == 3:
            c.fin()
        await asyncio.sleep(0.05)
        await stage.run(stage.b, f"nft 'add rule inet wall {hook} tcp {which} {c.local[1]} {rule}'")
        if kind == 0:
            await x.send(b"through?")
            await x.drain(3)
            x.close()
            await y.drain(1)
            y.close()
        elif kind == 1:
            await y.send(b"through?")
            await asyncio.sleep(0.3)
            await x.send(b"and this?")
            await asyncio.gather(x.drain(2), y.drain(2))
            x.close(), y.close()
        else:
            x.close()
            await y.drain(2)
            y.close()
    await connections(stage, port, 12, play, 12)
    await asyncio.sleep(1)


@scenario(sysctl={"tcp_retries2": 3, "tcp_orphan_retries": 2}, lasts=8)
async def wall_resets(stage):
    """a firewall on B answers with RSTs in B's name: A's socket ends, B's does not know"""
    await walled(stage, 8520, "reject with tcp reset")


@scenario(sysctl={"tcp_retries2": 3, "tcp_orphan_retries": 2}, lasts=8)
async def wall_rejects(stage):
    """a firewall on B answers with ICMP errors"""
    await walled(stage, 8521, "reject with icmpx type admin-prohibited")


@scenario(sysctl={"tcp_retries2": 3, "tcp_orphan_retries": 2}, lasts=8)
async def wall_drops(stage):
    """a firewall on B drops what comes in; B goes on speaking"""
    await walled(stage, 8522, "drop")


@scenario(sysctl={"tcp_retries2": 3, "tcp_orphan_retries": 2}, lasts=8)
async def wall_out(stage):
    """a firewall on B rejects what B sends: B's own socket gets the RST, and A hears nothing more"""
    await walled(stage, 8523, "reject with tcp reset", "output", kinds=2)


@scenario(sysctl={"tcp_syn_retries": 1})
async def wall_refuses(stage):
    """a firewall on B that refuses connections: RST, ICMP of several kinds, silence"""
    await stage.run(stage.b, "nft 'add table inet wall; "
                             "add chain inet wall input { type filter hook input priority 0; }'")
    for n, how in enumerate(("reject with tcp reset", "reject with icmpx type port-unreachable",
                             "reject with icmpx type admin-prohibited", "reject with icmpx type no-route", "drop")):
        await stage.run(stage.b, f"nft 'add rule inet wall input tcp dport {8530 + n} {how}'")
    await many([stage.connect(stage.new(stage.a, version_of(i)), 8530 + i % 5) for i in range(20)], 20)


# ---------------------------------------------------------------- middle boxes and forgers

def forge(stage, side, c, port, what):
    """A segment in the name of the client (A) or the server (B), from the middle of the path."""
    a, b = (host.addresses[c.version] for host in (stage.a, stage.b))
    if side == "A":
        stage.wire.tell(f"inject dir=A v={c.version} src={a} dst={b} sport={c.local[1]} dport={port} {what}")
    else:
        stage.wire.tell(f"inject dir=B v={c.version} src={b} dst={a} sport={port} dport={c.local[1]} {what}")


async def greet(i, c, s):
    """The server speaks first; then they close by turns."""
    await s.send(b"welcome")
    await c.recv(100, 0.5)
    await finish(*turned(i, c, s), timeout=2)


@scenario(lasts=6)
async def middle_resets(stage):
    """a box on the path ends connections by RSTs to both ends, or to one; idle, in a transfer, half-closed"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        await asyncio.sleep(0.06)
        if i % 3 == 1:
            x.fin()
            await asyncio.sleep(0.06)
        elif i % 3 == 2:
            await x.send(b"d" * 400)
            await asyncio.sleep(0.006)
        for side in ("AB", "A", "B")[i // 3 % 3]:
            forge(stage, side, c, 8540, "flags=RA" if i % 2 else "flags=R")
        await asyncio.sleep(0.1)
        await y.send(b"still there?")
        await asyncio.gather(x.drain(1), y.drain(1))
        x.close(), y.close()
    await connections(stage, 8540, 24, play, 8)


@scenario(sysctl={"tcp_syn_retries": 2}, lasts=6)
async def middle_refuses(stage):
    """a box on the path answers SYNs with RSTs: good ones, and ones that acknowledge nothing or too much"""
    server = Server(stage, 8541)

    async def one(i):
        c = stage.new(stage.a, version_of(i))
        if i % 4 < 3:
            stage.wire.tell(f"rule dir=A sport={c.local[1]} flags=S count={1 + i % 2} act=drop_post")
        connecting = asyncio.ensure_future(stage.connect(c, 8541, 6))
        await asyncio.sleep(0.007)
        if i % 4 == 3:         # while the SYN-ACK is on its way
            await asyncio.sleep(0.009)
        forge(stage, "B", c, 8541, ("flags=RA", "flags=R", "flags=RA", "flags=RA")[i % 4])
        made = await connecting
        s = made and await server.accept(c.version, c.local[1], 2)
        if s:
            await greet(i, c, s)
    await many([one(i) for i in range(16)], 8)
    await asyncio.sleep(1)
    server.stop()


@scenario(lasts=6)
async def forged_late(stage):
    """forged RST, SYN, FIN and data for half-closed and closing sockets, and for TIME-WAIT"""
    kinds = ("flags=R seqoff=0", "flags=R seqoff=500", "flags=RA seqoff=0", "flags=S seqoff=5000", "flags=FA seqoff=0",
             "flags=PA seqoff=0 len=40", "flags=R seqoff=-1", "flags=A seqoff=0")

    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        await asyncio.sleep(0.03)
        x.fin()
        await asyncio.sleep(0.06)
        if i // 8 == 2:
            y.fin()
            await asyncio.sleep(0.06)
        # a forged SYN would open something where the server's socket is gone
        what = kinds[i % 8] if i // 8 < 2 or kinds[i % 8][6] != "S" else kinds[0]
        forge(stage, ("A", "B", turned(i, "B", "A")[1])[i // 8], c, 8542, what)
        await asyncio.sleep(0.08)
        try:
            await asyncio.wait_for(finish(y, x, timeout=2), 5)
        except asyncio.TimeoutError:
            x.close(), y.close()
    await connections(stage, 8542, 24, play, 8)
    await asyncio.sleep(0.5)


@scenario(lasts=6)
async def forged_twice(stage):
    """several forged segments at once: RSTs at the edges of the window, SYN and RST, RST from both names"""
    kinds = (("flags=R seqoff=1", "flags=R seqoff=0"), ("flags=S", "flags=R seqoff=3000"),
             ("flags=FA seqoff=100", "flags=RA"),
             ("flags=R seqoff=1", "flags=R seqoff=2", "flags=R seqoff=3"),
             ("flags=PA len=10 seqoff=0", "flags=R seqoff=10"),
             ("flags=SA", "flags=RA seqoff=70000"))

    async def play(i, c, s):
        await exchange(c, s)
        await asyncio.sleep(0.06)
        for what in kinds[i % 6]:
            forge(stage, "AB"[i // 6 % 2], c, 8543, what)
        await asyncio.sleep(0.1)
        await c.send(b"still there?")
        await s.recv(100, 0.5)
        await s.send(b"yes")
        await c.recv(100, 0.5)
        try:
            await asyncio.wait_for(finish(*turned(i, c, s), timeout=2), 5)
        except asyncio.TimeoutError:
            c.close(), s.close()
    await connections(stage, 8543, 24, play, 8)
    await asyncio.sleep(0.5)


@scenario(sysctl={"tcp_tw_reuse": 1}, lasts=7)
async def forged_syns(stage):
    """a SYN forged for a tuple in TIME-WAIT on either side, or gone: what answers it meets who never asked"""
    server = Server(stage, 8544)

    async def one(i):
        c, s = await server.open(i, port=33200 + i, timeout=4)
        if not s:
            return
        await exchange(c, s)
        kind = i % 4
        await (finish, finish_server_first, reset_then, finish)[kind](c, s)
        await asyncio.sleep((0.1, 0.1, 0.1, 1.1)[kind])
        forge(stage, "A", c, 8544, "flags=S seqoff=%d where=%s" % (100000 + i, "post" if i % 5 == 4 else "tap"))
        await asyncio.sleep((0.05, 0.1, 1.5)[i // 4 % 3])
        if kind == 3 or i % 8 == 1:   # and its owner connects again
            c, s = await server.open(i, port=33200 + i, timeout=4)
            if s:
                await exchange(c, s)
                await finish(c, s)
    await many([one(i) for i in range(24)], 24)
    await asyncio.sleep(1.5)
    server.stop()


@scenario(sysctl={"tcp_syn_retries": 2, "tcp_synack_retries": 1}, lasts=6)
async def forged_opens(stage):
    """a RST forged inside the handshake, against SYN-SENT or SYN-RECEIVED or who just opened; then silence, or talk"""
    server = Server(stage, 8545)
    moments = ((0.006, "B", "flags=RA"), (0.012, "A", "flags=R"), (0.018, "A", "flags=RA"), (0.0225, "A", "flags=R"),
               (0.027, "A", "flags=RA"), (0.027, "B", "flags=RA"), (0.027, "B", "flags=R"), (0.027, "A", "flags=R"))

    async def one(i):
        c = stage.new(stage.a, version_of(i))
        connecting = asyncio.ensure_future(stage.connect(c, 8545, 4))
        when, side, what = moments[i % 8]
        await asyncio.sleep(when)
        forge(stage, side, c, 8545, what)
        if not await connecting:
            return
        s = await server.accept(c.version, c.local[1], 0.5)
        if i // 8 == 0:        # nobody says anything any more
            stage.keep(*[one for one in (c, s) if one])
        elif i // 8 == 1:
            await asyncio.sleep(0.3)
            await c.send(b"hello?")
            await c.drain(1)
            c.close()
            if s:
                await s.drain(1)
                s.close()
        elif s:
            await greet(i, c, s)
    await many([one(i) for i in range(24)], 8)
    await asyncio.sleep(1)
    server.stop()


# ---------------------------------------------------------------- ICMP

@scenario(sysctl={"tcp_syn_retries": 2}, lasts=5)
async def icmp_for_syns(stage):
    """ICMP errors of every kind for a SYN: those that end the attempt, and those that do not"""
    kinds = ("3.0", "3.2", "3.4", "3.5", "3.6", "3.9", "3.10", "11.0", "12.0", "4.0", "3.1", "3.13")
    for n, kind in enumerate(kinds):
        stage.wire.tell(f"rule dir=A dport={8550 + n} flags=S-A count=1 act=icmp:{kind}")
        stage.wire.tell(f"rule dir=A dport={8550 + n} flags=S-A count=1 act=icmp:{kind}")
    await many([stage.connect(stage.new(stage.a, 6 if i % 8 > 5 else 4), 8550 + i % 12) for i in range(24)], 24)


@scenario(sysctl={"tcp_retries2": 3, "tcp_orphan_retries": 2, "tcp_synack_retries": 1}, lasts=9)
async def icmp_later(stage):
    """ICMP errors for SYN-ACKs, data and FINs: nobody gives up for them, but who does names them"""
    kinds = ("3.1", "3.0", "3.3", "3.13", "11.0", "3.2")
    server = Server(stage, 8565)

    async def one(i):
        c = stage.new(stage.a, version_of(i))
        port, kind = c.local[1], kinds[i % 6]
        if i % 4 == 0:
            stage.wire.tell(f"rule dir=B dport={port} flags=SA count=1 act=icmp:{kind}")
        made = await stage.connect(c, 8565, 6)
        s = made and await server.accept(c.version, port, 2)
        if not s:
            return
        await exchange(c, s)
        x, y = turned(i // 4, c, s)
        if i % 4 == 1:         # the path comes back
            stage.wire.tell(f"rule dir={x.host.name} port={port} count=2 act=icmp:{kind}")
            await x.send(b"data" * 50)
            await y.recv_all(200, 3)
            await finish(x, y)
        elif i % 4 == 2:       # it does not
            stage.wire.tell(f"rule dir={x.host.name} port={port} count=0 act=icmp:{kind}")
            await x.send(b"data" * 50)
            await x.drain(6)
            x.read_error()
            x.close()
            await y.drain(0.5)
            y.close()
        elif i % 4 == 3:
            count = 2 if i % 8 == 3 else 0
            stage.wire.tell(f"rule dir={x.host.name} port={port} flags=F count={count} act=icmp:{kind}")
            x.close()
            await y.drain(4)
            y.close()
        else:
            await finish(x, y)
    await many([one(i) for i in range(24)], 24)
    server.stop()


@scenario()
async def smaller_path(stage):
    """the path's MTU falls to 1000 (ICMP says so, or nobody does), or the host's own does"""
    async def play(i, c, s):
        x, y = turned(i, c, s)
        await exchange(c, s)
        if i % 3 == 0:
            stage.wire.tell(f"rule dir={x.host.name} port={c.local[1]} lenmin=960 count=3 act=icmp:3.4 mtu=1280")
        elif i % 3 == 1:
            stage.wire.tell(f"rule dir={x.host.name} port={c.local[1]} lenmin=960 count=4 act=drop_post")
        elif i > 9:
            await stage.run(x.host, "ip link set wire mtu 1300")
        sending = asyncio.ensure_future(x.send(b"d" * 30000))
        await y.recv_all(30000, 4)
        await sending
        await finish(x, y, timeout=3)
    await connections(stage, 8566, 15, play, 5)


# ---------------------------------------------------------------- routes and addresses

@scenario(sysctl={"tcp_retries2": 6}, lasts=6)
async def route_lost(stage):
    """A's route to B is prohibited, unreachable or a black hole for a second (IPv4)"""
    server = Server(stage, 8567)
    for turn, kind in enumerate(("prohibit", "unreachable", "blackhole")):
        ends = [await server.open(version=4) for _ in range(4)]
        ends = [(c, s) for c, s in ends if s]
        for c, s in ends:
            await exchange(c, s)
        await asyncio.sleep(0.05)
        route = f"{kind} {stage.b.addresses[4]}/32"
        await stage.run(stage.a, f"ip route replace {route} metric 0")
        trying = [asyncio.ensure_future(stage.connect(stage.new(stage.a), 8567, 2)) for _ in range(2)]
        for n, (c, s) in enumerate(ends):
            await (c, s)[n % 2].send(b"data" * 30)
            if n == 2:
                c.fin()
            elif n == 3:
                c.close()
        await asyncio.sleep(0.9)
        await stage.run(stage.a, f"ip route del {route}")
        await asyncio.gather(*trying)
        await asyncio.sleep(0.4)
        for c, s in ends:
            if not c.closed:
                await c.drain(0.2)
            s.fin()
            await s.drain(1)
            c.close(), s.close()
    await asyncio.sleep(0.5)
    server.stop()


@scenario(sysctl={"tcp_retries2": 5, "tcp_orphan_retries": 3}, lasts=7)
async def address_lost(stage):
    """B loses its address for a second, in the middle of everything, and gets it back (IPv4)"""
    server = Server(stage, 8568)
    ends = [await server.open(version=4) for _ in range(16)]
    ends = [(i, *turned(i, c, s)) for i, (c, s) in enumerate(ends) if s]
    for _, x, y in ends:
        await exchange(x, y)
    address = f"{stage.b.addresses[4]}/31 dev wire"
    await asyncio.sleep(0.05)
    for i, x, _ in ends:
        if i % 4 == 2:
            x.fin()
    await stage.run(stage.b, f"ip address del {address}")
    for i, x, y in ends:
        if i % 4 == 1:
            await x.send(b"data" * 20)
        elif i % 4 == 2:
            y.fin()
        elif i % 4 == 3:
            x.reset()
    await asyncio.sleep(1)
    await stage.run(stage.b, f"ip address add {address}")

    async def end(i, x, y):
        if i % 4 == 0:
            await exchange(x, y)
        if not x.closed:
            await asyncio.wait_for(finish(x, y, timeout=2), 6)
        else:
            await y.send(b"anyone?")
            await y.drain(2)
            y.close()
    await many([end(*each) for each in ends], 16, 0)
    await asyncio.sleep(1)
    server.stop()


@scenario(sysctl={"tcp_retries2": 8}, lasts=7)
async def outages(stage):
    """the path is dead for 0.3 to 1.5 s in the middle of handshakes, transfers and closes, then comes back"""
    server = Server(stage, 8569)

    async def one(i):
        await asyncio.sleep(0.05 * i)
        c, s = await server.open(i, timeout=8)
        if not s:
            return
        await exchange(c, s, 300, 6000, 1 + i % 4)
        if i % 3 == 2:
            await asyncio.sleep(0.4)
        await asyncio.wait_for((finish, close_then, both_finish)[i % 3](*turned(i, c, s)), 15)
    playing = asyncio.ensure_future(many([one(i) for i in range(40)], 40, 0))
    for seconds in (0.3, 1.5, 0.6):
        await asyncio.sleep(0.4)
        stage.wire.tell("rule id=dead count=0 act=drop_post")
        await asyncio.sleep(seconds)
        stage.wire.tell("del id=dead")
    await playing
    server.stop()


@scenario()
async def destroyed(stage):
    """an administrator destroys sockets (ss -K) in several states; the application gets ECONNABORTED"""
    async def play(i, c, s):
        x, y = turned(i // 4, c, s)
        await exchange(c, s)
        if i % 4 == 1:
            x.fin()
            await asyncio.sleep(0.05)
        elif i % 4 == 2:
            y.fin()
            await asyncio.sleep(0.05)
        elif i % 4 == 3:
            await x.send(b"d" * 2000)
        await stage.run(x.host, f"ss -KHnt state all '( sport = :{x.local[1]} and dport = :{x.remote[1]} )' >/dev/null")
        await x.drain(1)
        x.close()
        await y.send(b"hello?")
        await y.drain(1)
        y.close()
    await connections(stage, 8570, 16, play, 4)
