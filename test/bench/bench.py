#!/usr/bin/env python3
"""bench.py TCPTWIN PCAP_LOOP [options] - packets a second, and memory, against a bare libpcap loop.

Makes a workload with the generator of the shared folder (compiled on the fly; deterministic), or of published
captures (published.py), or takes --file, reads it once so that it is in the page cache, and then runs the bare loop
and tcptwin in turn: loop, tcptwin, loop, tcptwin, ... Printed are medians over the rounds; the ratios are medians
of the ratios within a round, so that a machine that slows down for a while does not count for one side only. CPU is
user plus system time of the process (wait4), memory its largest resident set. Both write to /dev/null. The workload
is put into --dir (default: a temporary folder, removed at the end).
"""
import argparse
import json
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import doubted
import published

ROOT = pathlib.Path(__file__).resolve().parents[2]


def shared():
    return pathlib.Path(os.environ.get("TCPTWIN_SHARED") or ROOT.parent / "shared")


def make_real(folder, packets):
    """The workload `real` of published.py."""
    capture = folder / "real.pcap"
    if not published.write(capture, shared() / "corpus", packets or 2000000):
        print("skipped: no published captures; use --file")
        sys.exit(77)
    return capture


def make_workload(folder, profile, packets):
    """Return: path of the capture."""
    if profile == "real":
        return make_real(folder, packets)
    if profile == "doubted":
        doubted.write(folder / "doubted.pcap", packets)
        return folder / "doubted.pcap"
    source, tool = shared() / "perf" / "gen.c", folder / "gen"
    if not source.exists():
        print(f"skipped: no generator ({source}); use --file")
        sys.exit(77)
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", tool, source, "-lm"], check=True)
    capture = folder / f"{profile}.pcap"
    command = [tool, "-o", capture, "-t", folder / f"{profile}.json", "--profile", profile]
    subprocess.run(command + (["--packets", str(packets)] if packets else []), check=True, stdout=subprocess.DEVNULL)
    return capture


def measure(command):
    """Run once. Return: {wall, cpu (seconds), memory (KiB)}."""
    null = os.open(os.devnull, os.O_RDWR)
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    os.close(null)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss}


def count_packets(loop, capture):
    return int(subprocess.run([loop, capture], check=True, capture_output=True, text=True).stdout.split()[0])


def check_answer(tcptwin, capture):
    """Is what was counted what the generator made? Its truth file stands beside the capture."""
    truth = json.loads(capture.with_suffix(".json").read_text())
    last = b""
    process = subprocess.Popen([tcptwin, "json", capture], stdout=subprocess.PIPE)
    for last in process.stdout:
        pass
    if process.wait() != 0:
        sys.exit(f"tcptwin json: exit code {process.returncode}")
    summary = json.loads(last)
    wrong = [f"{ours} {summary[ours]}, made were {truth[made]}"
             for ours, made in (("packets", "packets"), ("tcp_packets", "tcp"), ("connections", "connections"))
             if summary[ours] != truth[made]]
    if wrong:
        sys.exit("; ".join(wrong))
    print(f"answer checked: {summary['tcp_packets']} TCP packets, {summary['connections']} connections, as made")


def median(runs, what):
    return statistics.median(run[what] for run in runs)


def bench(commands, packets, rounds):
    """Run all commands in turn, print a row for each; the first one is the floor."""
    runs = {name: [] for name in commands}
    for name in commands:  # once unmeasured
        measure(commands[name])
    for _ in range(rounds):
        for name in commands:
            runs[name].append(measure(commands[name]))
    floor = runs[next(iter(commands))]
    rows = []
    for name, own in runs.items():
        ratio = {what: statistics.median(a[what] / b[what] for a, b in zip(own, floor)) for what in ("cpu", "wall")}
        rows.append({"name": name, "wall_s": median(own, "wall"), "cpu_s": median(own, "cpu"),
                     "packets_per_s": packets / median(own, "wall"),
                     "cpu_ns_per_packet": median(own, "cpu") / packets * 1e9,
                     "wall_ratio": ratio["wall"], "cpu_ratio": ratio["cpu"],
                     "memory_mib": max(run["memory"] for run in own) / 1024})
    return rows


def print_rows(rows):
    print("| | wall s | cpu s | M packets/s | cpu ns/packet | wall ratio | cpu ratio | peak MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for r in rows:
        print(f"| {r['name']} | {r['wall_s']:.2f} | {r['cpu_s']:.2f} | {r['packets_per_s'] / 1e6:.2f} | "
              f"{r['cpu_ns_per_packet']:.0f} | {r['wall_ratio']:.2f} | {r['cpu_ratio']:.2f} | {r['memory_mib']:.0f} |")


def main():
    arguments = argparse.ArgumentParser(description="tcptwin against a bare libpcap loop")
    arguments.add_argument("tcptwin")
    arguments.add_argument("loop")
    arguments.add_argument("--profile", default="mix",
                           help="mix, mice, elephant, synflood, concurrent, tiny, doubted (doubted.py), or real: "
                                "published captures")
    arguments.add_argument("--packets", type=int, default=2000000,
                           help="of the workload; 0: as many as the profile says")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--verb", action="append",
                           help="what to run, with its options: 'report -j 1' (default: report); repeatable")
    arguments.add_argument("--peer", action="append", default=[],
                           help="another program to measure: 'tcptrace -n {}', {} is the capture; repeatable")
    arguments.add_argument("--file", type=pathlib.Path, help="take this capture, make none")
    arguments.add_argument("--dir", type=pathlib.Path, help="keep the workload here")
    arguments.add_argument("--check", action="store_true", help="compare the counts with the generator's truth first")
    arguments.add_argument("--json", type=pathlib.Path, help="write the figures here")
    a = arguments.parse_args()
    folder = a.dir or pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        capture = a.file or make_workload(folder, a.profile, a.packets)
        packets = count_packets(a.loop, capture)
        commands = {"libpcap loop": [a.loop, capture]}
        for verb in a.verb or ["report"]:
            commands[f"tcptwin {verb}"] = [a.tcptwin, *verb.split(), capture]
        for peer in a.peer:
            words = shlex.split(peer)
            commands[words[0]] = [str(capture) if word == "{}" else word for word in words]
        print(f"{a.profile if not a.file else capture.name}: {packets} packets, "
              f"{capture.stat().st_size / 2**20:.0f} MiB, {a.rounds} rounds", flush=True)
        if a.check and not a.file and a.profile not in ("real", "doubted"):
            check_answer(a.tcptwin, capture)
        rows = bench(commands, packets, a.rounds)
        print_rows(rows)
        if a.json:
            a.json.write_text(json.dumps({"packets": packets, "rows": rows}, indent=1))
    finally:
        if not a.dir:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
