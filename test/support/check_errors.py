#!/usr/bin/env python3
"""check_errors.py SEG2PCAP - what the notation refuses, with the line at fault, and what it takes."""
import struct
import subprocess
import sys

REFUSED = [  # text, line, words that the message must have
    ("0.0 A S", 1, "SEQ:END"),
    ("0.0 A X 0:0", 1, "flags"),
    ("0.0 A SS 0:0", 1, "flags"),
    ("0.0 A SA 0:0", 1, "flag A needs"),
    ("0.0 C S 0:0", 1, "expected A or B"),
    ("0.0 A S 5:1", 1, "SEQ:END"),
    ("0.0 A S 0:70000", 1, "65000"),
    ("0.0 A S 0:0 mss", 1, "mss"),
    ("0.0 A S 0:0 mss 70000", 1, "mss"),
    ("0.0 A S 0:0 1 2", 1, "unknown option: 2"),
    ("0.0 A S 0:0 fast", 1, "unknown option: fast"),
    ("0.0 A S 0:0 tfo 0xzz", 1, "tfo"),
    ("0.0 A S 0:0 opt 0102030", 1, "opt"),
    ("0.0 A A 1:1 1 ts 1 2 sack 1-2 sack 3-4 sack 5-6 sack 7-8", 1, "40 bytes"),
    ("0 A S 0:0\n0.1234567890 A S 0:0", 2, "time"),
    ("soon A S 0:0", 1, "soon"),
    ("0.2 A S 0:0\n\n# x\n0.1 A S 0:0", 4, "goes back"),
    ("addr A 192.0.2.1", 1, "ADDRESS:PORT"),
    ("addr A 192.0.2.1:99999", 1, "ADDRESS:PORT"),
    ("addr R 192.0.2.300", 1, "not an address"),
    ("isn A 4294967296", 1, "isn"),
    ("isn A 1 2", 1, "left over: 2"),
    ("link tokenring", 1, "eth or raw"),
    ("link raw\nvlan 7", 2, "vlan needs"),
    ("0 A S 0:0\nipv6", 2, "before"),
    ("conn", 1, "name"),
    ("0.1 R icmp 3 quotes A S 0:0", 1, "ICMP code"),
    ("0 A S 0:0 frag 4-8", 1, "multiple of 8"),
    ("0 A S 0:0 frag 8", 1, "FROM-END"),
    ("0 A S 0:0 fill ab", 1, "one letter"),
    ("0 A S 0:0 ext 1", 1, "needs IPv6"),
    ("link raw\n0 A S 0:0 vlan 5", 2, "vlan needs"),
    ("0 A S 0:0 doff 16", 1, "doff"),
    ("interface eth", 1, "ms|us|ns"),
    ("0 A S 0:0\ninterface eth us", 2, "before the first packet"),
    ("0.1 R icmp 3 1 quote A S 0:0", 1, "quotes"),
]
TAKEN = [  # text, link type, length of each frame
    ("", 1, []),
    ("0 A S 0:0", 1, [54]),
    ("link raw\n0 A S 0:0 mss 1460 sackok ts 1 0 ws 7", 101, [60]),
    ("ipv6\nlink raw\n0 A S 0:0\n0.1 B icmp 1 4 quotes A S 0:0", 101, [60, 96]),
    ("vlan 5\n0 A . 0:10 # ten bytes\n0 B SA 0:0 1 ws 0", 1, [68, 62]),
    ("0 A PA 1:101 1 frag 0-8\n0 A PA 1:101 1 frag 8-200\n0 A PA 1:101 1 cap 40 vlan 6", 1, [42, 146, 158]),
    ("ipv6\nlink raw\n0 A A 1:1 1 ext 2\n0 A PA 1:101 1 frag 16-24", 101, [76, 56]),
    ("conn x 0 A S 0:0\nconn y 0 A S 0:0 tfo 0x0102\nconn x 0 B R -1:-1 7", 1, [54, 58, 54]),
]


def run(tool, text):
    return subprocess.run([tool], input=text.encode(), capture_output=True)


def lengths(pcap):
    found, at = [], 24
    while at < len(pcap):
        found.append(struct.unpack_from("<I", pcap, at + 12)[0])
        at += 16 + struct.unpack_from("<I", pcap, at + 8)[0]
    return found


failures = 0
for text, line, words in REFUSED:
    result = run(sys.argv[1], text)
    message = result.stderr.decode()
    if result.returncode != 1 or not message.startswith(f"-:{line}: ") or words not in message or result.stdout:
        print(f"{text!r}: exit {result.returncode}, {message!r}")
        failures += 1
for text, link, sizes in TAKEN:
    result = run(sys.argv[1], text)
    if (result.returncode or struct.unpack_from("<I", result.stdout, 20)[0] != link or lengths(result.stdout) != sizes):
        print(f"{text!r}: exit {result.returncode}, {result.stderr.decode()!r}, {lengths(result.stdout)}")
        failures += 1
print(f"{len(REFUSED)} refused, {len(TAKEN)} taken, {failures} wrong")
sys.exit(1 if failures else 0)
