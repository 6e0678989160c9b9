#!/usr/bin/env python3
"""test_tool.py TCPTWIN MANPAGE - the tool as a user meets it

Exit codes, messages, streams, signals, help. Captures are written here, a few bytes each. Needs only the
standard library. A pseudo-terminal stands for a person's terminal.
"""
import gzip
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

TOOL, MANPAGE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
SYN, ACK, FIN, RST, PSH = 0x02, 0x10, 0x01, 0x04, 0x08
VERBS = ("report", "json")


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(src, sport, dst, dport, flags, seq=0, ack=0, payload=b""):
    a, b = (bytes(map(int, x.split("."))) for x in (src, dst))
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 65535, 0, 0) + payload
    tcp = tcp[:16] + struct.pack(">H", checksum(a + b + struct.pack(">HH", 6, len(tcp)) + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0, a, b)
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    return bytes(12) + b"\x08\x00" + ip + tcp


def udp(src, sport, dst, dport, payload=b""):
    a, b = (bytes(map(int, x.split("."))) for x in (src, dst))
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 1, 0x4000, 64, 17, 0, a, b)
    return bytes(12) + b"\x08\x00" + ip + struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def pcap(frames, link_type=1, start=1_700_000_000.0):
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type)]
    for i, frame in enumerate(frames):
        when = start + i / 1000
        parts += struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(frame), len(frame)), frame
    return b"".join(parts)


def connection(port=40000, data=b"hello"):
    """A whole connection: handshake, one request, the client closes first."""
    c, s = ("10.0.0.1", port), ("10.0.0.2", 80)
    n = 1 + len(data)
    return [
        segment(*c, *s, SYN), segment(*s, *c, SYN | ACK, 0, 1), segment(*c, *s, ACK, 1, 1),
        segment(*c, *s, PSH | ACK, 1, 1, data), segment(*s, *c, ACK, 1, n),
        segment(*c, *s, FIN | ACK, n, 1), segment(*s, *c, FIN | ACK, 1, n + 1), segment(*c, *s, ACK, n + 1, 2),
    ]


class Tool(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("one.pcap", pcap(connection()))
        self.write("two.pcap", pcap(connection(40001), start=1_700_000_100.0))

    def write(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run_tool(self, *arguments, status=0, env=None, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run([TOOL, *arguments], cwd=self.folder.name, capture_output="stdout" not in more,
                              timeout=60, env={**os.environ, **(env or {})}, **more)
        out, err = (x.decode() if x is not None else "" for x in (done.stdout, done.stderr))
        self.assertNotIn("Sanitizer", err)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{arguments}: {out}{err}")
        for line in err.splitlines():
            self.assertTrue(line.startswith("tcptwin: "), line)
        return out, err

    def json(self, *arguments, **more):
        out, _ = self.run_tool("json", *arguments, **more)
        return [json.loads(line) for line in out.splitlines()]

    def summary(self, *arguments, **more):
        return self.json(*arguments, **more)[-1]

    # -- what is read --------------------------------------------------------------------------

    def test_a_capture_gives_a_report_and_nothing_on_stderr(self):
        out, err = self.run_tool("one.pcap")
        self.assertIn("10.0.0.1", out)
        self.assertEqual(err, "")
        self.assertEqual(out, self.run_tool("report", "one.pcap")[0])

    def test_read_option_and_plain_argument_are_the_same(self):
        self.assertEqual(self.run_tool("one.pcap")[0], self.run_tool("-r", "one.pcap")[0])
        self.assertEqual(self.run_tool("one.pcap")[0], self.run_tool("-nr", "one.pcap")[0])

    def test_several_files_are_one_capture(self):
        self.assertEqual(self.summary("two.pcap", "one.pcap")["connections"], 2)
        self.assertEqual(self.run_tool("json", "-r", "two.pcap", "-r", "one.pcap")[0],
                         self.run_tool("json", "two.pcap", "one.pcap")[0])

    def test_files_that_overlap_are_no_good_capture(self):
        frames = connection()
        self.write("there.pcap", pcap(frames[:1], start=1_700_000_000.0)
                   + pcap(frames[5:6], start=1_700_000_001.5)[24:])
        self.write("back.pcap", pcap(frames[1:2], start=1_700_000_000.25))
        report = self.run_tool("there.pcap", "back.pcap")[0]
        self.assertIn("\n  verdict   disordered: times run back by 1.250 s; files that overlap?\n", report)
        self.assertEqual(self.summary("there.pcap", "back.pcap")["capture_verdict"], "disordered")
        self.write("back.pcap", pcap(frames[1:2], start=1_700_000_000.75))
        self.assertEqual(self.summary("there.pcap", "back.pcap")["capture_verdict"], "good")

    def test_a_capture_may_begin_at_the_epoch(self):
        frames = connection() + [udp("10.0.0.1", 5353, "10.0.0.2", 53)]
        self.write("zero.pcap", pcap(frames, start=0))
        self.assertIn("\n  time      1970-01-01 00:00:00.000 UTC, for 7 ms\n", self.run_tool("zero.pcap")[0])
        self.assertEqual(self.summary("zero.pcap")["first_ts"], "1970-01-01T00:00:00.000000000Z")
        self.assertIn("\n1970-01-01 00:00:00.007 UTC, 7 ms after the start: ", self.run_tool("sockets", "zero.pcap")[0])
        self.write("zero.pcap", pcap(frames[-1:] * 2, start=0))
        self.assertIn("\n  time      1970-01-01 00:00:00.000 UTC, for 1 ms\n",
                      self.run_tool("datagrams", "zero.pcap")[0])

    def test_a_file_with_several_names_is_read_once(self):
        os.mkdir(os.path.join(self.folder.name, "named"))
        self.write("named/a.pcap", pcap(connection()))
        os.symlink("a.pcap", os.path.join(self.folder.name, "named/latest.pcap"))
        for names, times in ((("named",), 2), (("named/a.pcap", "named/a.pcap"), 2),
                             (("named", "named/../named/a.pcap"), 3)):
            out, err = self.run_tool("json", *names)
            self.assertEqual(json.loads(out.splitlines()[-1])["packets"], 8)
            self.assertRegex(err, f"a.pcap: named {times} times, read once\n$")
        self.assertEqual(self.run_tool("-q", "named")[1], "")
        self.assertEqual(self.run_tool("named/a.pcap", "one.pcap")[1], "")
        self.write("named/text", b"no capture")
        _, err = self.run_tool("named/text", "named", status=3)
        self.assertIn("text: not a capture", err)

    def test_directory(self):
        os.mkdir(os.path.join(self.folder.name, "rotated"))
        self.write("rotated/b.pcap", pcap(connection()))
        self.write("rotated/a.pcap", pcap(connection(40001), start=1_700_000_100.0))
        self.assertEqual(self.summary("rotated")["connections"], 2)

    def test_directory_with_none(self):
        os.mkdir(os.path.join(self.folder.name, "empty"))
        _, err = self.run_tool("empty", status=3)
        self.assertIn("empty", err)

    def test_standard_input(self):
        with open(os.path.join(self.folder.name, "one.pcap"), "rb") as file:
            self.assertEqual(self.summary("-", stdin=file)["connections"], 1)
        data = pcap(connection())
        for arguments in (("-",), ("-r", "-")):
            done = subprocess.run([TOOL, "json", *arguments], input=data, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])["connections"], 1)

    def test_compressed(self):
        self.write("one.gz", gzip.compress(pcap(connection())))
        self.assertEqual(self.summary("one.gz")["connections"], 1)

    def test_count_stops(self):
        self.assertEqual(self.summary("-c", "3", "one.pcap")["tcp_packets"], 3)

    def test_filter(self):
        self.assertEqual(self.summary("one.pcap", "two.pcap", "port", "40001")["connections"], 1)
        self.assertEqual(self.summary("one.pcap", "two.pcap", "tcp port 40001")["connections"], 1)
        self.assertEqual(self.summary("one.pcap", "two.pcap", "--", "port 40001")["connections"], 1)

    def test_filter_after_dashes_though_a_file_has_its_name(self):
        self.write("tcp", pcap(connection(40002)))
        self.assertEqual(self.summary("one.pcap", "--", "tcp")["connections"], 1)
        self.assertEqual(self.summary("one.pcap", "tcp")["connections"], 2)
        self.assertEqual(self.summary("--", "tcp")["connections"], 1)

    def test_options_may_follow_files(self):
        self.assertEqual(self.summary("one.pcap", "-c", "2", "tcp")["tcp_packets"], 2)

    # -- what goes wrong -----------------------------------------------------------------------

    def test_missing_file(self):
        for arguments in (("none.pcap",), ("-r", "none.pcap"), ("one.pcap", "none.pcapng"), ("one.pcap", "a/b")):
            out, err = self.run_tool(*arguments, status=4)
            self.assertIn(arguments[-1], err)
        _, err = self.run_tool("none.pcap", status=4)
        self.assertIn("no such file", err.lower())

    def test_one_missing_file_does_not_hide_the_others(self):
        out, err = self.run_tool("json", "-r", "one.pcap", "-r", "none.pcap", status=4)
        self.assertEqual(json.loads(out.splitlines()[-1])["connections"], 1)
        self.assertIn("none.pcap", err)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable_file(self):
        os.chmod(self.write("secret.pcap", pcap(connection())), 0)
        self.assertIn("secret.pcap", self.run_tool("secret.pcap", status=4)[1])

    def test_empty_file(self):
        self.write("empty.pcap", b"")
        self.assertIn("empty.pcap", self.run_tool("empty.pcap", status=3)[1])

    def test_no_capture(self):
        self.write("text.pcap", b"Dear reader, this is no capture at all.\n" * 9)
        self.assertIn("text.pcap", self.run_tool("text.pcap", status=3)[1])

    def test_truncated_capture_is_read_as_far_as_it_goes(self):
        whole = pcap(connection())
        for cut in (1, 30, 71):
            self.write("cut.pcap", whole[:-cut])
            out, err = self.run_tool("json", "cut.pcap", status=3)
            self.assertEqual(json.loads(out.splitlines()[-1])["connections"], 1)
            self.assertIn("cut.pcap", err)

    def test_header_only_says_so(self):
        self.write("header.pcap", pcap([]))
        out, err = self.run_tool("header.pcap")
        self.assertIn("0 TCP packets", err)

    def test_no_tcp_says_so(self):
        self.write("arp.pcap", pcap([bytes(12) + b"\x08\x06" + bytes(46)] * 3))
        _, err = self.run_tool("arp.pcap")
        self.assertIn("0 TCP packets of 3", err)
        self.assertIn("EN10MB", err)
        self.assertIn("pass the filter", self.run_tool("one.pcap", "udp")[1])

    def test_unsupported_link_type(self):
        self.write("usb.pcap", pcap([bytes(64)], link_type=189))
        _, err = self.run_tool("usb.pcap", status=3)
        self.assertIn("usb.pcap", err)
        self.assertIn("link type", err)

    def test_jobs_make_no_difference(self):
        frames = []
        for port in range(20000, 23000):  # interleaved, a third of them never closed
            frames.append(connection(port)[: 8 if port % 3 else 5])
        order = [frames[i][n] for n in range(8) for i in range(len(frames)) if n < len(frames[i])]
        self.write("many.pcap", pcap(order))
        for more in (("many.pcap",), ("--memory", "1M", "many.pcap"), ("-c", "9999", "many.pcap"),
                     ("many.pcap", "tcp port 20100")):
            said = {self.run_tool("json", "-j", jobs, *more)[0] for jobs in ("1", "2", "3", "64")}
            self.assertEqual(len(said), 1, more)
            self.assertIn('"event_type":"summary"', said.pop())
        self.assertGreater(self.json("-j", "1", "--memory", "1M", "many.pcap")[-1]["evicted"], 0)

    def test_too_little_memory_to_begin_with(self):
        out, err = self.run_tool("--memory", "1K", "one.pcap", status=4)
        self.assertEqual(out, "")
        self.assertIn("--memory", err)

    def test_bad_filter(self):
        _, err = self.run_tool("one.pcap", "frobnicate", "the", "packets", status=2)
        self.assertTrue(err)

    def test_bad_usage(self):
        for arguments in (("--frobnicate", "one.pcap"), ("-y", "one.pcap"), ("-c", "0", "one.pcap"),
                          ("-c", "-1", "one.pcap"), ("-c", "x", "one.pcap"), ("one.pcap", "-c"), (),
                          ("-c", "99999999999999999999", "one.pcap"),
                          ("-i", "lo", "one.pcap"), ("--profile", "vms", "one.pcap"), ("--memory", "much", "one.pcap"),
                          ("--memory", "99999999T", "one.pcap"), ("-j", "0", "one.pcap"),
                          ("--color", "sometimes", "one.pcap"),
                          ("-o", "json", "one.pcap"), ("-o", "nothing=x", "one.pcap"), ("-o", "json=", "one.pcap"),
                          ("report", "-o", "json=-", "one.pcap"), ("-o", "json=x", "-o", "report=x", "one.pcap"),
                          ("one.pcap", "json"), ("rerport", "one.pcap"), ("tcp", "port", "80"), ("report",),
                          ("--quiet=1", "one.pcap"), ("explain", "frobnicate")):
            out, err = self.run_tool(*arguments, status=2)
            self.assertEqual(out, "", arguments)
            self.assertTrue(err, arguments)

    # -- --events ------------------------------------------------------------------------------

    def test_events_of_some_types(self):
        everything = self.json("one.pcap")
        types = {event["event_type"] for event in everything}
        self.assertLessEqual({"transition", "connection", "summary"}, types)
        for wanted in ("connection", "transition,summary", "SUMMARY", "anomaly,finding,revision"):
            names = wanted.lower().split(",")
            self.assertEqual(self.json("--events", wanted, "one.pcap"),
                             [event for event in everything if event["event_type"] in names], wanted)
        live = self.json("--live-order", "one.pcap")
        self.assertEqual(self.json("--live-order", "--events", "transition", "one.pcap"),
                         [event for event in live if event["event_type"] == "transition"])
        for wrong in ("", "connections", "connection,", "connection finding"):
            self.run_tool("json", "--events", wrong, "one.pcap", status=2)
        self.run_tool("report", "--events", "connection", "one.pcap", status=2)

    # -- --fail-on -----------------------------------------------------------------------------

    def refused(self):
        """A SYN, and the RST that refuses it."""
        return pcap([segment("10.0.0.1", 40000, "10.0.0.2", 80, 0x02, 1000),
                     segment("10.0.0.2", 80, "10.0.0.1", 40000, 0x14, 0, 1001)])

    def test_fail_on_a_finding_an_anomaly_or_a_severity(self):
        self.write("refused.pcap", self.refused())
        plain, _ = self.run_tool("refused.pcap")
        for what in ("refused", "medium", "low", "syn_flood,refused"):
            out, err = self.run_tool("--fail-on", what, "refused.pcap", status=1)
            self.assertEqual(out, plain)
            self.assertIn("found refused", err)
        for what in ("high", "syn_flood", "retransmission,rst_injected"):
            self.assertEqual(self.run_tool("--fail-on", what, "refused.pcap"), (plain, ""))
        self.run_tool("--fail-on", "info", "one.pcap")

    def test_fail_on_an_outcome(self):
        self.write("refused.pcap", self.refused())
        for what, found in (("closed_fin", "closed_fin"), ("open,closed_fin", "closed_fin")):
            self.assertIn(f"found {found}\n", self.run_tool("--fail-on", what, "one.pcap", status=1)[1])
        self.run_tool("--fail-on", "open,closed_rst,no_answer,refused", "one.pcap")
        # a finding and an outcome have this name: it is said once
        self.assertIn("found refused\n", self.run_tool("--fail-on", "refused", "refused.pcap", status=1)[1])
        self.write("middle.pcap", pcap(connection()[3:5]))
        self.assertIn("found midstream\n", self.run_tool("--fail-on", "midstream", "middle.pcap", status=1)[1])

    def test_fail_on_wants_a_word_that_exists(self):
        for what in ("frobnicated", "", "high,", ",high", "refused,nothing"):
            _, err = self.run_tool("--fail-on", what, "one.pcap", status=2)
            self.assertIn("neither", err)

    def test_a_damaged_input_comes_before_fail_on(self):
        self.write("cut.pcap", self.refused()[:-5])
        self.run_tool("--fail-on", "info", "cut.pcap", status=3)

    def test_no_such_interface(self):
        self.assertIn("no-such-if0", self.run_tool("-i", "no-such-if0", status=4)[1])

    def test_file_names_cannot_steer_the_terminal(self):
        _, err = self.run_tool("\x1b[31mred.pcap", status=4)
        self.assertNotIn("\x1b", err)

    # -- what is written -----------------------------------------------------------------------

    def test_other_reports_in_one_pass(self):
        out, _ = self.run_tool("-o", "json=events.ndjson", "one.pcap")
        self.assertEqual(out, self.run_tool("one.pcap")[0])
        with open(os.path.join(self.folder.name, "events.ndjson")) as file:
            self.assertEqual(file.read(), self.run_tool("json", "one.pcap")[0])

    def test_report_to_standard_output_by_name(self):
        self.assertEqual(self.run_tool("-o", "json=-", "one.pcap")[0], self.run_tool("json", "one.pcap")[0])

    def test_output_file_is_replaced_not_appended_to(self):
        self.write("events.ndjson", b"x" * 100000)
        self.run_tool("-o", "json=events.ndjson", "one.pcap")
        with open(os.path.join(self.folder.name, "events.ndjson")) as file:
            self.assertEqual(file.read(), self.run_tool("json", "one.pcap")[0])

    def test_output_survives_if_nothing_can_be_read(self):
        self.write("events.ndjson", b"old")
        self.run_tool("-o", "json=events.ndjson", "-r", "none.pcap", status=4)
        with open(os.path.join(self.folder.name, "events.ndjson")) as file:
            self.assertEqual(file.read(), "old")

    def test_an_input_is_not_overwritten(self):
        before = os.path.getsize(os.path.join(self.folder.name, "one.pcap"))
        _, err = self.run_tool("-o", "json=./one.pcap", "one.pcap", status=5)
        self.assertIn("one.pcap", err)
        self.assertEqual(os.path.getsize(os.path.join(self.folder.name, "one.pcap")), before)

    def test_full_disk(self):
        for verb in VERBS:
            with open("/dev/full", "wb") as full:
                done = subprocess.run([TOOL, verb, "one.pcap"], cwd=self.folder.name, stdout=full,
                                      stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(done.returncode, 5)
            self.assertEqual(done.stderr.decode().count("\n"), 1, done.stderr)
            self.assertIn(b"No space left", done.stderr)

    def test_full_disk_of_another_output(self):
        out, err = self.run_tool("-o", "json=/dev/full", "one.pcap", status=5)
        self.assertIn("/dev/full", err)
        self.assertIn("10.0.0.1", out)

    def test_full_disk_for_help(self):
        for arguments in (["--help"], ["--version"], ["explain"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([TOOL, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, 5)

    def test_output_that_cannot_be_created(self):
        self.assertIn("no/such/place", self.run_tool("-o", "json=no/such/place", "one.pcap", status=5)[1])

    def test_closed_standard_output(self):
        done = subprocess.run(["sh", "-c", f'"{TOOL}" json one.pcap >&-'], cwd=self.folder.name,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 5)
        self.assertTrue(done.stderr.startswith(b"tcptwin: standard output: "))

    def test_closed_standard_streams_do_not_end_in_a_file(self):
        done = subprocess.run(["sh", "-c", f'"{TOOL}" -o json=events.ndjson one.pcap <&- >&- 2>&-'],
                              cwd=self.folder.name, timeout=60)
        self.assertEqual(done.returncode, 5)
        with open(os.path.join(self.folder.name, "events.ndjson")) as file:
            self.assertEqual(file.read(), self.run_tool("json", "one.pcap")[0])

    def test_reader_that_goes_away(self):
        frames = [frame for port in range(2000) for frame in connection(1024 + port)]
        self.write("many.pcap", pcap(frames))
        done = subprocess.run(["bash", "-c", f'"{TOOL}" json -o report=table many.pcap | head -n 1; '
                               'exit ${PIPESTATUS[0]}'], cwd=self.folder.name, capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0, 141))
        self.assertEqual(done.stderr, b"")
        json.loads(done.stdout)
        with open(os.path.join(self.folder.name, "table")) as file:
            self.assertEqual(file.read(), self.run_tool("report", "many.pcap")[0])

    def test_datagrams(self):
        """UDP is told if somebody asks, beside or without anything else; on any number of threads."""
        questions = [udp("10.0.0.1", 1024 + n, "10.0.0.2", 53, b"q") for n in range(3000)]
        self.write("both.pcap", pcap([frame for pair in zip(questions, connection() * 400) for frame in pair]))
        alone, err = self.run_tool("datagrams", "both.pcap")
        self.assertIn("in 3,000 conversations", alone)
        self.assertEqual(err, "")
        plain = self.run_tool("report", "both.pcap")[0]
        for jobs in ("1", "2", "3"):
            self.assertEqual(self.run_tool("report", "-j", jobs, "-o", "datagrams=udp", "both.pcap")[0], plain)
            with open(os.path.join(self.folder.name, "udp")) as file:
                self.assertEqual(file.read(), alone)
        with open(os.path.join(self.folder.name, "both.pcap"), "rb") as file:
            self.assertEqual(self.run_tool("datagrams", "-", stdin=file)[0], alone)
        events = [json.loads(line) for line in self.run_tool("datagrams", "--json", "both.pcap")[0].splitlines()]
        self.assertEqual({e["fate"] for e in events}, {"unanswered"})
        self.assertEqual(len(events), 3000)
        self.assertEqual(self.summary("both.pcap")["decode_datagram"], 0)
        self.assertEqual(self.summary("both.pcap")["decode_other"], 3000)

    def test_one_is_said_in_the_singular(self):
        self.write("stray.pcap", pcap([segment("10.0.0.2", 80, "10.0.0.1", 40000, RST)]))
        self.assertIn("among 1 packet.\n", self.run_tool("datagrams", "stray.pcap")[0])
        self.assertIn("\n1 connection of stray segments is not counted.\n", self.run_tool("hosts", "stray.pcap")[0])

    def test_two_are_both(self):
        frames = []
        for port in 40000, 40001:
            frames += [segment("10.0.0.1", port, "10.0.0.2", 80, SYN),
                       segment("10.0.0.2", 80, "10.0.0.1", port, RST | ACK, 0, 1)]
        self.write("refused.pcap", pcap(frames))
        self.assertIn("10.0.0.2:80 refused both attempts:", self.run_tool("findings", "refused.pcap")[0])

    def test_without_tcp_only_what_was_asked_for_is_missed(self):
        self.write("udp.pcap", pcap([udp("10.0.0.1", 1024, "10.0.0.2", 53)]))
        self.assertEqual(self.run_tool("datagrams", "udp.pcap")[1], "")
        self.assertIn("0 TCP packets of 1", self.run_tool("udp.pcap")[1])
        self.assertIn("No UDP", self.run_tool("datagrams", "one.pcap")[0])

    def test_same_bytes_twice(self):
        for verb in VERBS:
            self.assertEqual(self.run_tool(verb, "one.pcap", "two.pcap"), self.run_tool(verb, "one.pcap", "two.pcap"))

    # -- terminals -----------------------------------------------------------------------------

    def on_terminal(self, *arguments, columns=80, stream="stdout", **env):
        """Run with one stream on a pseudo-terminal; what it got."""
        master, slave = pty.openpty()
        import fcntl
        import termios
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                   "stderr": subprocess.DEVNULL, stream: slave}
        child = subprocess.Popen([TOOL, *arguments], cwd=self.folder.name,
                                 env={**environment, "TERM": "xterm", **env}, **streams)
        os.close(slave)
        got = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            got += part
        os.close(master)
        self.assertEqual(child.wait(60), 0)
        return got.decode()

    def test_colour_only_on_a_terminal_and_not_if_unwanted(self):
        self.assertNotIn("\x1b", self.run_tool("one.pcap")[0])
        self.assertIn("\x1b", self.run_tool("--color=always", "one.pcap")[0])
        self.assertIn("\x1b", self.on_terminal("one.pcap"))
        self.assertNotIn("\x1b", self.on_terminal("one.pcap", NO_COLOR="1"))
        self.assertNotIn("\x1b", self.on_terminal("one.pcap", TERM="dumb"))
        self.assertNotIn("\x1b", self.on_terminal("--color=never", "one.pcap"))
        self.assertNotIn("\x1b", self.on_terminal("json", "one.pcap"))

    def test_reports_fit_80_columns(self):
        for verb in ("report", "timeline", "findings", "anomalies", "sockets", "hosts", "datagrams"):
            for line in self.run_tool(verb, "one.pcap", "two.pcap")[0].splitlines():
                self.assertLessEqual(len(line), 80, f"{verb}: {line}")

    def test_progress_needs_a_terminal(self):
        frames = connection()[3:5] * 100_000
        self.write("long.pcap", pcap(frames))
        self.assertEqual(self.run_tool("long.pcap")[1], "")
        shown = self.on_terminal("long.pcap", stream="stderr")
        self.assertIn(shown[-3:], ("", "\x1b[K"))
        self.assertEqual(self.on_terminal("-q", "long.pcap", stream="stderr"), "")

    def test_standard_input_on_a_terminal_is_refused(self):
        master, slave = pty.openpty()
        done = subprocess.run([TOOL, "-"], stdin=slave, capture_output=True, timeout=60)
        os.close(master)
        os.close(slave)
        self.assertEqual(done.returncode, 2)

    # -- signals -------------------------------------------------------------------------------

    def start_on_pipe(self):
        child = subprocess.Popen([TOOL, "json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        child.stdin.write(pcap(connection()))
        child.stdin.flush()
        time.sleep(0.5)
        return child

    def finish(self, child):
        """What it printed before its input ended: it must not wait for that."""
        self.assertIsNotNone(child.wait(30))
        out, err = child.stdout.read(), child.stderr.read().decode()
        for stream in (child.stdin, child.stdout, child.stderr):
            stream.close()
        return [json.loads(line) for line in out.splitlines()], err

    def test_interrupt_still_reports(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            child = self.start_on_pipe()
            child.send_signal(number)
            events, err = self.finish(child)
            self.assertEqual(child.returncode, 130)
            self.assertEqual(events[-1]["event_type"], "summary")
            self.assertEqual(events[-1]["tcp_packets"], 8)
            self.assertIn("interrupted", err)

    # -- help ----------------------------------------------------------------------------------

    def test_help_fits_80_columns_and_names_the_verbs(self):
        out, err = self.run_tool("--help")
        self.assertEqual(err, "")
        self.assertEqual(out, self.run_tool("-h")[0])
        for line in out.splitlines():
            self.assertLessEqual(len(line), 80, line)
        for verb in ("report", "timeline", "anomalies", "json", "explain"):
            self.assertRegex(out, rf"(?m)^  {verb} ")

    def test_man_page_and_help_agree(self):
        help_text, _ = self.run_tool("--help")
        with open(MANPAGE) as file:
            page = re.sub(r"\\f.", "", file.read()).replace("\\-", "-")
        section = page[page.index(".SH OPTIONS"):page.index(".SH PROFILES")]
        options = re.findall(r"(?m)^  (?:(-\w), |    )(--[\w-]+)(?: ([A-Z=]+))?(?:  |$)", help_text)
        self.assertGreater(len(options), 20)
        in_page = re.findall(r"(?m)^(?:(-\w), )?(--[\w-]+)(?: ([A-Z=]+))?$", section)
        self.assertEqual(options, in_page)
        verbs = page[page.index(".SH VERBS"):page.index(".SH OPTIONS")]
        self.assertEqual(re.findall(r"(?m)^  ([a-z]+) ", help_text), re.findall(r"(?m)^\.B ([a-z]+)$", verbs))
        codes = page[page.index(".SH EXIT STATUS"):page.index(".SH ENVIRONMENT")]
        self.assertEqual(re.findall(r"(?m)^  (\d+) ", help_text), re.findall(r"(?m)^\.B (\d+)$", codes))

    def test_every_option_of_help_is_accepted(self):
        values = {"FILE": "one.pcap", "N": "5", "BYTES": "96", "KIB": "512", "NAME": "bsd", "SIZE": "64M",
                  "REPORT=FILE": "json=x.ndjson", "WHEN": "never", "T": "+1", "ADDRESS": "192.0.2.1",
                  "STATES": "estab,time-wait", "TYPES": "connection", "STEP": "10", "WHAT": "syn_flood,high"}
        help_text, _ = self.run_tool("--help")
        option = r"(?m)^  (?:(-\w), |    )(--[\w-]+)(?: ([A-Z=]+))?(?:  |$)"
        for letter, name, argument in re.findall(option, help_text):
            if name in ("--interface", "--list-interfaces", "--relinquish-privileges"):
                continue
            value = [values[argument]] if argument else []
            if name in ("--snapshot-length", "--buffer-size", "--no-promiscuous-mode"):
                self.assertIn(f"{letter} is for an interface", self.run_tool(name, *value, "one.pcap", status=2)[1])
                continue
            verb = (["sockets"] if name in ("--at", "--host", "--state", "--summary", "--over-time", "--json") else
                    ["json"] if name == "--events" else [])
            self.run_tool(*verb, name, *value, "one.pcap")
            if letter:
                self.run_tool(letter, *value, "one.pcap")

    def test_version_names_the_libraries(self):
        out, _ = self.run_tool("-V")
        self.assertRegex(out, r"^tcptwin \d+\.\d+\.\d+\n")
        self.assertIn("libpcap", out)
        self.assertIn("jansson", out)

    def test_explain(self):
        self.assertIn("CLOSE-WAIT", self.run_tool("explain", "close_wait")[0])
        self.assertIn("CLOSE-WAIT", self.run_tool("explain", "close-wait", "time_wait")[0])
        self.assertIn("close_wait", self.run_tool("explain")[0].lower().replace("-", "_"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
