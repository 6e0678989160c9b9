#!/usr/bin/env python3
"""cut_connection.py RUN NAME PORT[,PORT...] - one connection out of a labelled capture.

RUN is a directory made by the labelling instrument (capture.pcap and truth.jsonl). Writes
NAME.pcap with the packets between a side A port and whatever it talked to (with the ICMP errors
that quote them) and NAME.truth.jsonl with those connections' `state` lines and nothing else.
Times, bytes and order stay as they were captured.
"""
import json
import struct
import sys


def records(path):
    """Yield (header, None) once, then (record bytes, frame bytes) for every packet."""
    data = open(path, "rb").read()
    yield data[:24], None
    at = 24
    while at + 16 <= len(data):
        caplen = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at:at + 16 + caplen], data[at + 16:at + 16 + caplen]
        at += 16 + caplen


def ports_in_ip(packet):
    """The ports of a TCP packet, or of the one that an ICMP error quotes; None for anything else."""
    if packet[0] >> 4 == 6:
        protocol, rest = packet[6], packet[40:]
    else:
        protocol, rest = packet[9], packet[(packet[0] & 15) * 4:]
    if protocol == 6:
        return struct.unpack_from("!HH", rest)
    if (protocol == 1 and rest[0] in (3, 11, 12)) or (protocol == 58 and rest[0] in (1, 2, 3, 4)):
        return ports_in_ip(rest[8:])
    return None


def frame_ports(frame, link):
    if link == 1:
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind not in (0x0800, 0x86dd):
            return None
        frame = frame[14:]
    return ports_in_ip(frame)


def main():
    run, name, wanted = sys.argv[1], sys.argv[2], {int(p) for p in sys.argv[3].split(",")}
    source = records(run + "/capture.pcap")
    header = next(source)[0]
    link = struct.unpack_from("<I", header, 20)[0]
    with open(name + ".pcap", "wb") as out:
        out.write(header)
        for record, frame in source:
            ports = frame_ports(frame, link)
            if ports and wanted & set(ports):
                out.write(record)
    with open(name + ".truth.jsonl", "w") as out:
        for line in open(run + "/truth.jsonl"):
            event = json.loads(line)
            if event["kind"] != "state":
                continue
            if wanted & {int(event[side].rsplit(":", 1)[1]) for side in ("local", "remote")}:
                out.write(line)


if __name__ == "__main__":
    main()
