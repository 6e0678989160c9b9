#!/usr/bin/env python3
"""labelled.py TCPTWIN [--profiles clean,tapA,tapB] [--all] [--exec COMMAND] - score against two kernels.

Unpacks the labelled captures of the shared folder into a temporary one, lets its scorer run tcptwin
on every capture of the wanted profiles and holds the result against the limits below. --all takes
every profile and limits only those three. --exec scores
another program instead ({} is the capture). Skipped (exit code 77) where the set is missing.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

SKIPPED = 77
# column of the scorer's table, its name in the scorer's JSON, least value in percent
LIMITS = [("exobs", "exact_obs", 97.0), ("prec", "precision", 98.0), ("recobs", "recall_obs", 98.0)]
LIMITED_PROFILES = ("clean", "tapA", "tapB")


def skip(why):
    print("skipped:", why)
    sys.exit(SKIPPED)


def shared_folder():
    root = pathlib.Path(__file__).resolve().parents[2]
    return pathlib.Path(os.environ.get("TCPTWIN_SHARED") or root.parent / "shared")


def unpack(archive, folder, profiles):
    with tarfile.open(archive) as tar:
        wanted = [m for m in tar.getmembers()
                  if profiles is None or m.name.lstrip("./").split("/")[0].split(".")[1:2] in [[p] for p in profiles]]
        tar.extractall(folder, members=wanted)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("tcptwin")
    arguments.add_argument("--profiles", default="clean,tapA,tapB")
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("--by", default="profile")
    arguments.add_argument("-v", action="count", default=0)
    arguments.add_argument("--exec", dest="command")
    a = arguments.parse_args()
    oracle = shared_folder() / "oracle"
    archive = oracle / "labelled-set1.tar.xz"
    if not archive.exists() or not (oracle / "score").exists():
        skip("no labelled captures")
    profiles = None if a.all else a.profiles.split(",")
    command = a.command or f"'{a.tcptwin}' json {{}} | '{sys.executable}' '{oracle / 'from_tcptwin'}'"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labelled-"))
    try:
        try:
            unpack(archive, folder, profiles)
        except (tarfile.ReadError, ImportError) as error:
            skip(f"cannot unpack: {error}")
        rows = folder / "rows.json"
        run = subprocess.run([sys.executable, str(oracle / "score"), str(folder), "--exec", command, "--by", a.by,
                              "--json", str(rows)] + ["-v"] * a.v)
        if run.returncode != 0 or not rows.exists():
            sys.exit("the scorer failed")
        total = json.loads(rows.read_text())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if judge(total, a.all) else 0)


def judge(result, everything):
    """Return: how many limits are missed."""
    missed = 0
    for profile, row in sorted(result["by_profile"].items()):
        if everything and profile not in LIMITED_PROFILES:
            continue
        for column, key, least in LIMITS:
            value = 100 * (row[key] or 0)
            if value < least:
                print(f"{profile}: {column} is {value:.2f}, must be at least {least}")
                missed += 1
        if row["spurious_connections"]:
            print(f"{profile}: {row['spurious_connections']} connections that do not exist")
            missed += 1
    return missed

if __name__ == "__main__":
    main()
