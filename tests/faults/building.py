# SPDX-License-Identifier: Apache-2.0
"""
building.py - builds are killed, interrupted, or run out of space, at points all over them; whatever
the point: nothing runs and nothing is mounted afterwards, `system check` finds the store sound, the
same build then succeeds, and the one after that takes every step from the cache.
"""

import os
import re
import signal
import subprocess
import time

# A store of its own: its cache is emptied again and again.
STORE = "/mnt/building"
os.environ["CORACLE_ROOT"] = f"{STORE}/root"
os.environ["CORACLE_RUN"] = f"{STORE}/run"

# pylint: disable=wrong-import-position
from world import (SCALE, Fault, check_store, differences, fail, killed, look, main, nothing_left,
                   ok, rng, run, timed)

PLACE = os.environ["PLACE"]
CONTEXT = f"{PLACE}/context"

# Every kind of work once: copies, steps with and without a network, mounts, stages side by side.
DOCKERFILE = """\
FROM busybox AS one
COPY one /one
RUN --mount=type=cache,target=/cache echo x >>/cache/count; seq 200 >/numbers; ln /numbers /linked
FROM busybox AS two
WORKDIR /two
COPY --chown=1:1 many/ ./
RUN --network=none --mount=type=tmpfs,target=/t --mount=from=one,source=/one,target=/in \\
    cat /in >out; rm 1
FROM one
COPY --from=two /two /two
RUN mv /two/out /final; chmod 600 /final
"""
BUILD = ["image", "build", "--progress", "plain", "-t", "made:1", CONTEXT]


def prepare():
    os.makedirs(f"{CONTEXT}/many")
    os.makedirs(STORE, exist_ok=True)
    for i in range(40):
        with open(f"{CONTEXT}/many/{i}", "w") as f:
            f.write(f"{i}\n" * 100)
    for name, text in (("one", "1\n"), ("Dockerfile", DOCKERFILE)):
        with open(f"{CONTEXT}/{name}", "w") as f:
            f.write(text)
    ok("image", "load", "-q", "-i", os.environ["IMAGE"])


def forget():
    ok("builder", "prune", "-a", "-f")
    run("image", "rm", "made:1")


def check_quiet(before, what):
    """No process and no mount of the build; the next command sees to the rest."""
    for _ in range(50):
        lines = [line for line in differences(before, look()) if re.match(r"\+ (process|mounts)", line)]
        if not lines:
            return
        time.sleep(0.1)
    fail(f"{what}: goes on:\n" + "\n".join(lines[:20]))


def check_build(what):
    """The same build succeeds, and then again without doing anything."""
    ok(*BUILD)
    ok("image", "inspect", "made:1")
    again = ok(*BUILD)
    text = again.out + again.err
    steps = len(re.findall(r"^#\d+ \[.*\d/\d\]", text, re.M))
    cached = len(re.findall(r"^#\d+ CACHED", text, re.M))
    if not steps or steps != cached:
        fail(f"{what}: {cached} of {steps} steps are cached: {text}")
    deep = run("system", "check", "--deep")
    if deep.code != 0 or "all is well" not in deep.out:
        fail(f"{what}: after the same build: {deep.out} {deep}")


def judge(before, what):
    check_quiet(before, what)
    check_store(what)
    check_build(what)
    nothing_left(before, what)


def measured():
    """What is there when a build was, and how long it takes."""
    prepare()
    ok(*BUILD)
    forget()
    begun = time.monotonic()
    ok(*BUILD)
    seconds = time.monotonic() - begun
    return look(), seconds


def times(count):
    return max(3, int(float(count) * SCALE))


def sweep(name, count, once):
    """@once(number, count, seconds) does it and says what it was."""
    before, seconds = measured()
    failures = []
    for number in range(times(count)):
        forget()
        what = once(number, times(count), seconds)
        try:
            judge(before, what)
        except Fault as fault:
            failures.append(str(fault))
            if len(failures) >= 5 or "hangs" in str(fault):
                break
            run("system", "check", "--repair")
    print(f"# {name}: {seconds:.2f} s, {times(count)} times, {len(failures)} failures")
    finish()
    if failures:
        fail("\n".join(failures))


def finish():
    os.chdir("/")
    subprocess.run(["rm", "-rf", STORE], check=True)


def kill(count):
    totals = {}

    def once(number, count, seconds):
        mode = ("one", "all", "own", "time")[number % 4]
        place = (number + rng.random()) / count
        if mode == "time":
            return f"kill {timed(seconds * 1.2 * place, *BUILD)}"
        if mode not in totals:
            totals[mode] = int(killed(mode, 0, *BUILD).split()[1])
            forget()
        step = 1 + int(totals[mode] * place)
        return f"kill {mode} {step} of {totals[mode]} ({killed(mode, step, *BUILD)})"
    sweep("kill", count, once)


def interrupt(count):
    def once(number, count, seconds):
        how = (signal.SIGINT, signal.SIGTERM)[number % 4 == 3]
        delay = seconds * (number + rng.random()) / count
        # Before it has begun there is nothing to end, and nobody who says so.
        expected = (0, 130, -how) if delay < 0.1 else (0, 130)
        return timed(delay, *BUILD, how=how, expected=expected)
    sweep("interrupt", count, once)


def full(_count=0):
    """A file system of every size from too small to just enough."""
    prepare()
    small = "/mnt/full"
    os.makedirs(small, exist_ok=True)
    os.environ["CORACLE_ROOT"] = small
    refused = done = 0
    for size in range(2500, 4500, 150):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "full", small], check=True)
        try:
            if run("image", "load", "-q", "-i", os.environ["IMAGE"]).code:
                continue
            result = run(*BUILD)
            done += result.code == 0
            refused += result.code != 0
            if result.code and "no space left" not in (result.out + result.err).lower():
                fail(f"{size} KiB: the message does not say so: {result.out} {result}")
            check_store(f"{size} KiB")
            subprocess.run(["mount", "-o", "remount,size=16m", small], check=True)
            check_build(f"{size} KiB")
        finally:
            subprocess.run(["umount", "-l", small], check=True)
    print(f"# full: {refused} refused, {done} done")
    os.rmdir(small)
    finish()
    if not refused or not done:
        fail(f"{refused} refused, {done} done: the sizes do not fit")


def together(count):
    """Of two builds of the same at once one is killed: the other one succeeds all the same."""
    def once(_number, _count, seconds):
        other = subprocess.Popen([os.environ["CORACLE"], *BUILD], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = timed(seconds * rng.random(), *BUILD)
        _, err = other.communicate(timeout=60)
        if other.returncode:
            fail(f"beside one that was {said}: {err[-2000:]}")
        return f"together ({said})"
    sweep("together", count, once)


main({"kill": kill, "interrupt": interrupt, "full": full, "together": together})
