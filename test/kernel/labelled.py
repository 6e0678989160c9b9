#!/usr/bin/env python3
"""labelled.py TCPTWIN [--profiles all] [--exec COMMAND] - score against two kernels.

Unpacks the labelled captures of the shared folder into a temporary one, scores tcptwin on every
capture of the wanted profiles (scorer.py) and holds the result, and what was said for certain and is
not so (claims.py), or said live and taken back though it was so (revisions.py), against limits.py. --exec
scores another program instead, without limits. Skipped (exit code 77) where the set is missing.
"""
import argparse
import contextlib
import functools
import os
import pathlib
import sys
import tarfile
import tempfile

import limits
import revisions
import scorer

SKIPPED = 77


def skip(why):
    print("skipped:", why)
    sys.exit(SKIPPED)


def shared_folder():
    root = pathlib.Path(__file__).resolve().parents[2]
    return pathlib.Path(os.environ.get("TCPTWIN_SHARED") or root.parent / "shared")


def unpack(archive, folder, profiles):
    with tarfile.open(archive) as tar:
        wanted = [m for m in tar.getmembers()
                  if m.name.lstrip("./").split("/")[0].split(".")[1:2] in [[p] for p in profiles]]
        tar.extractall(folder, members=wanted)


@contextlib.contextmanager
def unpacked(profiles):
    """The folder of the labelled runs of these profiles, while it is needed; or the test is skipped."""
    archive = shared_folder() / "oracle" / "labelled-set1.tar.xz"
    if not archive.exists():
        skip("no labelled captures")
    with tempfile.TemporaryDirectory(prefix="labelled-") as folder:
        try:
            unpack(archive, folder, profiles)
        except (tarfile.ReadError, ImportError) as error:
            skip(f"cannot unpack: {error}")
        yield pathlib.Path(folder)


def judge(a, folder):
    """Return: whether all is as it must be."""
    runs = list(scorer.runs_of([folder]))
    said_of = functools.partial(*((scorer.said_by_command, a.command) if a.command else
                                  (scorer.said_by_tcptwin, a.tcptwin)))
    score = scorer.Score(runs, said_of, a.v)
    score.print(a.by.split(","))
    if a.command:
        return True
    wrong = [f"{profile}: {one}" for profile, what in limits.complaints(score, small=False).items() for one in what]
    certain = limits.wrong_claims(a.tcptwin, runs, small=False, verbose=a.v > 0)
    wrong += [certain] if certain else []
    if revisions.judge(a.tcptwin, runs, revisions.CLEAN, a.v > 0):
        wrong.append("live, what was so was taken back")
    print("\n".join(wrong))
    return not wrong


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("--profiles", default="clean,loss5,caploss5,reorder,mixed")
    arguments.add_argument("--by", default="profile")
    arguments.add_argument("-v", action="count", default=0)
    arguments.add_argument("--exec", dest="command")
    a = arguments.parse_args()
    with unpacked(list(limits.LIMITS) if a.profiles == "all" else a.profiles.split(",")) as folder:
        good = judge(a, folder)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
