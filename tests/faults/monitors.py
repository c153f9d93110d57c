# SPDX-License-Identifier: Apache-2.0
"""
monitors.py - monitors are killed in all situations: the container notices nothing, no line of output
is lost or doubled, and all commands go on working.
"""

import os
import signal
import subprocess
import threading
import time

from world import (RUN, SCALE, containers, fail, inspect, is_alive, kill_monitor, look, main, nothing_left,
                   ok, project, rng, run, state_file, states_are_true, wait_until)


def stack(text):
    project(os.path.join(os.environ["PLACE"], "mon"), text)


def state_of(name):
    return inspect(name)["State"]


def is_running(name):
    return state_of(name)["Status"] == "running"


def finish(before, what):
    states_are_true(what)
    ok("down", "-v", "--timeout", "0")
    nothing_left(before, what)


def lines(kills="25", count="40000"):
    before = look()
    count = int(float(count) * SCALE)
    stack(f"""
services:
  a:
    image: busybox
    command: ["sh", "-c", "i=0; while [ $$i -lt {count} ]; do i=$$((i + 1)); echo out $$i; echo err $$i >&2; done; sleep 3600"]
    stop_signal: SIGKILL
    logging: {{options: {{max-size: 300k, max-file: "{max(100, int(100 * SCALE))}"}}}}
""")
    ok("up", "-d")
    pid = state_of("mon-a-1")["Pid"]
    for _ in range(int(float(kills) * SCALE)):
        time.sleep(rng.random() * 0.06)
        kill_monitor("mon-a-1")
        ok("ps", "-q")
    if state_of("mon-a-1")["Pid"] != pid:
        fail("the container was started anew")

    def seen():
        logged = ok("container", "logs", "mon-a-1")
        return {"out": logged.out.splitlines(), "err": logged.err.splitlines()}

    wait_until(lambda: all(text[-1:] == [f"{stream} {count}"] for stream, text in seen().items()),
               30, "all is logged")
    for stream, mine in seen().items():
        wanted = [f"{stream} {i + 1}" for i in range(count)]
        if mine != wanted:
            at = next(i for i, pair in enumerate(zip(mine + [None], wanted + [None])) if pair[0] != pair[1])
            fail(f"{stream}: {len(mine)} lines instead of {count}; at {at}: {mine[at - 2:at + 3]}")
    finish(before, "lines")


def backoff():
    before = look()
    stack("""
services:
  a:
    image: busybox
    command: ["sh", "-c", "exit 9"]
    restart: on-failure:4
  b:
    image: busybox
    command: ["sh", "-c", "exit 3"]
    restart: always
""")
    ok("up", "-d")
    for _ in range(6):
        time.sleep(rng.random() * 0.15)
        for name in ("mon-a-1", "mon-b-1"):
            state = state_file(inspect(name)["Id"])
            if state["monitor_pid"] and is_alive(state["monitor_pid"]):
                try:
                    os.kill(state["monitor_pid"], signal.SIGKILL)
                except ProcessLookupError:
                    pass
        ok("ps", "-a")
    wait_until(lambda: state_of("mon-a-1")["Status"] == "exited", 15, "a gives up")
    details = inspect("mon-a-1")
    if details["State"]["ExitCode"] not in (9, 255) or details["RestartCount"] > 4:
        fail(f"a: {details['State']} after {details['RestartCount']} restarts")
    if state_of("mon-b-1")["Status"] not in ("running", "restarting"):
        fail(f"b: {state_of('mon-b-1')}")
    ok("stop", "-t", "0", "b")
    time.sleep(0.5)
    if state_of("mon-b-1")["Status"] != "exited":
        fail(f"b runs again after a stop: {state_of('mon-b-1')}")
    finish(before, "back-off")


def stopping():
    """Killed between TERM and KILL: the stop command goes on, or says to try again."""
    before = look()
    stack("""
services:
  a:
    image: busybox
    command: ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]
    restart: always
""")
    for _ in range(4):
        ok("up", "-d")
        results = []
        stop = threading.Thread(target=lambda: results.append(run("stop", "-t", "2")))
        stop.start()
        time.sleep(0.2 + rng.random())
        kill_monitor("mon-a-1")
        stop.join()
        if results[0].code != 0 and "try again" not in results[0].err:
            fail(str(results[0]))
        ok("stop", "-t", "1")
        if state_of("mon-a-1")["Status"] != "exited":
            fail(f"after stop: {state_of('mon-a-1')}")
        if state_of("mon-a-1")["ExitCode"] != 137:
            fail(f"exit code after stop: {state_of('mon-a-1')}")
    finish(before, "stopping")


def probing():
    before = look()
    stack("""
services:
  a:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    healthcheck: {test: "sleep 0.2; test -e /well", interval: 100ms, timeout: 2s, retries: 1}
""")
    ok("up", "-d")
    for _ in range(4):
        time.sleep(0.1 + rng.random() * 0.3)
        kill_monitor("mon-a-1")
        ok("ps")
    ok("exec", "-T", "a", "touch", "/well")
    wait_until(lambda: state_of("mon-a-1")["Health"]["Status"] == "healthy", 5, "healthy")
    kill_monitor("mon-a-1")
    ok("exec", "-T", "a", "rm", "/well")
    wait_until(lambda: state_of("mon-a-1")["Health"]["Status"] == "unhealthy", 5, "unhealthy")
    # Killed while `up --wait` waits for health: the command itself finds out.
    ok("down", "-t", "0")
    results = []
    up = threading.Thread(target=lambda: results.append(run("up", "-d", "--wait")))
    up.start()
    wait_until(lambda: is_running("mon-a-1"), 5, "started")
    pid = state_file(inspect("mon-a-1")["Id"])
    process = pid["pid"]
    os.kill(pid["monitor_pid"], signal.SIGKILL)
    open(f"/proc/{process}/root/well", "w").close()
    up.join()
    if results[0].code != 0:
        fail(f"up --wait: {results[0]}")
    finish(before, "probing")


def gone_together():
    """Monitor and container end in the same instant: the policy holds."""
    before = look()
    stack("""
services:
  a: {image: busybox, command: sleep 3600, restart: always}
  b: {image: busybox, command: sleep 3600}
""")
    ok("up", "-d")
    for _ in range(4):
        states = [state_file(inspect(name)["Id"]) for name in ("mon-a-1", "mon-b-1")]
        for state in states:
            for key in rng.sample(["pid", "monitor_pid"], 2):
                os.kill(state[key], signal.SIGKILL)
        wait_until(lambda: not any(is_alive(state["pid"]) for state in states), 5, "killed")
        ok("ps", "-a")
        # What was the last word of a killed monitor stands for a moment.
        wait_until(lambda: state_of("mon-a-1")["Pid"] not in (0, states[0]["pid"]), 5, "a runs again")
        wait_until(lambda: state_of("mon-b-1")["Status"] == "exited", 5, "b has ended")
        ok("up", "-d")
    finish(before, "both")


def kernel_tells():
    """Does it know the exit code of a foreign process (PIDFD_GET_INFO)?"""
    return tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2]) >= (6, 15)


def orphan(name):
    """Its keeper and monitor are killed together. True: it still runs afterwards."""
    details = inspect(name)
    try:
        state = state_file(details["Id"])
        with open(f"{RUN}/containers/{details['Id']}/keeper") as f:
            keeper = int(f.read().split()[0])
        for pid in (keeper, state["monitor_pid"]):
            os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError, KeyError):
        return False  # it has ended by itself, and they with it
    return is_alive(state.get("pid"))


def judge_orphan(name, was_alive, count):
    wait_until(lambda: state_of(name)["Status"] == "exited", 10, "it has ended")
    state, text = state_of(name), ok("container", "logs", name).out
    if text != "".join(f"{i + 1}\n" for i in range(text.count("\n"))):
        fail(f"output has a hole: {text!r}")
    complete = text.count("\n") == count
    if was_alive and not complete:
        fail(f"it ran when its new monitor came: {state}, {text.count(chr(10))} lines")
    if not complete and "what it had written last may be lost" not in state["Error"]:
        fail(f"{text.count(chr(10))} lines of {count}: {state}")
    if state["ExitCode"] == 7:
        return "whole" if complete else "seen late"
    if state["ExitCode"] != 255 or "exit code is not known" not in state["Error"] or \
            was_alive and kernel_tells():
        fail(f"the exit code: {state}")
    return "unseen"


def orphaned(times="20", count="20"):
    """Monitor and keeper are killed together while the container ends: nothing is lost when a
    command comes while it runs; otherwise it is said what may be."""
    before, count, seen = look(), int(count), {"whole": 0, "seen late": 0, "unseen": 0}
    stack(f"""
services:
  a:
    image: busybox
    command: ["sh", "-c", "i=0; while [ $$i -lt {count} ]; do i=$$((i + 1)); echo $$i; usleep 10000; done; exit 7"]
""")
    for _ in range(int(float(times) * SCALE ** 2)):
        ok("up", "-d", "--force-recreate")
        time.sleep(rng.random() * 0.25)
        if orphan("mon-a-1"):
            time.sleep(rng.random() * rng.choice([0, 0.1]))
        pid = state_of("mon-a-1")["Pid"]
        ok("ps", "-a")
        seen[judge_orphan("mon-a-1", is_alive(pid), count)] += 1
    print(f"# {seen}")
    finish(before, "orphaned")


def terminal():
    before = look()
    stack("""
services:
  a:
    image: busybox
    command: ["sh", "-c", "i=0; while :; do i=$$((i + 1)); echo line $$i; sleep 0.05; done"]
    stop_signal: SIGKILL
    tty: true
    stdin_open: true
""")
    ok("up", "-d")
    pid = state_of("mon-a-1")["Pid"]
    for _ in range(5):
        kill_monitor("mon-a-1")
        time.sleep(0.2)
        ok("ps")
        if state_of("mon-a-1")["Pid"] != pid or not is_alive(pid):
            fail("the container ended with its monitor")
    text = ok("logs", "--no-log-prefix", "a").out.replace("\r", "").split()
    numbers = [int(word) for word in text if word.isdigit()]
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) < 20:
        fail(f"terminal output: {numbers}")
    ok("exec", "-T", "a", "true")
    finish(before, "terminal")


def network():
    before = look()
    stack("""
services:
  web:
    image: busybox
    command: ["sh", "-c", "echo page >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]
    stop_signal: SIGKILL
    ports: ["8080:80", "[::1]:8081:80", "8082:80/udp"]
  client: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, scale: 1}
""")
    ok("up", "-d")
    for _ in range(3):
        kill_monitor("mon-web-1")
        kill_monitor("mon-client-1")
        ok("ps")
        for url in ("http://127.0.0.1:8080/", "http://[::1]:8081/", "http://[::1]:8080/"):
            done = subprocess.run(["curl", "-gfsm", "3", url], capture_output=True, text=True)
            if done.stdout != "page\n":
                fail(f"{url} after an adoption: {done}")
        for name in ("web", "mon-web-1", "name.example"):
            done = run("exec", "-T", "client", "nslookup", name)
            if done.code != 0 and name != "name.example":
                fail(f"{name} after an adoption: {done} {done.out}")
        if "page" not in ok("exec", "-T", "client", "wget", "-q", "-O", "-", "http://web/").out:
            fail("no page from web")
    kill_monitor("mon-web-1")
    ok("stop", "-t", "0")
    if any(container["State"] != "exited" for container in containers()):
        fail(f"stop without monitor: {containers()}")
    ok("start")
    finish(before, "network")


main({"lines": lines, "backoff": backoff, "stopping": stopping, "probing": probing,
      "gone_together": gone_together, "orphaned": orphaned, "terminal": terminal, "network": network})
