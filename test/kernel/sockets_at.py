#!/usr/bin/env python3
"""sockets_at.py TCPTWIN WIRE [--long] [--profile P] [--seed N] - `tcptwin sockets --at T` against the kernel's own list

Two hosts open connections that end in every way: either side closes first, or both; resets; applications that
never close; refused; unanswered; open to the end. Meanwhile each kernel is asked for all of its sockets, as ss asks
(sock_diag), many times. Then tcptwin is asked for the same moments, of the capture alone.

A dump takes a moment, from t0 to t1, in which sockets move on: a socket agrees if the state that the kernel says
is the one that tcptwin says of t0 or of t1. It counts whichever of the two lists has it; a LISTEN socket, if its port
had answered a SYN by then.

Also compared: how many sockets of each host ever were in TIME-WAIT and in CLOSE-WAIT (`hosts`), against the
kernel's; and, in the last dump, how many are.

The short form (ctest) opens 150 connections; --long opens 1,000, and goes on until their TIME-WAIT is over, for some
two minutes.
"""
import argparse
import asyncio
import collections
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import kernel
import records
from labelling import MOST_LATE, WORST_LAG, WORST_LATE, Run
from needs import missing, skip
from parts import Scenario, both_finish, close_then, exchange, finish, many, reset_then
from sockets import TCP, Server

STATES = {1: "established", 2: "syn_sent", 3: "syn_received", 4: "fin_wait_1", 5: "fin_wait_2", 6: "time_wait",
          8: "close_wait", 9: "last_ack", 10: "listen", 11: "closing", 12: "syn_received"}
ALL = sum(1 << state for state in STATES)
LEAST = {"clean": 99.0, "loss1": 97.0}  # percent of the sockets, over all dumps
UNANSWERED, REFUSED, SERVED = 7001, 9, (8400, 8401, 8402)
CLOSE_WAIT, TIME_WAIT = 8, 6


# ---------------------------------------------------------------- the run

async def one(stage, servers, i):
    """A connection, and its end."""
    kind, version = stage.rnd.random(), 6 if i % 3 == 2 else 4
    if kind < 0.04:
        await stage.connect(stage.new(stage.a if i % 2 else stage.b, version), REFUSED)
        return
    if kind < 0.07:
        conn = stage.new(stage.a, version)
        if i % 2:  # SYNs at 0, 1 and 3 s; over at 7
            conn.sock.setsockopt(TCP, socket.TCP_SYNCNT, 2)
            await stage.connect(conn, UNANSWERED)
        else:  # over after the run
            conn.sock.connect_ex((stage.b.addresses[version], UNANSWERED))
            stage.keep(conn)
        return
    c, s = await servers[i % len(servers)].open(i, version)
    if not s:
        return
    await exchange(c, s, 50, 500, stage.rnd.randrange(1, 4))
    await asyncio.sleep(stage.rnd.expovariate(2))
    x, y = (c, s) if stage.rnd.random() < 0.6 else (s, c)
    if kind < 0.45:
        await finish(x, y, stage.rnd.expovariate(3))
    elif kind < 0.60:
        await close_then(x, y)
    elif kind < 0.68:
        await both_finish(c, s)
    elif kind < 0.75:
        await reset_then(x, y)
    elif kind < 0.90:  # the other side never closes
        if i % 50:
            x.close()
            stage.keep(y)
        else:  # nor does this one: FIN-WAIT-2 without a timer, which looks the same
            x.fin()
            stage.keep(c, s)
    else:
        stage.keep(c, s)


async def heartbeat(stage, server):
    """Something to be captured all the time: packet time is the only clock that tcptwin has."""
    c, s = await server.open(0, 4)
    stage.keep(c, s)
    while True:
        await exchange(c, s, 10, 10)
        await asyncio.sleep(0.1)


def play(count, gap, settle):
    async def all_of_them(stage):
        stage.wire.tell(f"rule dir=A dport={UNANSWERED} flags=S-A count=0 act=drop_post")
        servers = [Server(stage, port) for port in SERVED]
        beating = asyncio.ensure_future(heartbeat(stage, servers[0]))
        await many([one(stage, servers, i) for i in range(count)], 200, gap)
        await asyncio.sleep(settle / 2)
        beating.cancel()
        await asyncio.sleep(settle / 2)  # after the last packet only timers go on
    return all_of_them


class Sampler:
    """A child process that asks both kernels for all of their sockets, every `interval` seconds."""

    def __init__(self, hosts, interval, path):
        self.path, self.pid = path, os.fork()
        if self.pid == 0:
            try:
                with kernel.real_time():
                    self.sample(hosts, interval)
            finally:
                os._exit(1)

    def sample(self, hosts, interval):
        kernel.die_with_parent(signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        links = []
        for host in hosts:
            with host.space:
                links.append((host, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, kernel.NETLINK_SOCK_DIAG)))
        with open(self.path, "w") as file:
            while True:
                for host, netlink in links:
                    for version, family in ((4, socket.AF_INET), (6, socket.AF_INET6)):
                        t0 = time.monotonic_ns()
                        answers = list(kernel.ask(netlink, family, ALL))
                        t1 = time.monotonic_ns()
                        dump = [(*key, state) for key, state, _ in kernel.sockets_of(answers)]
                        line = {"host": host.addresses[version], "t0": t0, "t1": t1, "dump": dump}
                        file.write(json.dumps(line) + "\n")
                file.flush()
                time.sleep(interval)

    def stop(self):
        """Return: the dumps."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        with open(self.path) as file:
            return [json.loads(line) for line in file if line.endswith("\n")]


def doubts(meta):
    """Return: why a run says nothing about the program; empty if it does."""
    wire = meta["wire"]
    late = wire["late"] > MOST_LATE * wire["packets"] or wire["worst"] > WORST_LATE
    return ([f"late on the wire: {wire['late']} of {wire['packets']}, at worst {wire['worst'] / 1000:.0f} ms"] * late
            + [f"applications late by {meta['lag'] // records.MS} ms"] * (meta["lag"] > WORST_LAG)
            + [f"{meta['trace_lost']} trace events lost"] * (meta["trace_lost"] > 0)
            + [meta["scenario_error"]] * bool(meta["scenario_error"]))


# ---------------------------------------------------------------- what tcptwin says

class Said:
    def __init__(self, tool, capture, offset):
        self.tool, self.capture, self.offset = tool, capture, offset

    def ask(self, *arguments):
        done = subprocess.run([self.tool, *arguments, "--json", "-q", self.capture], check=True,
                              capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def sockets(self, host, t):
        """{(address, port, peer's address, peer's port): state}; of a listener the peer is "", 0"""
        t += self.offset
        events = self.ask("sockets", "--host", host, "--at", f"{t // 10**9}.{t % 10**9:09d}")
        return {(e["local_ip"], e["local_port"], e.get("peer_ip", ""), e.get("peer_port", 0)): e["state"]
                for e in events}


# ---------------------------------------------------------------- comparing

def kernel_sockets(dump, answered):
    """The same for a dump; of the listeners those that answered a SYN before it."""
    found = {}
    for address, port, peer, peer_port, state in dump["dump"]:
        if STATES[state] != "listen":
            found[address, port, peer, peer_port] = STATES[state]
        elif answered.get((address, port), dump["t1"]) < dump["t0"]:
            found[address, port, "", 0] = "listen"
    return found


def first_answers(packets):
    """{(address, port): when it first answered a SYN}"""
    first = {}
    for p in packets:
        if records.is_syn_ack(p):
            key = p["src"], p["sport"]
            first[key] = min(first.get(key, p["t_in"]), p["t_in"])
    return first


class Agreement:
    def __init__(self):
        self.all, self.agree, self.wrong = collections.Counter(), collections.Counter(), []

    def take(self, dump, truth, before, after):
        for key in {*truth, *before, *after}:
            real, said = truth.get(key, "-"), (before.get(key, "-"), after.get(key, "-"))
            if real == "-" and "-" in said:
                continue  # it came or went meanwhile
            name = real if real != "-" else said[0]
            self.all[name] += 1
            if real in said:
                self.agree[name] += 1
            else:
                self.wrong.append((dump["t0"], key, real, said))

    def percent(self):
        return 100 * sum(self.agree.values()) / max(1, sum(self.all.values()))

    def print(self):
        for state, count in sorted(self.all.items()):
            print(f"  {state:14} {self.agree[state]:7} of {count:7}  {100 * self.agree[state] / count:6.2f} %")
        print(f"  {'all':14} {sum(self.agree.values()):7} of {sum(self.all.values()):7}  {self.percent():6.2f} %",
              flush=True)


def compare(said, dumps, packets, verbose):
    agreement, answered = Agreement(), first_answers(packets)
    begin = min(p["t_tap"] for p in packets if p["t_tap"] is not None)
    for dump in dumps:
        if dump["t0"] < begin:
            continue
        truth = kernel_sockets(dump, answered)
        agreement.take(dump, truth, *(said.sockets(dump["host"], dump[t]) for t in ("t0", "t1")))
    agreement.print()
    for t0, key, real, states in agreement.wrong[:verbose]:
        print(f"    {(t0 - begin) / 1e9:9.4f} s  {key}: kernel {real}, tcptwin {'/'.join(states)}")
    return agreement


def entered(events, polls, hosts):
    """{(address, state): how many sockets ever were in it}, as the kernel tells"""
    sockets = collections.defaultdict(set)
    addresses = {address for host in hosts for address in host.addresses.values()}
    for e in events:
        if (e["ev"] == "inet_sock_set_state" and e["protocol"] == 6 and e["newstate"] == CLOSE_WAIT
                and e["src"] in addresses):
            sockets[e["src"], "close_wait"].add((e["sport"], e["dst"], e["dport"]))
    for change in polls:
        _, address, port, peer, peer_port = change["k"]
        if change["st"] == TIME_WAIT:
            sockets[address, "time_wait"].add((port, peer, peer_port))
    return {key: len(found) for key, found in sockets.items()}


def compare_totals(said, truth, hosts):
    """Return: whether the numbers of `hosts` are the kernel's."""
    events = {e["host_ip"]: e for e in said.ask("hosts") if "service_port" not in e}
    good = True
    for host in hosts:
        for address in host.addresses.values():
            for state in ("time_wait", "close_wait"):
                real, mine = truth.get((address, state), 0), events.get(address, {}).get(f"{state}_sockets", 0)
                good &= real == mine
                mark = "" if real == mine else "  <--"
                print(f"  {address:20} ever in {state:10} kernel {real:5}, tcptwin {mine:5}{mark}", flush=True)
    return good


# ---------------------------------------------------------------- the whole

def run_once(a, folder):
    count, gap, settle, interval = (1000, 0.02, 66, 0.5) if a.long else (150, 0.02, 1, 0.15)
    scenario = Scenario(play(count, gap, settle), limit=200)
    with Run(a.wire, scenario, a.profile, a.seed, folder) as run:
        sampler = Sampler(run.hosts, interval, run.path("dumps.jsonl"))
        try:
            meta, _, events, polls = run.measure()
        finally:
            dumps = sampler.stop()
        hosts, offset = run.hosts, run.epoch_offset
    with open(os.path.join(folder, "wire.jsonl")) as file:
        packets = [records.loads(line) for line in file]
    packets = [p for p in packets if "sport" in p]
    for p in packets:
        for name in ("t_in", "t_tap", "t_out"):
            p[name] = p[name] - offset if p[name] is not None else None
    said = Said(a.tcptwin, os.path.join(folder, "capture.pcap"), offset)
    return meta, dumps, packets, said, hosts, entered(events, polls, hosts)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("wire")
    arguments.add_argument("--long", action="store_true")
    arguments.add_argument("--profile", default="clean", choices=LEAST)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 31))
    arguments.add_argument("--keep", help="leave the capture and the dumps in this folder")
    arguments.add_argument("-v", "--verbose", type=int, default=20, help="so many disagreements are shown")
    a = arguments.parse_args()
    why = missing()
    if why:
        skip(why)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    print(f"seed {a.seed}, {a.profile}", flush=True)
    folder = a.keep or tempfile.mkdtemp(prefix="kernel-sockets-")
    os.makedirs(folder, exist_ok=True)
    try:
        meta, dumps, packets, said, hosts, truth = run_once(a, folder)
        print(f"{len(packets)} packets, {len(dumps)} dumps; {meta['wire']}", flush=True)
        agreement = compare(said, dumps, packets, a.verbose)
        good = agreement.percent() >= LEAST[a.profile]
        good &= compare_totals(said, truth, hosts)
        if not good and doubts(meta):
            skip("the machine is too busy: " + "; ".join(doubts(meta)))
    finally:
        if not a.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
