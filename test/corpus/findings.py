#!/usr/bin/env python3
"""findings.py TCPTWIN [--write] - what is diagnosed in real captures, against what was looked at

Every finding that `tcptwin json` says of a capture of the shared corpus must stand in docs/findings-corpus.tsv,
with the reason why it is right; a line there that is no longer said is an error as well. A new one is to be looked
at (with tshark), and mended or written down. --write writes the file anew, with the reasons that it had ("UNSEEN"
for new lines, which the test does not accept). Skipped (exit code 77) where the corpus is missing.
"""
import csv
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from corpus import ROOT, SKIPPED, corpus_folder

LIST = ROOT / "docs" / "findings-corpus.tsv"
HEAD = ("# What tcptwin diagnoses in captures that others publish, and why that is right: each line was looked at.\n"
        "# path\tfinding\tsaid of\tconnections\twhy\n")


def findings_of(tool, corpus, path):
    run = subprocess.run([tool, "json", str(corpus / path)], capture_output=True, text=True, errors="replace")
    events = [json.loads(line) for line in run.stdout.splitlines() if '"event_type":"finding"' in line]
    return [(path.removeprefix("captures/"), e["finding_code"],
             "-" if "ip" not in e else f"{e['ip']} {e['port']}" if "port" in e else e["ip"],
             str(e.get("connections", 0)))
            for e in events]


def known():
    """{(path, code, side, connections): why}"""
    lines = LIST.read_text().splitlines() if LIST.exists() else []
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {tuple(row[:4]): row[4] for row in rows}


def main():
    corpus = corpus_folder()
    if not (corpus / "INDEX.tsv").exists():
        print("skipped: no corpus")
        sys.exit(SKIPPED)
    with open(corpus / "INDEX.tsv", newline="") as index:
        paths = [row["path"] for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE)]
    with ThreadPoolExecutor(2) as pool:
        said = {hit for hits in pool.map(lambda path: findings_of(sys.argv[1], corpus, path), paths) for hit in hits}
    reasons = known()
    if "--write" in sys.argv:
        LIST.write_text(HEAD + "".join("\t".join((*hit, reasons.get(hit, "UNSEEN"))) + "\n" for hit in sorted(said)))
    wrong = [f"{' '.join(hit)}: said, and nobody has looked at it" for hit in sorted(said)
             if reasons.get(hit, "UNSEEN") in ("", "UNSEEN")]
    wrong += [f"{' '.join(hit)}: not said any more" for hit in sorted(set(reasons) - said)]
    print("\n".join(wrong[:200]))
    print(f"{len(paths)} captures, {len(said)} findings, {len(wrong)} not as listed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
