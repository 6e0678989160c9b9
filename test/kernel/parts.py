"""parts.py - what scenarios are made of: the list of them, and what several of their plays do

A scenario is a coroutine with the decorator @scenario, whose first line of documentation says what it
makes. A is usually the client. IPv4 and IPv6 are mixed unless it says otherwise. The decorator's
arguments:

    sysctl     {setting: value} of both hosts; sysctlA, sysctlB of one
    wire       commands for the wire before it begins
    limit      seconds after which it is given up
    profiles   the only profiles it is made for in a full set (it lasts long, or is not about the path)
    lasts      about so many seconds on an unimpaired path, where that is many

Times are chosen so that things meet on a path with a one-way delay of 10 ms. On a busy machine they
may miss each other; then another thing happens, and the truth tells that.
"""
import asyncio

from sockets import Server

SCENARIOS = {}


class Scenario:
    def __init__(self, play, wire=(), limit=60, profiles=None, lasts=5, **sysctl):
        self.play, self.wire, self.limit, self.profiles, self.lasts = play, wire, limit, profiles, lasts
        self.sysctl = sysctl  # sysctl, sysctlA, sysctlB

    def settings(self, side):
        return self.sysctl.get("sysctl" + side, self.sysctl.get("sysctl", {}))


def scenario(**how):
    def note(play):
        SCENARIOS[play.__name__] = Scenario(play, **how)
        return play
    return note


# ---------------------------------------------------------------- parts of scenarios

async def many(plays, at_once, gap=0.02):
    """Play them, so many at once, beginning one every `gap` seconds."""
    free = asyncio.Semaphore(at_once)

    async def one(play):
        async with free:
            try:
                await play
            except (OSError, asyncio.TimeoutError):  # as an application that gives up
                pass
    tasks = []
    for play in plays:
        tasks.append(asyncio.ensure_future(one(play)))
        await asyncio.sleep(gap)
    await asyncio.gather(*tasks)


async def connections(stage, port, count, play, at_once=6, gap=0.02, opening=lambda i: {}, **server_options):
    """Open connections to a server on B, and play(i, client, server) each; opening(i): arguments of open()."""
    server = Server(stage, port, **server_options)

    async def one(i):
        c, s = await server.open(i, **opening(i))
        if s:
            await play(i, c, s)
    await many([one(i) for i in range(count)], at_once, gap)
    server.stop()


def version_of(i):
    return 6 if i % 3 == 2 else 4


def turned(i, c, s):
    """The client and the server take turns in who does what."""
    return (c, s) if i % 2 else (s, c)


async def exchange(c, s, up=200, down=1000, times=1):
    for _ in range(times):
        await c.send(b"q" * up)
        await s.recv_all(up, 15)
        await s.send(b"r" * down)
        await c.recv_all(down, 15)


async def finish(first, then, gap=0.0, timeout=15):
    """Close in order: one sends its FIN, the other reads to the end and closes."""
    first.fin()

    async def others():
        await then.drain(timeout)
        await asyncio.sleep(gap)
        then.close()

    async def own():
        await first.drain(timeout)
        first.close()
    await asyncio.gather(others(), own())


async def close_then(first, then, timeout=10):
    first.close()
    await then.drain(timeout)
    then.close()


async def both_finish(c, s, timeout=10):
    c.fin(), s.fin()
    await asyncio.gather(c.drain(timeout), s.drain(timeout))
    c.close(), s.close()


async def reset_then(first, then, timeout=10):
    first.reset()
    await then.drain(timeout)
    then.close()


async def finish_server_first(c, s):
    await finish(s, c)
