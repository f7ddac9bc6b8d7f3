"""Loading a checkpoint: cfo-bench load beside torch.load, the same files in the same run.

Usage: load_speed.py CFO_BENCH CODEC GOLDEN_FOLDER        (needs python3-torch; see bench/RESULTS.md)

cfo-bench writes random weights, e.g. in the shapes of BigCodec's, and measures; then torch.load reads its torch files, each time in a process of
its own, the file in the page cache, as cfo-bench does. "read" is CFO with every page touched, which is what torch.load does by copying.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import torch

REPEAT = 5


def memory(what):
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith(what + ":"))


def apart(file):
    """Seconds, growth of the peak resident set, and bytes of the process's own at the end, of one torch.load."""
    end, begin = os.pipe()
    if os.fork() == 0:
        with open("/proc/self/clear_refs", "w", encoding="utf-8") as marks:
            marks.write("5")
        before, own = memory("VmRSS"), memory("RssAnon")
        start = time.perf_counter()
        kept = torch.load(file, map_location="cpu")
        seconds = time.perf_counter() - start
        os.write(begin, json.dumps([seconds, memory("VmHWM") - before, memory("RssAnon") - own, len(kept)]).encode())
        os._exit(0)
    os.close(begin)
    with os.fdopen(end) as pipe:
        text = pipe.read()
    os.wait()
    return json.loads(text)


def main():
    program, codec, golden = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "load", codec, "--weights-like", golden, "--keep", folder, "--repeat", str(REPEAT), "--json"]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"| container | MB | CFO open s | CFO read s | torch.load s | ratio | CFO network s | peak MB: CFO read, network, torch.load |")
        print("|---|---|---|---|---|---|---|---|")
        for load in ours["loads"]:
            stages = load["stages"]
            row = [load["container"], f"{load['bytes'] / 1e6:.0f}", f"{stages['open']['seconds']:.4f}", f"{stages['read']['seconds']:.3f}"]
            peaks = [stages["read"]["peak_rss_bytes"], stages["network"]["peak_rss_bytes"]]
            if load["container"].startswith("torch"):
                seconds, peak, _, _ = min(apart(load["file"]) for _ in range(REPEAT))
                row += [f"{seconds:.3f}", f"{seconds / stages['read']['seconds']:.1f}"]
                peaks.append(peak)
            else:
                row += ["–", "–"]
            row += [f"{stages['network']['seconds']:.3f}", ", ".join(f"{peak / 1e6:.0f}" for peak in peaks)]
            print("| " + " | ".join(row) + " |")


main()
