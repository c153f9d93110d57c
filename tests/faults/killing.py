# SPDX-License-Identifier: Apache-2.0
"""
killing.py - commands are killed at many points; whatever the point: the same command then succeeds,
ps tells the truth, and `down` leaves nothing.
"""

import os

from world import (SCALE, Fault, fail, inspect, killed, look, main, nothing_left, ok, project,
                   rng, run, states_are_true, steps_of, wait_until, containers)

STACK = """
services:
  web:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    environment: {{VERSION: "{version}"}}
    ports: ["8080:80", "[::1]:8081:80"]
    networks: [front, back]
    volumes: ["data:/data"{anonymous}]
    secrets: [token]
    scale: {scale}
    restart: always
  db:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    tty: true
    networks: [back]
    tmpfs: /scratch
    healthcheck: {{test: "true", interval: 100ms}}
networks:
  front:
  back: {{internal: true}}
volumes:
  data:
secrets:
  token: {{environment: TOKEN}}
"""


def stack(version="1", scale=2, anonymous=", /anonymous"):
    os.environ["TOKEN"] = "abc"
    project(os.path.join(os.environ["PLACE"], "faulty"),
            STACK.format(version=version, scale=scale, anonymous=anonymous))


def up(**more):
    stack(**more)
    ok("up", "-d")


def nothing():
    stack()


# name: (state before, command, projects' state while it runs, replicas of web afterwards or None)
OPERATIONS = {
    "up": (nothing, ["up", "-d"], nothing, 2),
    "recreate": (up, ["up", "-d"], lambda: stack(version="2"), 2),
    "grow": (up, ["up", "-d"], lambda: stack(scale=4), 4),
    # Scaling down leaves anonymous volumes behind, as Docker does.
    "shrink": (lambda: up(anonymous=""), ["scale", "web=1"], lambda: None, 1),
    "down": (up, ["down", "-v", "--timeout", "0"], nothing, 0),
    "rm": (up, ["rm", "-s", "-f", "-v"], nothing, 0),
    "stop": (up, ["stop", "--timeout", "0"], nothing, None),
    "restart": (up, ["restart", "--timeout", "0"], nothing, 2),
    "start": (lambda: (up(), ok("stop", "--timeout", "0")), ["start"], nothing, 2),
    "kill": (up, ["kill"], nothing, None),
    "run": (up, ["run", "--rm", "-T", "web", "true"], nothing, 2),
}


def running_web():
    return [c for c in containers() if c["State"] == "running" and c["Service"] == "web"]


def check_after(name, what, replicas):
    states_are_true(what)
    # One that was killed too may be waiting for its restart.
    if replicas is not None:
        wait_until(lambda: len(running_web()) == replicas, 5, f"{what}: web runs {replicas} times")
    running = [c for c in containers() if c["State"] == "running"]
    names = [c["Name"] for c in containers()]
    if name in ("up", "recreate", "grow", "restart", "start") and \
            sorted(n for n in names if "web" in n) != [f"faulty-web-{i + 1}" for i in range(replicas)]:
        fail(f"{what}: the names are {names}")
    addresses = [n["IPAddress"] for c in running
                 for n in inspect(c["Name"])["NetworkSettings"]["Networks"].values()]
    if len(set(addresses)) != len(addresses):
        fail(f"{what}: an address was given twice: {addresses}")


def sweep(name, count):
    before_all = look()
    prepare, command, while_killed, replicas = OPERATIONS[name]
    count = max(3, int(float(count) * SCALE))
    prepare()
    while_killed()
    total = {"own": 0}
    total["one"] = total["all"] = steps_of(*command)
    ok("down", "-v", "--timeout", "0")
    total["own"] = max(10, total["one"] // 4)
    failures = []
    for mode in ("own", "one", "all"):
        # One in each of so many equal parts, so that every part of the command is met.
        for part in range(count):
            step = 1 + int(total[mode] * (part + rng.random()) / count)
            prepare()
            while_killed()
            said = killed(mode, step, *command)
            what = f"'{name}' {mode} {step} of {total[mode]} ({said})"
            try:
                ok("ps", "-a")
                states_are_true(what)
                result = run(*command)
                if result.code != 0:
                    fail(f"the same command again: {result}")
                check_after(name, what, replicas)
                ok("down", "-v", "--timeout", "0", "--remove-orphans")
                nothing_left(before_all, what)
            except Fault as fault:
                failures.append(f"{what}: {fault}")
                if len(failures) >= 5 or "hangs" in str(fault):
                    break
                run("down", "-v", "--timeout", "0", "--remove-orphans")
        else:
            continue
        break
    run("down", "-v", "--timeout", "0", "--remove-orphans")
    print(f"# {name}: {total['one']} changes, {3 * count} kills, {len(failures)} failures")
    if failures:
        fail("\n".join(failures))


def held(count="12"):
    """What a killed `down` or `up` holds (port, static address) is free for others."""
    before = look()
    place = os.environ["PLACE"]
    one = """
services:
  a:
    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL
    ports: ["8080:80"]
    networks: {shared: {ipv4_address: 10.9.0.9}}
networks:
  shared: {external: true}
"""
    ok("network", "create", "--subnet", "10.9.0.0/24", "shared")
    for number in range(max(3, int(float(count) * SCALE))):
        project(os.path.join(place, "first"), one)
        what = "up"
        if number % 2:
            ok("up", "-d")
            what = killed("own", 8 + rng.randrange(30), "down", "-t", "0")
        else:
            what = killed("one", 60 + rng.randrange(160), "up", "-d")
        runs = any(c["State"] == "running" for c in containers())
        project(os.path.join(place, "second"), one)
        result = run("up", "-d")
        if result.code != 0 and not runs:
            fail(f"held by a container that does not run ({what}): {result}")
        ok("down", "-t", "0")
        os.chdir(os.path.join(place, "first"))
        ok("down", "-t", "0")
    ok("network", "rm", "shared")
    nothing_left(before, "held")


def joined():
    """Who joins a container is killed at each of its steps: the command ends, and the container can."""
    before = look()
    up()
    said, step = "", 0
    while not said.startswith("finished"):
        step += 1
        said = killed("one", step, "exec", "-T", "db", "true")
    if step < 10:
        fail(f"only {step} steps")
    ok("down", "-v", "--timeout", "0")
    nothing_left(before, "joined")


main({"sweep": sweep, "held": held, "joined": joined})
