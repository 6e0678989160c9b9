#!/usr/bin/env python3
"""live.py TCPTWIN - what is said while it happens must be what a file says afterwards.

tcpdump -w and `tcptwin json -i` watch one end of a veth pair while real kernels make connections of
many kinds (world.py). Both are ended with SIGINT; then tcptwin reads tcpdump's file. For every
connection: outcome, who closed and reset, final states, and the sequence of states of each endpoint,
with the live run's revisions applied, must be equal; and the outcomes must be those of the kinds. So must what
is said of UDP, word for word.
Besides: root is gone before the first packet (-Z), -D lists the loopback, drops are counted on
standard error. Skipped (exit code 77) without root, namespaces or tcpdump.
"""
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import world as worlds

SKIPPED = 77


def skip(why):
    print("skipped:", why)
    sys.exit(SKIPPED)


def can_run():
    if os.geteuid() != 0:
        skip("needs root")
    for tool in ("ip", "tcpdump", "sysctl"):
        if not shutil.which(tool):
            skip(f"needs {tool}")
    probe = f"twin{os.getpid()}probe"
    if not worlds.run("ip", "netns", "add", probe, check=False):
        skip("cannot make a network namespace")
    worlds.run("ip", "netns", "del", probe, check=False)


def wait_for(what, condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    sys.exit(f"gave up waiting for {what}")


def effective_user(pid):
    """(all four user ids, effective capabilities)"""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return (set(re.search(r"^Uid:(.*)$", status, re.M).group(1).split()),
            int(re.search(r"^CapEff:\s*(\S+)", status, re.M).group(1), 16))


def stop(process, what):
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        sys.exit(f"{what} did not end within 15 s of SIGINT")


def settle(folder, quiet_s=0.5, most_s=20):
    """Wait until both captures have written what they saw: however busy the machine is, the wire is silent."""
    sizes, since = None, time.monotonic()
    end = since + most_s
    while time.monotonic() < min(since + quiet_s, end):
        now = [(folder / name).stat().st_size for name in ("wire.pcap", "live.json")]
        if now != sizes:
            sizes, since = now, time.monotonic()
        time.sleep(0.02)


def capture(tool, folder):
    """Run the connections under both captures. Return: (live output, its messages)."""
    nobody = str(pwd.getpwnam("nobody").pw_uid)
    processes = []
    with worlds.World() as world, open(folder / "live.json", "wb") as out, open(folder / "live.err", "wb") as err, \
            open(folder / "tcpdump.err", "wb") as dump_err:
        enter = ["ip", "netns", "exec", world.name["A"]]
        try:
            dump = subprocess.Popen(enter + ["tcpdump", "-i", "wire", "-n", "-U", "--immediate-mode", "-Z", "root",
                                             "--time-stamp-precision=nano", "-B", "8192", "-w", folder / "wire.pcap"],
                                    stderr=dump_err)
            processes.append(dump)
            wait_for("tcpdump", lambda: b"listening on" in (folder / "tcpdump.err").read_bytes())
            live = subprocess.Popen(enter + [tool, "json", "-i", "wire", "-Z", "nobody", "-B", "8192",
                                             "-o", f"datagrams={folder / 'live.datagrams'}", "--json"],
                                    stdout=out, stderr=err)
            processes.append(live)
            # the wire is silent: nothing has been parsed when this becomes true
            wait_for("tcptwin to drop root",
                     lambda: live.poll() is not None or effective_user(live.pid) == ({nobody}, 0))
            if live.poll() is not None:
                sys.exit(f"tcptwin ended early: {(folder / 'live.err').read_text()}")
            time.sleep(0.2)
            worlds.play(world)
            time.sleep(1.2)  # the unanswered SYN is tried again
            world.silence()
            settle(folder)
            live_code, dump_code = stop(live, "tcptwin"), stop(dump, "tcpdump")
        finally:
            for process in processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if live_code or dump_code:
            sys.exit(f"exit codes: tcptwin {live_code}, tcpdump {dump_code}\n{(folder / 'live.err').read_text()}")
    return (folder / "live.json").read_text(), (folder / "live.err").read_text()


class Connection:
    """What one run said of one connection."""

    FACTS = ("outcome", "client_ip", "client_port", "server_ip", "server_port", "client_state", "server_state",
             "closed_by", "reset_by", "handshake", "client_packets", "server_packets")

    def __init__(self):
        self.states = {}  # endpoint -> [[state, ts]]
        self.facts = None
        self.revisions = 0

    def take(self, e):
        me = f"{e.get('endpoint_ip')}:{e.get('endpoint_port')}"
        if e["event_type"] == "transition":
            self.states.setdefault(me, []).append([(e["to_state"], e["trigger"]), e["ts"]])
        elif e["event_type"] == "revision":
            self.revise(self.states.setdefault(me, []), e)
        elif e["event_type"] == "connection":
            self.facts = {key: e.get(key) for key in self.FACTS}

    def revise(self, said, e):
        """Take the transition back that was said before, and put in its place what holds now."""
        self.revisions += 1
        at = len(said)
        if "revised_to_state" in e:
            places = [i for i, (what, ts) in enumerate(said)
                      if (what[0], ts) == (e["revised_to_state"], e["revised_ts"])]
            if not places:
                sys.exit(f"a revision of what was never said: {e}")
            at = places[-1]
            del said[at]
        if not e["withdrawn"]:
            said.insert(at, [(e["to_state"], e["trigger"]), e["transition_ts"]])

    def sequences(self):
        """{endpoint: [(state, what led to it)]}"""
        return {me: [what for what, _ in said] for me, said in self.states.items()}


def connections_of(output):
    """{conn_id: Connection}, the summary"""
    connections, summary = {}, None
    for line in output.splitlines():
        e = json.loads(line)
        if e["event_type"] == "summary":
            summary = e
        elif e["event_type"] != "finding":  # of all connections together
            connections.setdefault(e["conn_id"], Connection()).take(e)
    return connections, summary


def compare(live, offline):
    """Return: lines of complaint."""
    wrong = [f"{conn}: only {where}: {(live.get(conn) or offline.get(conn)).facts}"
             for where, conns in (("live", set(live) - set(offline)), ("offline", set(offline) - set(live)))
             for conn in conns]
    for conn in sorted(set(live) & set(offline)):
        a, b = live[conn], offline[conn]
        if a.facts != b.facts:
            wrong.append(f"{conn}: live {a.facts}\n    offline {b.facts}")
        if a.sequences() != b.sequences():
            wrong.append(f"{conn}: {b.facts}\n    live    {a.sequences()}\n    offline {b.sequences()}")
    return wrong


def check_kinds(offline):
    """Return: lines of complaint about outcomes."""
    wrong = []
    for number, (kind, count, outcomes) in enumerate(worlds.KINDS):
        port = worlds.PORT + number
        found = [c.facts["outcome"] for c in offline.values()
                 if c.facts and port in (c.facts["server_port"], c.facts["client_port"])]
        if len(found) != count or not set(found) <= outcomes:
            wrong.append(f"{kind.__name__}: {found}, expected {count} of {sorted(outcomes)}")
    return wrong


def check_datagrams(folder):
    """Return: lines of complaint about UDP."""
    live, offline = ((folder / f"{name}.datagrams").read_text() for name in ("live", "file"))
    events = [json.loads(line) for line in offline.splitlines()]
    fates = {e.get("server_port"): e["fate"] for e in events if e["event_type"] == "datagram"}
    wrong = [] if live == offline else [f"datagrams, live:\n{live}    offline:\n{offline}"]
    expected = {worlds.DATAGRAM_PORT: "answered", worlds.DATAGRAM_PORT + 1: "port_unreachable"}
    return wrong + [f"UDP to port {port}: {fates.get(port)}, expected {fate}" for port, fate in expected.items()
                    if fates.get(port) != fate]


def main():
    tool = sys.argv[1]
    can_run()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="live-"))
    try:
        listed = subprocess.run([tool, "-D"], capture_output=True, text=True)
        wrong = [] if listed.returncode == 0 and re.search(r"\blo\b", listed.stdout) else [f"-D: {listed}"]
        output, messages = capture(tool, folder)
        live, live_summary = connections_of(output)
        run = subprocess.run([tool, "json", "-o", f"datagrams={folder / 'file.datagrams'}", "--json",
                              folder / "wire.pcap"],
                             capture_output=True, text=True)
        offline, summary = connections_of(run.stdout)
        if run.returncode or not summary or not live_summary:
            sys.exit(f"offline: exit code {run.returncode} {run.stderr}; summaries {live_summary} {summary}")
        if not re.search(r"\bdropped\b", messages):
            wrong.append(f"no drop counts on standard error: {messages!r}")
        if live_summary["packets"] != summary["packets"]:
            wrong.append(f"live saw {live_summary['packets']} packets, the file has {summary['packets']}: {messages}")
        wrong += compare(live, offline) + check_kinds(offline) + check_datagrams(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(wrong))
    print(f"{len(offline)} connections, {summary['packets']} packets, "
          f"{sum(c.revisions for c in live.values())} revisions, "
          f"{len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
