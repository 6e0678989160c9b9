"""labelling.py WIRE SCENARIO PROFILE SEED FOLDER - one labelled run

Two hosts (namespaces.py) play a scenario (scenarios.py) over the wire (wire.c), the kernel's own
account is taken (kernel.py) and turned into the truth (truth.py). FOLDER then has

    capture.pcap   what the tap saw
    truth.jsonl    what the endpoints really did
    wire.jsonl     every packet: when sent, when at the tap, when delivered, or why not
    meta.json      scenario, profile, seed, addresses, and how far the run is to be trusted

The same seed loses the same packets by number, but the kernels' own timing and initial sequence
numbers are not reproducible: two runs with one seed are alike, not identical.

How far to trust it: reasons_to_doubt() says why a run measured a busy machine and not a program.
The truth of a late packet is still true, for times are taken when things happen; but the path
was not the one that was wanted, things that were to meet have missed each other, and what only the
polls of sock_diag show may not have been seen. While it is played, the run has real-time priority,
if it may: on two busy cores nothing is late then.
"""
import asyncio
import json
import os
import platform
import random
import signal
import sys
import time

import kernel
import records
import truth
from namespaces import Host, Wire
from playbook import SCENARIOS
from sockets import Stage

MIDDLE = "set delay_pre=5 delay_post=5"
# The one-way delay is 10 ms in each of them.
PROFILES = {
    "clean": [MIDDLE],
    "loss1": [MIDDLE, "set loss_post=0.01"],
    "loss5": [MIDDLE, "set loss_post=0.05"],
    "preloss": [MIDDLE, "set loss_pre=0.03"],
    "caploss1": [MIDDLE, "set loss_cap=0.01"],
    "caploss5": [MIDDLE, "set loss_cap=0.05"],
    "dup": [MIDDLE, "set dup_pre=0.05 dup_post=0.05"],
    "reorder": [MIDDLE, "set reord_pre=0.05 reord_post=0.05 reord_ms=8 jit_pre=0.5 jit_post=0.5"],
    "mixed": [MIDDLE, "set loss_pre=0.01 loss_post=0.02 loss_cap=0.005 dup_pre=0.02 dup_post=0.02 "
                      "reord_pre=0.03 reord_post=0.03 reord_ms=8 corrupt=0.002"],
    "tapA": ["set dir=A delay_pre=0.2 delay_post=9.8", "set dir=B delay_pre=9.8 delay_post=0.2"],
    "tapB": ["set dir=A delay_pre=9.8 delay_post=0.2", "set dir=B delay_pre=0.2 delay_post=9.8"],
}
ONE_WAY_DELAY = 0.01
SETTLE = 0.6  # seconds after the last thing that a scenario does

MOST_LATE = 0.02           # part of the wire's packets that may be late
WORST_LATE = 50 * 1000     # microseconds
WORST_POLL = 250 * records.MS
WORST_LAG = 10 * records.MS  # of the applications: then the peer's packet may come first


def reasons_to_doubt(meta):
    """Return: why the run says nothing of the program under test; empty if it does."""
    reasons = [f"{count} {name}" for name, count in truth.doubts(meta["summary"]["checks"]).items()]
    if meta["scenario_error"]:
        reasons.append(meta["scenario_error"])
    if meta["trace_lost"]:
        reasons.append(f"{meta['trace_lost']} trace events lost")
    wire = meta["wire"]
    if wire["late"] > MOST_LATE * wire["packets"] or wire["worst"] > WORST_LATE:
        reasons.append(f"late on the wire: {wire['late']} of {wire['packets']}, at worst {wire['worst'] / 1000:.0f} ms")
    if meta["poll_gap"] > WORST_POLL:
        reasons.append(f"no poll for {meta['poll_gap'] // records.MS} ms")
    if meta["lag"] > WORST_LAG:
        reasons.append(f"applications late by {meta['lag'] // records.MS} ms")
    return reasons


class Run:
    """The instruments, from the first to the last packet; whatever happens, nothing of them stays behind."""

    def __init__(self, program, scenario, profile, seed, folder):
        self.program, self.scenario, self.profile, self.seed, self.folder = program, scenario, profile, seed, folder
        self.epoch_offset = time.time_ns() - time.monotonic_ns()
        self.hosts = [Host("A"), Host("B")]
        self.wire = self.trace = self.poller = self.stage = None
        self.error, self.lag = None, 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        try:
            for host in self.hosts:
                host.space.sysctl(self.scenario.settings(host.name))
            self.wire = Wire(self.program, self.hosts, self.path("capture.pcap"), self.path("wire.jsonl"), self.seed,
                             self.epoch_offset)
            for command in (*PROFILES[self.profile], *self.scenario.wire):
                self.wire.tell(command)
            for host in self.hosts:
                host.ready()
            self.trace = kernel.Trace()
            self.poller = kernel.Poller(self.hosts, self.path("polls.jsonl"))
            self.stage = Stage(*self.hosts, self.wire, random.Random(self.seed))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.stage:
            self.stage.clear()
        if self.poller:
            self.poller.kill()
        if self.wire:
            self.wire.kill()
        if self.trace:
            self.trace.remove()

    async def watch(self):
        """How late does the event loop call?"""
        while True:
            due = time.monotonic_ns() + 5 * records.MS
            await asyncio.sleep(0.005)
            self.lag = max(self.lag, time.monotonic_ns() - due)

    async def play(self):
        self.stage.loop = asyncio.get_running_loop()
        watching = asyncio.ensure_future(self.watch())
        try:
            await asyncio.wait_for(self.scenario.play(self.stage), self.scenario.limit)
            await asyncio.sleep(SETTLE)
        except asyncio.TimeoutError:
            self.error = f"not over after {self.scenario.limit} s"
        watching.cancel()

    def measure(self):
        """Return: (meta, its time of end, kernel events, polls)."""
        begin = time.monotonic_ns()
        with kernel.real_time():
            asyncio.run(self.play())
        end = time.monotonic_ns()
        wire = self.wire.quit()
        polls, gap = self.poller.stop()
        events, lost = self.trace.finish()
        meta = {
            "profile": self.profile, "seed": self.seed, "kernel": platform.release(), "epoch_off_ns": self.epoch_offset,
            "t_start": records.seconds(begin + self.epoch_offset), "t_end": records.seconds(end + self.epoch_offset),
            "hosts": {host.name: {f"ip{version}": address for version, address in host.addresses.items()}
                      for host in self.hosts},
            "one_way_delay": ONE_WAY_DELAY, "sysctl": self.scenario.sysctl, "trace_lost": lost,
            "scenario_error": self.error, "wire": wire, "poll_gap": gap,
            "lag": self.lag,
        }
        return meta, end, events, polls


def label(program, name, profile, seed, folder):
    os.makedirs(folder, exist_ok=True)
    with Run(program, SCENARIOS[name], profile, seed, folder) as run:
        meta, end, events, polls = run.measure()
        app = run.stage.log
    os.unlink(run.path("polls.jsonl"))
    with open(run.path("wire.jsonl")) as file:
        packets = [records.loads(line) for line in file]
    lines, summary = truth.build(events, polls, packets, app, meta, end)
    with open(run.path("truth.jsonl"), "w") as file:
        file.writelines(line + "\n" for line in lines)
    with open(run.path("meta.json"), "w") as file:  # last: a folder with it is whole
        file.write(records.dumps({"scenario": name, **meta, "summary": summary}, indent=1) + "\n")


def main():
    program, name, profile, seed, folder = sys.argv[1:]
    kernel.die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    label(program, name, profile, int(seed), folder)


if __name__ == "__main__":
    main()
