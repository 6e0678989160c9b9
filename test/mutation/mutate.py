#!/usr/bin/env python3
"""mutate.py [OPTIONS] [FILE...] - break the inference in one place at a time: the fast suite must notice

A mutant is one file of the core with one change: a comparison that is off by one or turned round (but
not between times that are estimates to the nanosecond), a lost
+ 1, && for ||, a condition that is negated; and each row of transitions.def without, with another target,
and with another basis. Only what the change touches is compiled again (-O0, without optimisation); then the
fast suite runs: the unit tests of the core, and the scenarios of test/scenarios. A mutant that passes has survived: either a
test is missing, or it makes no difference to what is said, and stands in equivalent.tsv with the reason.

FILE              names of files in src/core, or transitions.def; default: all in FILES
--sample N        about N mutants, always the same ones of the same code; 0: all (default 400)
--seed WORD       another sample: by this word (default: none)
--jobs N          at a time (default 2)
--list            only print the mutants
--check           only check this program, and that equivalent.tsv names mutants that exist

Exit code 1 if less than 95 % were noticed.
"""
import argparse
import concurrent.futures
import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORE, TABLE = ROOT / "src/core", ROOT / "include/tcptwin/transitions.def"
FILES = ["transitions.def", "seq.h", "receipt.c", "reset.c", "hindsight.c", "fin_copy.c", "fin_waits.c", "trace.c", "trace_make.c", "unseen.c",
         "distance.c", "twin.c", "twin_timers.c", "step.c", "observe.c", "facts.c", "holes.c", "incarnation.c", "held.c", "lost.c", "forged.c",
         "orderly.c", "brief.c", "room.c", "waiting.c", "departing.c", "opening.h", "opening.c", "openings.c", "conclude_opening.c",
         "twin_steps.h", "conclude.c", "conclude_anomalies.c", "concluding.c", "segment_anomalies.c", "hosts.c", "early_icmp.c",
         "icmp_tells.c", "history.c", "saying.c"]
WANTED = 95.0
LIBRARIES = ["-lcmocka", "-lpcap", "-lz", "-lzstd", "-llz4"]
SLOWEST_S = 40  # a test that takes longer, of a processor's time, hangs

# -- making mutants ---------------------------------------------------------------------------------

# what is looked for (in code without comments and strings), and what takes its place
CHANGES = [(re.compile(pattern), put) for pattern, put in [
    (r"(?<![<\-])<(?![<=])(?= )", "<="), (r"<=", "<"), (r"(?<![>\-])>(?![>=])(?= )", ">="), (r"(?<!-)>=", ">"),
    (r"==", "!="), (r"!=", "=="), (r"&&", "||"), (r"\|\|", "&&"),
    (r" \+ 1\b(?!u? <<)", ""), (r" - 1\b", ""),
    (r"\bseq_lt\(", "seq_le("), (r"\bseq_le\(", "seq_lt("), (r"\bseq_gt\(", "seq_ge("), (r"\bseq_ge\(", "seq_gt("),
]]
# A comparison of estimated times: whether they are equal to the nanosecond decides nothing.
TIMES = re.compile(r"_ns\b|\bslack\b|SECOND_NS|\bat\b|\buntil\b|\bdue\b|\bhalf\b|\bway\b|\bdistance\b|_NS\b|arrived|\bleft\b")
EDGES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
CONDITION = re.compile(r"\b(?:if|while) \(")


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str
    line: int
    before: str  # the line, stripped
    after: str
    text: str    # the whole file

    @property
    def key(self):
        return self.file, self.before, self.after

    def __str__(self):
        return f"{self.file}:{self.line}: {self.before}  -->  {self.after}"


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def masked(text):
    """The same text with blanks for comments, strings and directives."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", blank, text, flags=re.S)
    return re.sub(r"^\s*#(?:[^\n\\]|\\.|\\\n)*", blank, text, flags=re.M | re.S)


def closing(text, at):
    """The place of the parenthesis that closes the one at @at."""
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    return -1


def around(code, at):
    """The two operands of the comparison at @at, roughly."""
    low = max(code.rfind(stop, 0, at) for stop in ("&&", "||", ";", "{", "return", "if ("))
    high = min((place for stop in ("&&", "||", ";", "?") if (place := code.find(stop, at)) >= 0), default=len(code))
    return code[low:high]


def edits_of_code(text):
    """(start, end, new text) of each change."""
    code = masked(text)
    loops = [(m.end() - 1, closing(code, m.end() - 1)) for m in re.finditer(r"\bfor \(", code)]
    asserts = [(m.end() - 1, closing(code, m.end() - 1)) for m in re.finditer(r"\b_Static_assert\(", code)]
    for pattern, put in CHANGES:
        for m in pattern.finditer(code):
            if any(a < m.start() < b for a, b in asserts):
                continue
            if any(a < m.start() < b for a, b in loops) and put in ("<=", "<", ">=", ">", "!=", "=="):
                continue  # a loop's bound: what reads beyond an array is for the sanitizers
            if EDGES.get(m.group()) == put and TIMES.search(around(code, m.start())):
                continue
            yield m.start(), m.end(), put
    for m in CONDITION.finditer(code):
        start, end = m.end() - 1, closing(code, m.end() - 1)
        yield start, end + 1, "(!" + text[start:end + 1] + ")"


def edits_of_table(text):
    rows = list(re.finditer(r"^ROW\((\w+), (\w+), (\w+), (\w+), .*\)$", text, re.M))
    states = list(dict.fromkeys(m[1] for m in rows))
    other_basis = {"OBSERVED": "ASSUMED", "ASSUMED": "OBSERVED", "CONFIRMED": "ASSUMED", "TIMER": "ASSUMED"}
    for m in rows:
        yield m.start(), m.end(), ""
        following = states[(states.index(m[3]) + 1) % len(states)] if m[3] in states else states[0]
        yield m.start(3), m.end(3), following
        yield m.start(4), m.end(4), other_basis[m[4]]


def mutants_of(file):
    text = (TABLE if file == TABLE.name else CORE / file).read_text()
    edits = edits_of_table(text) if file == TABLE.name else edits_of_code(text)
    for start, end, put in sorted(edits):
        changed = text[:start] + put + text[end:]
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        before, after = text[first:last], changed[first:last + len(put) - (end - start)]
        yield Mutant(file, text.count("\n", 0, start) + 1, " ".join(before.split()), " ".join(after.split()), changed)


def sample(mutants, count, seed):
    """The same mutants wherever the code is the same."""
    if not count or count >= len(mutants):
        return mutants
    by_digest = sorted(mutants, key=lambda m: hashlib.sha256((seed + str(m.key)).encode()).digest())
    chosen = set(map(id, by_digest[:count]))
    return [m for m in mutants if id(m) in chosen]


def equivalents():
    """{key: reason}"""
    path = HERE / "equivalent.tsv"
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {(row[0], row[1], row[2]): row[3] for row in rows}


# -- building and running ---------------------------------------------------------------------------


class Suite:
    """The fast suite, linked once against a shared core; each mutant is another core."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.compile_flags = ["cc", "-std=gnu11", "-O0", "-fPIC", "-w", "-fno-strict-aliasing", "-fsanitize=bounds",
                              "-fsanitize-undefined-trap-on-error", f"-I{ROOT}/test/support",
                              f"-I{ROOT}/test/unit/core", f"-I{ROOT}/src/capture", "-D_GNU_SOURCE"]
        self.sources = sorted(CORE.glob("*.c")) + sorted((ROOT / "src/vocabulary").glob("*.c"))
        self.needs = {}
        self.objects = {}
        for source in self.sources:
            self.objects[source.name] = self.folder / (source.stem + ".o")
            self.compile(source, self.objects[source.name], self.includes(ROOT))
            self.needs[source.name] = self.included_by(source)
        self.link_core(self.objects, self.folder / "libcore.so")
        self.tests = self.link_tests()

    @staticmethod
    def includes(root):
        return [f"-I{root}/{folder}" for folder in ("include", "src/core", "src", "test/short_ways")]

    def compile(self, source, target, includes):
        return subprocess.run([*self.compile_flags, *includes, "-c", source, "-o", target],
                              capture_output=True).returncode == 0

    def included_by(self, source):
        run = subprocess.run([*self.compile_flags, *self.includes(ROOT), "-MM", source], capture_output=True, text=True)
        return {os.path.basename(word) for word in run.stdout.replace("\\", " ").split()}

    @staticmethod
    def link_core(objects, target):
        fast = ["-fuse-ld=lld"] if shutil.which("ld.lld") else []
        return subprocess.run(["cc", "-shared", *fast, "-o", target, *objects.values()],
                              capture_output=True).returncode == 0

    def link_tests(self):
        support = [ROOT / "test/support" / name for name in ("seg.c", "seg_frame.c")]
        unit = [ROOT / "test/unit/core" / name for name in ("heap.c", "rig.c", "scenarios.c", "listing.c")]
        programs = [(main, support + unit, []) for main in sorted((ROOT / "test/unit/core").glob("test_*.c"))]
        line = [path for part in ("decode", "capture") for path in sorted((ROOT / "src" / part).glob("*.c"))]
        folder = ROOT / "test/scenarios"
        groups = sorted({path.name[0] for path in folder.glob("*.scn")})
        programs.append((folder / "scenarios.c", support + [folder / "account.c"] + line, [str(folder), "GROUP"]))
        shared = {}
        tests = []
        for main, others, arguments in programs:
            for source in (main, *others):
                if source not in shared:
                    shared[source] = self.folder / f"{source.parent.name}_{source.stem}.o"
                    if not self.compile(source, shared[source], self.includes(ROOT)):
                        sys.exit(f"{source} does not compile")
            program = self.folder / main.stem
            done = subprocess.run(["cc", "-o", program, *(shared[s] for s in (main, *others)), f"-L{self.folder}", "-lcore",
                                   *LIBRARIES], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{main} does not link: {done.stderr}")
            listing = main.with_name(main.stem.removeprefix("test_") + ".txt")
            arguments += [str(listing)] if listing.exists() else []
            for group in groups if "GROUP" in arguments else [""]:
                tests.append([str(program), *(group if word == "GROUP" else word for word in arguments)])
        # whole connections first: they notice most; last what takes longest
        first = ["test_ledger", "scenarios", "test_copies", "test_times"]
        last = ["test_context", "test_states", "test_walk"]
        tests.sort(key=lambda t: [*(name in t[0] for name in last), *(name not in t[0] for name in first)])
        return tests

    def passes(self, folder):
        environment = dict(os.environ, LD_LIBRARY_PATH=str(folder))
        limited = ["sh", "-c", f'ulimit -t {SLOWEST_S} && exec "$@"', "sh"]  # however busy the machine is
        return not any(subprocess.run([*limited, *test], env=environment, capture_output=True).returncode
                       for test in self.tests)

    def verdict(self, mutant, folder):
        """Return: "killed", "survived", or "invalid" (does not compile)."""
        place = folder / ("include/tcptwin" if mutant.file == TABLE.name else "src/core") / mutant.file
        place.parent.mkdir(parents=True, exist_ok=True)
        if mutant.file.endswith(".h"):  # also for the headers beside it that include it
            for header in CORE.glob("*.h"):
                shutil.copy(header, place.parent)
        place.write_text(mutant.text)
        changed = dict(self.objects)
        for source in self.sources:
            if mutant.file != source.name and mutant.file not in self.needs[source.name]:
                continue
            # beside the changed file, so that "..." finds it first
            copy = place.parent / source.name if mutant.file.endswith(".h") else source
            if copy != source:
                copy.write_text(source.read_text())
            elif mutant.file == source.name:
                copy = place
            changed[source.name] = folder / (source.stem + ".o")
            if not self.compile(copy, changed[source.name], self.includes(folder) + self.includes(ROOT)):
                return "invalid"
        if not self.link_core(changed, folder / "libcore.so"):
            return "invalid"
        return "survived" if self.passes(folder) else "killed"


def run(mutants, jobs, show):
    """Return: {verdict: [mutants]}."""
    found = {"killed": [], "survived": [], "invalid": []}
    lock = threading.Lock()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(folder)
        if not suite.passes(folder):
            sys.exit("the suite fails without a mutant")

        def one(number):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                verdict = suite.verdict(mutants[number], pathlib.Path(place))
            with lock:
                found[verdict].append(mutants[number])
                if verdict == "survived":
                    show(mutants[number])

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(one, range(len(mutants))))
    return found


# -- the whole --------------------------------------------------------------------------------------


def check():
    """The program itself, in a second. Return: complaints."""
    wrong = []
    code = "if (a < b && c[i - 1] >= 2) /* x < y */\n    puts(\"a == b\");\nfor (i = 0; i < n; i++)\n    d = e->f + 1;\n"
    made = sorted({code[:s] + put + code[e:] for s, e, put in edits_of_code(code)})
    want = sorted(code.replace(old, new) for old, new in [
        ("a < b", "a <= b"), (" && ", " || "), ("i - 1", "i"), (">= 2", "> 2"), ("f + 1", "f"),
        ("(a < b && c[i - 1] >= 2)", "(!(a < b && c[i - 1] >= 2))")])
    if made != want:
        wrong.append(f"mutants of a sample: {made}")
    row = 'ROW(A, EV, B, ASSUMED, "r", "s")\nROW(B, EV, A, TIMER, "r", "s")\n'
    if len(list(edits_of_table(row))) != 6:
        wrong.append("a row has three mutants")
    existing = {m.key for file in FILES for m in mutants_of(file)}
    wrong += [f"equivalent.tsv: no such mutant: {key}" for key in equivalents() if key not in existing]
    wrong += [f"{file}: no mutants" for file in FILES if not any(mutants_of(file))]
    return wrong


def main():
    arguments = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    arguments.add_argument("files", nargs="*", metavar="FILE")
    arguments.add_argument("--sample", type=int, default=400)
    arguments.add_argument("--seed", default="")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--list", action="store_true")
    arguments.add_argument("--check", action="store_true")
    a = arguments.parse_args()
    if a.check:
        sys.exit("\n".join(check()) or 0)
    known = equivalents()
    mutants = [m for file in a.files or FILES for m in mutants_of(file)]
    mutants = sample([m for m in mutants if m.key not in known], a.sample, a.seed)
    if a.list:
        print("\n".join(map(str, mutants)))
        return
    found = run(mutants, a.jobs, lambda mutant: print("survived:", mutant, flush=True))
    killed, survived = len(found["killed"]), len(found["survived"])
    for file in a.files or FILES:
        mine = {verdict: sum(m.file == file for m in ms) for verdict, ms in found.items()}
        if mine["killed"] + mine["survived"]:
            print(f"{file:18} {mine['killed']:4} of {mine['killed'] + mine['survived']:4}")
    score = 100 * killed / max(1, killed + survived)
    print(f"{score:.1f} %: {killed} of {killed + survived} mutants noticed; {len(found['invalid'])} do not compile, "
          f"{len(known)} are known to make no difference")
    sys.exit(score < WANTED)


if __name__ == "__main__":
    main()
