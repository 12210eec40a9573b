"""Prints measure.py PROGRAM KUSTOMIZE FOLDER's table; compare.sh calls it.

What is compared runs in turns, so that a change of the machine's load meets
both, and medians are given.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SMALL = b"""apiVersion: glint.io/v1
kind: Entity
metadata:
  name: checkout
  namespace: shop
spec:
  blueprint: service
  identifier: checkout
"""


def pipeline(commands):
    """Runs commands in a pipe into /dev/null; gives seconds."""
    started = time.perf_counter()
    processes, source = [], subprocess.DEVNULL
    for index, command in enumerate(commands):
        last = index == len(commands) - 1
        process = subprocess.Popen(
            command,
            stdin=source,
            stdout=subprocess.DEVNULL if last else subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if processes:
            source.close()
        source = process.stdout
        processes.append(process)
    for process in processes:
        if process.wait() != 0:
            sys.exit(f"{process.args}: exit code {process.returncode}")
    return time.perf_counter() - started


def single(command, given):
    """Runs a command on a file or bytes; gives seconds and peak bytes in memory."""
    with tempfile.TemporaryFile() as stdin:
        if isinstance(given, bytes):
            stdin.write(given)
            stdin.seek(0)
            source = stdin
        else:
            source = open(given, "rb")
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command}: exit code {process.returncode}")
        source.close()
    return seconds, usage.ru_maxrss * 1024


def in_turns(count, first, second):
    """Medians of two measurements that take turns, after one of each unseen."""
    first(), second()
    pairs = [(first(), second()) for _ in range(count)]
    return tuple(statistics.median(times) for times in zip(*pairs))


def peak_in_a_pipe(program, stream):
    """Peak bytes of the program between two pipes."""
    feed = subprocess.Popen(["cat", stream], stdout=subprocess.PIPE)
    ours = subprocess.Popen(
        program, stdin=feed.stdout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    feed.stdout.close()
    sink = subprocess.Popen(["cat"], stdin=ours.stdout, stdout=subprocess.DEVNULL)
    ours.stdout.close()
    _, status, usage = os.wait4(ours.pid, 0)
    ours.returncode = os.waitstatus_to_exitcode(status)
    feed.wait(), sink.wait()
    return usage.ru_maxrss * 1024


def foreign_documents(stream):
    """The documents that are no entity, with what separates them."""
    return [piece for piece in stream.split(b"\n---\n") if b"\nkind: Entity\n" not in piece]


def foreign_bytes_are_kept(program, stream):
    """Counts the documents that leave with other bytes than they came with."""
    with open(stream, "rb") as file:
        before = file.read()
    after = subprocess.run(program, input=before, stdout=subprocess.PIPE, check=True).stdout
    before, after = foreign_documents(b"\n" + before), foreign_documents(b"\n" + after)
    # What is added stands in front.
    after = after[len(after) - len(before) + 1 :]
    changed = sum(one != other for one, other in zip(before[1:], after))
    return changed, len(before) - 1


def kustomize_seconds(kustomize, stream):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(stream, f"{folder}/all.yaml")
        with open(f"{folder}/kustomization.yaml", "w", encoding="utf-8") as file:
            file.write("resources: [all.yaml]\n")
        return single([kustomize, "build", folder], b"")[0]


def main():
    program, kustomize, folder = sys.argv[1:]
    ours = [program, "post-render", "--application", "bench"]
    large, medium = f"{folder}/stream-100000000.yaml", f"{folder}/stream-21000000.yaml"
    size = os.path.getsize(large)

    cat, piped = in_turns(
        9,
        lambda: pipeline([["cat", large], ["cat"], ["cat"]]),
        lambda: pipeline([["cat", large], ours, ["cat"]]),
    )
    memory = peak_in_a_pipe(ours, large)
    changed, foreign = foreign_bytes_are_kept(ours, large)
    small_true, small_ours = in_turns(
        50, lambda: single(["/bin/true"], SMALL)[0], lambda: single(ours, SMALL)[0]
    )
    medium_ours = statistics.median(single(ours, medium)[0] for _ in range(9))
    medium_kustomize = kustomize_seconds(kustomize, medium)

    rows = [
        (
            f"{size / 1e6:.0f} MB, pipe to pipe",
            f"{piped * 1e3:.0f} ms ({size / piped / 1e6:.0f} MB/s)",
            f"`cat \\| cat \\| cat` {cat * 1e3:.0f} ms",
            f"{piped / cat:.2f} times",
            "at most 4",
        ),
        (
            "the same, peak memory",
            f"{memory / 1e6:.0f} MB",
            f"stream {size / 1e6:.0f} MB",
            f"{memory / size:.2f} times",
            "at most 1.3",
        ),
        (
            "the same, documents that are no entity",
            f"{changed} changed",
            f"{foreign} in the stream",
            "",
            "0 changed",
        ),
        (
            "21 MB, file to nothing",
            f"{medium_ours * 1e3:.0f} ms",
            f"`kustomize build` {medium_kustomize:.1f} s",
            f"{medium_kustomize / medium_ours:.0f} times faster",
            "at least 300",
        ),
        (
            "one small document",
            f"{small_ours * 1e3:.2f} ms",
            f"`/bin/true` {small_true * 1e3:.2f} ms",
            f"{(small_ours - small_true) * 1e3:.2f} ms more",
            "at most 3 ms",
        ),
    ]
    print(f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}\n")
    print("| what | ours | beside | ratio | goal |\n|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
