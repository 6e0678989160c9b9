#!/usr/bin/env python3
"""corpus.py TCPTWIN [--sample N] [--write] [PATTERN] - real captures, against what tshark counts.

Runs `tcptwin json` on the captures of the shared corpus: no crash, no sanitizer report, no run of more
than five seconds, every line of output JSON and the last one the summary, an exit code that has a
message to go with it. Then the number of TCP packets and of connections is compared with tshark's
(INDEX.tsv: tcp_packets, tcp_flows) and the exit code with 0. What differs must stand in
differences.tsv, exactly, with a class that docs/differences.md explains; a line there that no
longer holds is an error as well. --write writes that file anew, with the classes that it had
("UNEXPLAINED" for new lines).

--sample N takes one capture of every format and link type and fills up with others, always the same.
Skipped (exit code 77) where the corpus is missing.
"""
import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SLOWEST_S = 5.0
# sanitizer builds run several times slower, and a loaded machine does, too
SLOWEST_HARD_S = 30.0


def corpus_folder():
    return pathlib.Path(os.environ.get("TCPTWIN_SHARED") or ROOT.parent / "shared") / "corpus"


def sample(rows, count):
    """One of every (format, link type), then by digest: the same choice everywhere."""
    chosen, kinds = [], set()
    by_digest = sorted(rows, key=lambda row: row["sha256"])
    for row in by_digest:
        kind = (row["format"], row["linktype"])
        if kind not in kinds:
            kinds.add(kind)
            chosen.append(row)
    taken = {row["path"] for row in chosen}
    chosen += [row for row in by_digest if row["path"] not in taken][:max(0, count - len(chosen))]
    return chosen


def run(tool, corpus, row):
    """Return: (row, observed {what: number}, complaints, seconds of CPU)."""
    path = corpus / row["path"]
    complaints = []
    began = time.monotonic()
    try:
        result = subprocess.run([tool, "json", str(path)], capture_output=True, timeout=SLOWEST_HARD_S)
    except subprocess.TimeoutExpired:
        return row, {}, [f"still running after {SLOWEST_HARD_S} s"], SLOWEST_HARD_S
    seconds = time.monotonic() - began
    message = result.stderr.decode(errors="replace")
    if result.returncode < 0:
        complaints.append(f"ended by signal {-result.returncode}")
    if re.search(r"Sanitizer|runtime error:", message):
        complaints.append("sanitizer report: " + message[:2000])
    if result.returncode not in (0, 3, 4):
        complaints.append(f"exit code {result.returncode}")
    if result.returncode != 0 and path.name not in message:
        complaints.append(f"exit code {result.returncode} without a message that names the file: {message!r}")
    observed = {"exit": result.returncode}
    summary = check_output(result.stdout, complaints)
    if summary:
        observed["tcp_packets"] = summary["tcp_packets"]
        observed["connections"] = summary["connections"]
    elif result.returncode == 0:
        complaints.append("no summary")
    else:  # nothing could be read of it
        observed["tcp_packets"] = observed["connections"] = 0
    return row, observed, complaints, seconds


def check_output(output, complaints):
    """Every line an object, the last one the summary. Return: the summary or None."""
    last, connections = None, 0
    for number, line in enumerate(output.splitlines(), 1):
        try:
            last = json.loads(line)
        except ValueError:
            complaints.append(f"line {number} of the output is no JSON: {line[:120]!r}")
            return None
        connections += last.get("event_type") == "connection"
    if last is None or last.get("event_type") != "summary":
        return None
    if last["connections"] != connections:
        complaints.append(f"summary says {last['connections']} connections, {connections} were reported")
    return last


def read_differences():
    """{(path, what): (ours, tshark's, class)}"""
    path = HERE / "differences.tsv"
    if not path.exists():
        return {}
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {(r[0], r[1]): (r[2], r[3], r[4]) for r in rows}


def write_differences(found, known):
    with open(HERE / "differences.tsv", "w") as out:
        print("# What tcptwin counts otherwise than tshark 4.0.17. Written by corpus.py --write; the class, whose\n"
              "# explanation is in docs/differences.md, is set by hand.\n"
              "# path\twhat\tours\ttshark's\tclass", file=out)
        for (path, what), (ours, theirs) in sorted(found.items()):
            name = known.get((path, what), ("", "", "UNEXPLAINED"))[2]
            print(path, what, ours, theirs, name, sep="\t", file=out)


def compare(row, observed):
    """{(path, what): (ours, tshark's)} as text, for what differs."""
    expected = {"exit": "0", "tcp_packets": row["tcp_packets"], "connections": row["tcp_flows"]}
    return {(row["path"], what): (str(observed[what]), number or "0")
            for what, number in expected.items() if what in observed and str(observed[what]) != (number or "0")}


def explained_classes():
    text = (ROOT / "docs" / "differences.md")
    return set(re.findall(r"^#+ `([a-z0-9_]+)`", text.read_text(), re.M)) if text.exists() else set()


def judge(found, known, checked):
    """Return: lines of complaint about differences."""
    wrong, classes = [], explained_classes()
    for key, (ours, theirs) in sorted(found.items()):
        if key not in known:
            wrong.append(f"{key[0]}: {key[1]} is {ours}, tshark says {theirs}: not in differences.tsv")
        elif known[key][:2] != (ours, theirs):
            wrong.append(f"{key[0]}: {key[1]} is {ours}, tshark says {theirs}: differences.tsv has {known[key][:2]}")
        elif known[key][2] not in classes:
            wrong.append(f"{key[0]}: {key[1]}: the class {known[key][2]} is not in docs/differences.md")
    wrong += [f"{path}: {what} agrees now: take it out of differences.tsv"
              for path, what in sorted(known) if path in checked and (path, what) not in found]
    return wrong


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("pattern", nargs="?", default="")
    arguments.add_argument("--sample", type=int, default=0)
    arguments.add_argument("--write", action="store_true")
    a = arguments.parse_args()
    corpus = corpus_folder()
    if not (corpus / "INDEX.tsv").exists():
        print("skipped: no corpus")
        sys.exit(SKIPPED)
    with open(corpus / "INDEX.tsv", newline="") as index:
        rows = [row for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE)
                if a.pattern in row["path"]]
    if a.sample:
        rows = sample(rows, a.sample)
    found, known, wrong, slowest = {}, read_differences(), [], (0, "")
    with ThreadPoolExecutor(2) as pool:
        for row, observed, complaints, seconds in pool.map(lambda row: run(a.tcptwin, corpus, row), rows):
            wrong += [f"{row['path']}: {complaint}" for complaint in complaints]
            found.update(compare(row, observed))
            slowest = max(slowest, (seconds, row["path"]))
    if slowest[0] > SLOWEST_S:
        wrong.append(f"{slowest[1]}: {slowest[0]:.1f} s")
    if a.write:
        write_differences(found, known)
    else:
        wrong += judge(found, known, {row["path"] for row in rows})
    print("\n".join(wrong[:200]))
    print(f"{len(rows)} captures, slowest {slowest[0]:.2f} s, {len(found)} differences from tshark, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
