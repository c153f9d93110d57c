#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# artillery.py run SCRIPT - sends what the phases and scenarios of a load script say, and nothing beyond
# them: arrivals per second for so many seconds, each a `flow` of GETs and pauses.
import os
import random
import re
import sys
import threading
import time
import urllib.request

import yaml

HASTE = float(os.environ.get("ARTILLERY_HASTE", "1"))
lock = threading.Lock()
counts = {"ok": 0, "failed": 0}


def fill(text):
    return re.sub(r"{{ *\$randomInt\((\d+), *(\d+)\) *}}", lambda m: str(random.randint(int(m[1]), int(m[2]))), text)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            answer.read()
        result = "ok"
    except OSError as problem:
        result = "failed"
        print(f"{url}: {problem}", flush=True)
    with lock:
        counts[result] += 1


def visit(target, flow):
    for step in flow:
        if "get" in step:
            get(target + fill(step["get"]["url"]))
        elif "think" in step:
            time.sleep(float(step["think"]) / HASTE)


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "run":
        sys.exit("usage: artillery run SCRIPT")
    with open(sys.argv[2]) as file:
        script = yaml.safe_load(file)
    scenarios = script["scenarios"]
    weights = [scenario.get("weight", 1) for scenario in scenarios]
    visits = []
    for phase in script["config"]["phases"]:
        print(f"phase {phase.get('name', '')}: {phase['arrivalRate']}/s for {phase['duration']} s / {HASTE:g}", flush=True)
        end = time.monotonic() + phase["duration"] / HASTE
        while time.monotonic() < end:
            scenario = random.choices(scenarios, weights)[0]
            thread = threading.Thread(target=visit, args=(script["config"]["target"], scenario["flow"]))
            thread.start()
            visits.append(thread)
            time.sleep(1 / phase["arrivalRate"])
    for thread in visits:
        thread.join()
    print(f"requests: {counts['ok']} answered, {counts['failed']} failed", flush=True)
    sys.exit(0 if counts["ok"] else 1)


main()
