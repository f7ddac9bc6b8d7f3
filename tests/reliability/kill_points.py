#!/usr/bin/env python3
"""Ends cfo-run, or fails its disk, at every call that changes the run folder; the run must go on to the same bytes.

    kill_points.py --run BIN/cfo-run --preload LIBRARY [--every N] [--modes before,after,ENOSPC,EIO] [--work FOLDER]

--every 1 (the long form) tries every call; the short form of the tests every N-th, from another one each mode.
"""
import argparse
import hashlib
import math
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# What a finished run must hold byte for byte. Times and places are not part of it.
MADE = ("shards", "models", "scores")


def make_corpus(root):
    for speaker, utterances in (("s1", 4), ("s2", 2), ("s3", 2)):
        folder = root / speaker
        folder.mkdir(parents=True)
        for number in range(utterances):
            rate, count = 16000, 44000 if speaker == "s1" else 8000
            pitch = 110 + 13 * number + 29 * int(speaker[1])
            samples = [int(9000 * math.sin(6.2832 * pitch * t / rate) * (1 + math.sin(t / 900)) / 2
                           + 1500 * math.sin(t * t * 1e-5 * (number + 1))) for t in range(count)]
            data = struct.pack(f"<{count}h", *samples)
            header = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
                "<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + b"data" + struct.pack("<I", len(data))
            (folder / f"{speaker}_{number}.wav").write_bytes(header + data)


def digests(run):
    found = {}
    for top in MADE:
        for file in sorted((run / top).rglob("*")):
            if file.is_file() and not file.name.endswith((".partial", "log.csv", "losses.csv")):
                found[str(file.relative_to(run))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


class Trial:
    def __init__(self, arguments, work):
        self.arguments, self.work = arguments, work
        self.run_folder = work / "run"
        make_corpus(work / "corpus")

    def run(self, **extra):
        environment = dict(os.environ, CFO_RELIABILITY_CORPUS=str(self.work / "corpus"), OMP_NUM_THREADS="1",
                           OPENBLAS_NUM_THREADS="1", **extra)
        return subprocess.run([self.arguments.run, str(HERE / "graph.yaml"), "--threads", "1", "--quiet", "--output",
                               str(self.run_folder)], env=environment, capture_output=True, text=True,
                              errors="replace", timeout=300)

    def fresh(self):
        shutil.rmtree(self.run_folder, ignore_errors=True)

    def broken(self, at, how, count=None):
        extra = {"LD_PRELOAD": self.arguments.preload, "CFO_KILL_FOLDER": str(self.run_folder), "CFO_KILL_AT": str(at),
                 "CFO_KILL_HOW": how}
        if count:
            extra["CFO_KILL_COUNT"] = str(count)
        return self.run(**extra)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True)
    parser.add_argument("--preload", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--modes", default="before,after,ENOSPC,EIO")
    parser.add_argument("--work")
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="cfo-kill-"))
    work.mkdir(parents=True, exist_ok=True)
    trial = Trial(arguments, work)
    first = trial.run()
    if first.returncode != 0:
        sys.exit(f"the run without any fault ended with {first.returncode}:\n{first.stderr}")
    wanted = digests(trial.run_folder)
    trial.fresh()
    trial.broken(0, "before", work / "count")
    total = int((work / "count").read_text())
    print(f"{len(wanted)} files, {total} calls that change the run folder", flush=True)
    if not wanted or total < 20:
        sys.exit("too little happened for this to prove anything")
    faults, trials = [], 0
    for offset, how in enumerate(arguments.modes.split(",")):
        for at in range(1 + offset * arguments.every // 4, total + 1, arguments.every):
            trials += 1
            trial.fresh()
            broken = trial.broken(at, how)
            killed = how in ("before", "after")
            if killed and broken.returncode != -signal.SIGKILL:
                faults.append(f"{how} call {at}: was not ended there but returned {broken.returncode}")
            if not killed and (broken.returncode not in (0, 1, 2) or not broken.stderr.strip()):
                faults.append(f"{how} from call {at}: ended with {broken.returncode}, {broken.stderr.strip()[-300:]!r}")
            again = trial.run()
            if again.returncode != 0:
                faults.append(f"{how} call {at}: the next run ended with {again.returncode}: {again.stderr[-300:]}")
            elif digests(trial.run_folder) != wanted:
                there = digests(trial.run_folder)
                differ = [f for f in sorted(set(wanted) | set(there)) if wanted.get(f) != there.get(f)]
                faults.append(f"{how} call {at}: other bytes in {', '.join(differ)}")
            left = [str(p.relative_to(trial.run_folder)) for p in trial.run_folder.rglob("*")
                    if p.name.endswith(".partial") or "work/" in str(p.relative_to(trial.run_folder)) and p.is_file()]
            if left:
                faults.append(f"{how} call {at}: left behind: {', '.join(left)}")
    for fault in faults:
        print("FAULT", fault)
    print(f"{trials} trials, {len(faults)} faults")
    if not arguments.work:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
