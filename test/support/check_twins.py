#!/usr/bin/env python3
"""check_twins.py SEG2PCAP PCAPS - every .seg makes its .pcap byte for byte, and every capture of
the folder is described in its README.md, which names no other."""
import pathlib
import re
import subprocess
import sys

tool, folder = sys.argv[1], pathlib.Path(sys.argv[2])
wrong = []
for script in sorted(folder.glob("*.seg")):
    made = subprocess.run([tool, str(script)], capture_output=True)
    if made.returncode != 0:
        wrong.append(made.stderr.decode().strip())
    elif made.stdout != script.with_suffix(".pcap").read_bytes():
        wrong.append(f"{script.name}: its .pcap is another (build the target pcaps-update)")
captures = {str(p.relative_to(folder)) for pattern in ("*.pcap", "*.pcapng", "*.gz") for p in folder.rglob(pattern)}
listed = set(re.findall(r"^\| `([^`]+)` \|", (folder / "README.md").read_text(), re.M))
wrong += [f"{name}: not in README.md" for name in sorted(captures - listed)]
wrong += [f"{name}: in README.md but not there" for name in sorted(listed - captures)]
big = [p.name for p in folder.rglob("*") if p.is_file() and p.stat().st_size > 20480 and p.name != "README.md"]
wrong += [f"{name}: larger than 20 KB" for name in big]
print("\n".join(wrong) if wrong else
      f"{len(captures)} captures, {len(list(folder.glob('*.seg')))} from text: as they should be")
sys.exit(1 if wrong else 0)
