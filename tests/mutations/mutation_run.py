"""Damages valid files of every format, has hw read them, and counts internal faults, hangs and memory.

    python tests/mutations/mutation_run.py                       # 1,000 mutations of every format
    python tests/mutations/mutation_run.py iam zip --count 10000 --seed 3    # names that begin so
    python tests/mutations/mutation_run.py tar-gz --seed 3 --number 1234     # one, whose files are kept

mutated_format.py says how to add a format. A mutation is determined by its format, the seed and its number.
Workers read in processes of their own; one that hangs is killed, and one whose memory has grown above
MEGABYTES is replaced. Exits with 1 if there was any fault, hang or excess of memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from handmade import files_in  # noqa: E402
from hwcli.hw_warning import HwWarning  # noqa: E402
from ink_formats import FORMATS as INK_FORMATS  # noqa: E402
from markup_formats import FORMATS as MARKUP_FORMATS  # noqa: E402
from mutated_format import Format  # noqa: E402
from mutators import mutated  # noqa: E402
from stored_formats import FORMATS as STORED_FORMATS  # noqa: E402

FORMATS: tuple[Format, ...] = (*INK_FORMATS, *MARKUP_FORMATS, *STORED_FORMATS)
SECONDS = 5.0  # of CPU time
WAIT = 60.0  # seconds after which a worker is killed that only waits: other processes may have the CPU
MEGABYTES = 500
CEILING = 3 << 30  # bytes of address space above which a worker gets a MemoryError, to spare the machine


@dataclass
class Trouble:
    """What one mutation did: `kind` is fault, hang, memory or died."""

    format: str
    number: int
    kind: str
    what: str


@dataclass
class Tally:
    """The outcome of a run."""

    counts: dict[str, int] = field(default_factory=dict)  # mutations by format
    refused: dict[str, int] = field(
        default_factory=dict
    )  # of these, those that hw had something to say about
    slowest: dict[str, float] = field(default_factory=dict)  # seconds
    largest: dict[str, float] = field(default_factory=dict)  # megabytes
    troubles: list[Trouble] = field(default_factory=list)


class Bench:
    """One format in a temporary folder: made once, then damaged, read and restored again and again."""

    def __init__(self, one: Format, root: Path):
        self.format, self.root = one, root / one.name
        self.root.mkdir()
        self.path = one.make(self.root)
        self.valid = files_in(self.root)

    def damage(self, seed: int, number: int) -> str:
        """Damage one file; return its name."""
        rng = random.Random(f"{seed}:{self.format.name}:{number}")
        name = rng.choice(sorted(self.valid))
        data = self.valid[name]
        if self.format.under and rng.random() < 0.5:
            unpack, pack = self.format.under
            data = pack(mutated(rng, unpack(data), self.format.own))
        else:
            data = mutated(rng, data, () if self.format.under else self.format.own)
        (self.root / name).write_bytes(data)
        return name

    def restore(self, name: str) -> None:
        """Write the damaged file as it was, and remove what reading left."""
        if files_in(self.root).keys() != self.valid.keys():
            shutil.rmtree(self.root)
            self.root.mkdir()
            for path, data in self.valid.items():
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                (self.root / path).write_bytes(data)
        else:
            (self.root / name).write_bytes(self.valid[name])


def outcome(one: Format, path: Path) -> tuple[str, str]:
    """Read a path; return ok, refused or fault, and what was said."""
    from hwcli.app import _as_hw_error

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning of NumPy would be printed over hw's own words
            # seen once, on a processor with AVX-512: the flag of an invalid operation after a product for a
            # model that reads well otherwise; it could not be provoked again
            warnings.filterwarnings("ignore", "invalid value encountered in dot", RuntimeWarning)
            warnings.simplefilter("ignore", HwWarning)  # hw's own words
            one.read(path)
    except Exception as error:
        known = _as_hw_error(error)
        if not known.message.startswith("internal error") and not isinstance(error, MemoryError):
            return "refused", known.message
        frames = traceback.extract_tb(error.__traceback__)
        ours = next(
            (f for f in reversed(frames) if "/hwcli/" in f.filename or "/renderers/" in f.filename),
            frames[-1],
        )
        return (
            "fault",
            f"{type(error).__name__} at {Path(ours.filename).name}:{ours.lineno}: {str(error)[:200]}",
        )
    return "ok", ""


def work(pipe: Connection, seed: int, root: Path) -> None:
    """Do the mutations that the parent process names, until it ends this one; report after each."""
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the process ends
    sys.stdin = open(os.devnull)  # noqa: SIM115
    formats = {one.name: one for one in FORMATS}
    benches: dict[str, Bench] = {}
    while True:
        name, number = pipe.recv()
        if name not in benches:
            benches[name] = Bench(formats[name], root)
            try:
                read_valid(benches[name])
            except RuntimeError as error:
                pipe.send(error)
                return
            benches[name].restore(next(iter(benches[name].valid)))
        bench = benches[name]
        damaged = bench.damage(seed, number)
        start = time.process_time()
        kind, what = outcome(bench.format, bench.path)
        seconds = time.process_time() - start
        bench.restore(damaged)
        pipe.send((kind, what, seconds, most_memory()))


def most_memory() -> float:
    """Return the most memory that this process has had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # the other number begins with what the process had that started this one
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_valid(bench: Bench) -> None:
    """Import what the reader needs, and make sure that it reads what is valid."""
    kind, what = outcome(bench.format, bench.path)
    if kind != "ok":
        raise RuntimeError(f"{bench.format.name}: what make() made is not read: {what}")


class Worker:
    """A process that does one mutation at a time, and what it is doing."""

    def __init__(self, seed: int):
        self.root = Path(
            tempfile.mkdtemp(prefix="mutations-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        )
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, seed, self.root), daemon=True)
        self.process.start()
        other.close()
        self.job: tuple[str, int] | None = None
        self.known: set[str] = set()
        self.since = self.used = self.grace = 0.0

    def give(self, job: tuple[str, int]) -> None:
        """Start a mutation."""
        first = job[0] not in self.known  # imports and what is made take their time
        self.known.add(job[0])
        self.grace = 60 if first else 1
        self.job, self.since, self.used = job, time.monotonic(), self.cpu()
        self.pipe.send(job)

    def cpu(self) -> float:
        """Return the seconds of CPU time that the process has used."""
        try:
            return sum(psutil.Process(self.process.pid).cpu_times()[:2])
        except psutil.NoSuchProcess:
            return 0.0

    def end(self) -> None:
        """End the process and remove its files."""
        self.process.kill()
        self.process.join()
        self.pipe.close()
        shutil.rmtree(self.root, ignore_errors=True)


def run(names: Sequence[str], count: int, seed: int, workers: int = 1) -> Tally:
    """Do `count` mutations of each format in `names`."""
    tally = Tally()
    jobs: Iterator[tuple[str, int]] = ((name, number) for name in names for number in range(count))
    running: list[Worker] = []
    try:
        while True:
            while len(running) < workers and (job := next(jobs, None)) is not None:
                running.append(Worker(seed))
                running[-1].give(job)
            if not running:
                return tally
            ready = wait([one.pipe for one in running], timeout=0.5)
            for one in [*running]:
                if not (one.pipe in ready and _finished(one, tally)) and not _overdue(one, tally):
                    continue
                job = next(jobs, None) if one.job is None and one.process.is_alive() else None
                if job is not None:
                    one.give(job)
                else:
                    one.end()
                    running.remove(one)
    finally:
        for one in running:
            one.end()


def _finished(one: Worker, tally: Tally) -> bool:
    """Take in what a worker reports, or that it died; return True. `job` stays if it must be replaced."""
    assert one.job is not None
    name, number = one.job
    tally.counts[name] = tally.counts.get(name, 0) + 1
    try:
        report = one.pipe.recv()
    except (EOFError, ConnectionResetError):
        one.process.join()
        tally.troubles.append(Trouble(name, number, "died", f"exit code {one.process.exitcode}"))
        return True
    if isinstance(report, Exception):
        raise report
    kind, what, seconds, memory = report
    tally.refused[name] = tally.refused.get(name, 0) + (kind == "refused")
    tally.slowest[name] = max(tally.slowest.get(name, 0), seconds)
    tally.largest[name] = max(tally.largest.get(name, 0), memory)
    if kind == "fault":
        tally.troubles.append(Trouble(name, number, "fault", what))
    if seconds > SECONDS:
        tally.troubles.append(Trouble(name, number, "hang", f"{seconds:.1f} s"))
    if memory > MEGABYTES:  # the peak of a process never falls
        tally.troubles.append(Trouble(name, number, "memory", f"{memory:.0f} MB"))
    else:
        one.job = None
    return True


def _overdue(one: Worker, tally: Tally) -> bool:
    if one.job is None or (
        time.monotonic() - one.since < WAIT and one.cpu() - one.used < SECONDS + one.grace
    ):
        return False
    tally.counts[one.job[0]] = tally.counts.get(one.job[0], 0) + 1
    tally.troubles.append(Trouble(*one.job, "hang", "killed"))
    return True


def summary(tally: Tally) -> str:
    """Return the outcome as a table, and each distinct trouble with the number of its first mutation."""
    rows = ["format           mutations  refused  faults  hangs  memory   slowest   largest"]
    for name, count in tally.counts.items():
        kinds = [one.kind for one in tally.troubles if one.format == name]
        faults = kinds.count("fault") + kinds.count("died")
        rows.append(
            f"{name:16} {count:9,} {tally.refused.get(name, 0):8,} {faults:7,} {kinds.count('hang'):6,} "
            f"{kinds.count('memory'):7,} {tally.slowest.get(name, 0):7.2f} s "
            f"{tally.largest.get(name, 0):6.0f} MB"
        )
    seen: dict[tuple[str, str], list[Trouble]] = {}
    for one in tally.troubles:
        seen.setdefault((one.format, one.what.split(": ")[0]), []).append(one)
    rows += [
        f"{name} {each[0].kind} x {len(each)}, first {each[0].number}: {each[0].what}"
        for (name, _), each in seen.items()
    ]
    return "\n".join(rows)


def keep(name: str, seed: int, number: int, folder: Path) -> str:
    """Write the files of one mutation to a folder, read them, and return the outcome."""
    folder.mkdir(parents=True)
    one = next(one for one in FORMATS if one.name == name)
    bench = Bench(one, folder)
    damaged = bench.damage(seed, number)
    return f"{bench.root / damaged}: {': '.join(outcome(one, bench.path))}"


def _is_asked(name: str, asked: Sequence[str]) -> bool:
    """Return whether a format is named, or begins with what names none."""
    known = {one.name for one in FORMATS}
    return any(name == one or (one not in known and name.startswith(one)) for one in asked)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="formats, or what their names begin with")
    parser.add_argument("--count", type=int, default=1000, help="mutations of each format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--number", type=int, help="do this mutation only, of one format, and keep its files")
    parser.add_argument("--keep", type=Path, help="a new folder, for --number")
    given = parser.parse_args()
    names = [one.name for one in FORMATS if not given.names or _is_asked(one.name, given.names)]
    if not names:
        parser.error(f"known formats: {', '.join(one.name for one in FORMATS)}")
    if given.number is not None:
        print(keep(names[0], given.seed, given.number, given.keep or Path(tempfile.mkdtemp()) / "kept"))
        return 0
    tally = run(names, given.count, given.seed, given.workers)
    print(summary(tally))
    return bool(tally.troubles)


if __name__ == "__main__":
    sys.exit(main())
