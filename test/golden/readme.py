#!/usr/bin/env python3
"""readme.py compare|update TCPTWIN ROOT - what README.md and docs/*.md show is what the program prints

Every block of them that begins with "$ build/tcptwin ..." is run from ROOT; the lines after the command must be its
output. A line that is just "..." stands for lines left out. update rewrites blocks without "...".
"""
import difflib
import functools
import glob
import os
import re
import subprocess
import sys

what, tool, root = sys.argv[1:]
status = 0


def run(command):
    done = subprocess.run(["sh", "-c", command.replace("build/tcptwin", tool, 1)], cwd=root,
                          capture_output=True, text=True)
    return done.stdout


def check(path, match):
    global status
    command, shown = match.group(1), match.group(2)
    printed = run(command)
    pattern = "".join("(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in shown.splitlines(True))
    if re.fullmatch(pattern, printed) is None:
        if what == "update" and "...\n" not in shown.splitlines(True):
            return f"```console\n$ {command}\n{printed}```\n"
        status = 1
        sys.stdout.writelines(difflib.unified_diff(shown.splitlines(True), printed.splitlines(True),
                                                   os.path.relpath(path, root), command))
    return match.group(0)


for path in [os.path.join(root, "README.md"), *sorted(glob.glob(os.path.join(root, "docs", "*.md")))]:
    with open(path) as file:
        text = file.read()
    new = re.sub(r"(?m)^```console\n\$ (build/tcptwin .*)\n((?:(?!```).*\n)*)```\n",
                 functools.partial(check, path), text)
    if what == "update" and new != text:
        with open(path, "w") as file:
            file.write(new)
sys.exit(status)
