#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_compose.py make|run - compose files made to exhaust, confuse or mislead who reads them: `config -q` answers each
in bounded time and memory, and where an error is due it is one sentence with its place.

A case is (name, text of compose.yaml, error wanted: True, False or None for either, more files). `make` writes each
into a directory of its own; `run` is another process, because what is started out of a large one counts as large.
"""
import json
import os
import subprocess
import sys
import time

CORACLE = os.environ["CORACLE"]
SANITIZED = "asan" in CORACLE
MOST_BYTES, MOST_SECONDS = 64 << 20, 1.0
ONE = "services:\n  a: {image: busybox}\n"


def service(text):
    return f"services:\n  a:\n    image: busybox\n    {text}\n"


def bomb(width, depth):
    lines = ["x-0: &x0 [" + ", ".join(["lol"] * width) + "]"]
    lines += [f"x-{i}: &x{i} [" + ", ".join([f"*x{i - 1}"] * width) + "]" for i in range(1, depth)]
    return "\n".join(lines) + "\n" + ONE


def merge_bomb(depth):
    lines = ["x-0: &x0 {k0: v}"]
    lines += [f"x-{i}: &x{i} {{<<: [*x{i - 1}, *x{i - 1}], k{i}: v}}" for i in range(1, depth)]
    return "\n".join(lines) + f"\nservices:\n  a: {{image: busybox, labels: {{<<: *x{depth - 1}}}}}\n"


def cases():
    return [
        ("a thousand million words", bomb(10, 9), True, {}),
        ("doubled thirty times", bomb(2, 30), True, {}),
        ("one alias a hundred thousand times", "x-a: &a [" + "b, " * 1000 + "]\nx-b: [" + "*a, " * 100000 + "]\n" + ONE, True, {}),
        ("merge keys doubled", merge_bomb(24), None, {}),
        ("an anchor in itself", "x-a: &a [*a]\n" + ONE, True, {}),
        ("an anchor of a map in itself", "x-a: &a {b: *a}\n" + ONE, True, {}),
        ("merged with itself", "x-a: &a {<<: *a}\n" + ONE, True, {}),
        ("an unknown alias", "x-a: *none\n" + ONE, True, {}),
        ("lists in lists, a hundred thousand", "x-a: " + "[" * 100000 + "\n" + ONE, True, {}),
        ("maps in maps, a hundred thousand", "x-a: " + "{a: " * 100000 + "\n" + ONE, True, {}),
        ("deep by indentation", "".join(" " * i + f"k{i}:\n" for i in range(2000)), True, {}),
        ("two hundred thousand keys", "x-a:\n" + "".join(f"  k{i}: v\n" for i in range(200000)) + ONE, None, {}),
        ("keys that differ in the end", "x-a:\n" + "".join(f"  {'k' * 200}{i}: v\n" for i in range(20000)) + ONE, False, {}),
        ("the same key twice", ONE + "services: {}\n", True, {}),
        ("the same service twice", "services:\n  a: {image: b}\n  a: {image: c}\n", True, {}),
        ("forty megabytes of comment", "#" + "x" * (40 << 20) + "\n" + ONE, None, {}),
        ("a key of ten megabytes", "x-" + "k" * (10 << 20) + ": v\n" + ONE, None, {}),
        ("a value of ten megabytes", service("labels: {a: " + "v" * (10 << 20) + "}"), None, {}),
        ("nothing", "", True, {}),
        ("a comment", "# nothing\n", True, {}),
        ("null", "null\n", True, {}),
        ("a word", "services\n", True, {}),
        ("a list", "- services\n", True, {}),
        ("two documents", ONE + "---\n" + ONE, None, {}),
        ("NUL", "services:\n  a: {image: \"b\0c\"}\n", True, {}),
        ("escaped NUL", 'services:\n  a: {image: "b\\0c"}\n', True, {}),
        ("escaped NUL in a name", 'services:\n  "a\\0b": {image: c}\n', True, {}),
        ("escaped NUL in a variable", service('environment: {"A\\0B": "c"}'), True, {}),
        ("no UTF-8", b"services:\n  a: {image: \xff\xfe\xfd}\n", True, {}),
        ("UTF-16", ONE.encode("utf-16"), None, {}),
        ("a BOM", b"\xef\xbb\xbf" + ONE.encode(), False, {}),
        ("a tab", "services:\n\ta: {image: b}\n", True, {}),
        ("carriage returns", ONE.replace("\n", "\r\n"), False, {}),
        ("an odd tag", "services: !!python/object/apply:os.system [id]\n", True, {}),
        ("an odd directive", "%YAML 9.9\n---\n" + ONE, True, {}),
        ("binary", service("labels: {a: !!binary AAAA}"), None, {}),
        ("nested defaults, ten thousand", service("labels: {a: '" + "${A:-" * 10000 + "}" * 10000 + "'}"), True, {}),
        ("a variable that never ends", service("labels: {a: '${A'}"), True, {}),
        ("a variable of its own", service("labels: {a: '$A'}"), False, {".env": "A=$A$A$A\n"}),
        ("variables doubled thirty times", service("labels: {a: '$V30'}"), True,
         {".env": "V0=0123456789\n" + "".join(f"V{i}=${{V{i - 1}}}${{V{i - 1}}}\n" for i in range(1, 31))}),
        ("a hundred thousand variables", service("labels: {a: '$V9'}"), False,
         {".env": "".join(f"V{i}=x\n" for i in range(100000))}),
        ("an env file that is a line without end", service("env_file: big.env"), None, {"big.env": "A=" + "x" * (30 << 20)}),
        ("an env file that is a FIFO", service("env_file: fifo"), True, {"fifo": "FIFO"}),
        ("an env file that is a device", service("env_file: /dev/zero"), True, {}),
        ("an env file that is a directory", service("env_file: ."), True, {}),
        ("an env file that is itself", service("env_file: itself"), True, {"itself": "-> itself"}),
        ("a .env that is a FIFO", ONE, True, {".env": "FIFO"}),
        ("a .env that is a device", ONE, True, {".env": "-> /dev/zero"}),
        ("included by itself", "include: [compose.yaml]\n" + ONE, True, {}),
        ("included in a circle", "include: [b.yaml]\n" + ONE, True, {"b.yaml": "include: [c.yaml]\n", "c.yaml": "include: [b.yaml]\n"}),
        ("included as a device", "include: [/dev/zero]\n" + ONE, True, {}),
        ("included as a FIFO", "include: [fifo]\n" + ONE, True, {"fifo": "FIFO"}),
        ("included a thousand times", "include: [" + "b.yaml, " * 1000 + "]\n" + ONE, None, {"b.yaml": "x-b: 1\n"}),
        ("a chain of a thousand includes", "include: [i0.yaml]\n" + ONE, None,
         {f"i{i}.yaml": f"include: [i{i + 1}.yaml]\n" if i < 999 else "x-b: 1\n" for i in range(1000)}),
        ("extends itself", "services:\n  a: {extends: {service: a}}\n", True, {}),
        ("extends in a circle", "services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n", True, {}),
        ("extends in a circle of files", "services:\n  a: {extends: {file: b.yaml, service: a}}\n", True,
         {"b.yaml": "services:\n  a: {extends: {file: compose.yaml, service: a}}\n"}),
        ("a chain of five thousand extends", "services:\n  s0: {image: busybox}\n" + "".join(
            f"  s{i}: {{extends: s{i - 1}}}\n" for i in range(1, 5000)), None, {}),
        ("depends in a circle", "services:\n  a: {image: b, depends_on: [b]}\n  b: {image: b, depends_on: [a]}\n", True, {}),
        ("depends on itself", service("depends_on: [a]"), True, {}),
        ("a chain of five thousand", "services:\n  s0: {image: busybox}\n" + "".join(
            f"  s{i}: {{image: busybox, depends_on: [s{i - 1}]}}\n" for i in range(1, 5000)), False, {}),
        ("everybody depends on everybody before", "services:\n" + "".join(
            f"  s{i}: {{image: busybox, depends_on: [" + ", ".join(f"s{j}" for j in range(i)) + "]}\n" for i in range(300)), False, {}),
        ("a network of itself", service("network_mode: 'service:a'"), True, {}),
        ("networks in a circle", "services:\n  a: {image: b, network_mode: 'service:b'}\n  b: {image: b, network_mode: 'service:a'}\n", True, {}),
        ("volumes from itself", service("volumes_from: [a]"), True, {}),
        ("all ports", service("ports: ['1-65535:1-65535']"), False, {}),
        ("all ports on both", service("ports: ['1-65535:1-65535', '1-65535:1-65535/udp']"), None, {}),
        ("ports that do not match", service("ports: ['1-10:1-65535']"), True, {}),
        ("a port beyond", service("ports: ['65536:80']"), True, {}),
        ("a negative port", service("ports: ['-1:80']"), True, {}),
        ("a port of twenty digits", service("ports: ['18446744073709551617:80']"), True, {}),
        ("a port by arithmetic", service("ports: ['0x50:80']"), True, {}),
        ("processors without end", service("cpuset: '0-9223372036854775807'"), None, {}),
        ("memory that is none", service("mem_limit: 9e999"), True, {}),
        ("memory beyond", service("mem_limit: 99999999999999999999g"), True, {}),
        ("negative memory", service("mem_limit: '-5m'"), True, {}),
        ("a time beyond", service("stop_grace_period: 9999999999999h"), True, {}),
        ("cpus that are none", service("cpus: .nan"), True, {}),
        ("cpus without end", service("cpus: .inf"), True, {}),
        ("replicas beyond", service("scale: 99999999999"), True, {}),
        ("negative replicas", service("scale: -1"), True, {}),
        ("a mode beyond", service("secrets: [{source: s, mode: 0o7777777}]") + "secrets: {s: {environment: A}}\n", True, {}),
        ("an address beyond", service("networks: {n: {ipv4_address: 1.2.3.999}}") + "networks: {n: }\n", True, {}),
        ("a subnet beyond", ONE + "networks: {n: {ipam: {config: [{subnet: 10.0.0.0/99}]}}}\n", True, {}),
        ("a user that wraps", service("user: '4294967296'"), None, {}),
        ("an extension of what it is in", "x-a: &a {image: busybox}\nservices: {a: *a, b: *a, c: {<<: *a, labels: [x]}}\n", False, {}),
        ("five thousand labels a service, shared", "x-l: &l {" + ", ".join(f"l{i}: v" for i in range(5000)) + "}\nservices:\n" + "".join(
            f"  s{i}: {{image: busybox, labels: *l}}\n" for i in range(20)), False, {}),
        ("two thousand networks of one service", service("networks: [" + ", ".join(f"n{i}" for i in range(2000)) + "]")
         + "networks: {" + ", ".join(f"n{i}: " for i in range(2000)) + "}\n", False, {}),
        ("a thousand profiles", service("profiles: [" + ", ".join(f"p{i}" for i in range(1000)) + "]"), None, {}),
        ("a config as large as a file may be", service("configs: [c]") + "configs: {c: {content: '" + "x" * (1 << 20) + "'}}\n", None, {}),
        ("a file that is a directory", None, True, {"compose.yaml/": ""}),
        ("a file that is a FIFO", None, True, {"compose.yaml": "FIFO"}),
        ("a file that is a device", None, True, {"compose.yaml": "-> /dev/zero"}),
    ]


def lay_out(text, files):
    if text is not None:
        with open("compose.yaml", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
    for name, content in files.items():
        if name.endswith("/"):
            os.mkdir(name)
        elif content == "FIFO":
            os.mkfifo(name)
        elif content.startswith("-> "):
            os.symlink(content[3:], name)
        else:
            with open(name, "w") as f:
                f.write(content)


def measure():
    """Code, error, seconds of the processor, peak bytes."""
    with open("stderr", "wb") as err:
        process = subprocess.Popen([CORACLE, "config", "-q"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        end = time.monotonic() + 60
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                process.kill()
            time.sleep(0.002)
    process.returncode = os.waitstatus_to_exitcode(status)
    with open("stderr", "rb") as f:
        return process.returncode, f.read(), used.ru_utime + used.ru_stime, used.ru_maxrss << 10


def problem(wanted, code, error, seconds, size):
    if code < 0 or code > 125 or b"Sanitizer" in error or b"runtime error" in error:
        return "ended by a signal" if code < 0 else "an error of ours"
    if wanted is not None and (code != 0) != wanted:
        return "is taken" if wanted else "is refused"
    if code != 0 and (not error.strip() or len(error) > 4000 or b"\0" in error or b"\033" in error):
        return "no message for people"
    if not SANITIZED and (seconds > MOST_SECONDS or size > MOST_BYTES):
        return "costs too much"
    return None


def make():
    here = os.getcwd()
    for number, (name, text, wanted, files) in enumerate(cases()):
        os.mkdir(f"case{number}")
        os.chdir(f"case{number}")
        lay_out(text, files)
        with open("case.json", "w") as f:
            json.dump({"name": name, "wanted": wanted}, f)
        os.chdir(here)


def run():
    here, failures, most, longest, count = os.getcwd(), [], 0, 0, 0
    while os.path.isdir(f"{here}/case{count}"):
        os.chdir(f"{here}/case{count}")
        with open("case.json") as f:
            case = json.load(f)
        code, error, seconds, size = measure()
        most, longest = max(most, size), max(longest, seconds)
        what = problem(case["wanted"], code, error, seconds, size)
        if what:
            failures.append(f"{case['name']}: {what}: exit {code}, {seconds:.2f} s, {size >> 20} MiB: {error[:300]!r}")
        count += 1
    print(f"# {count} cases, at most {longest:.2f} s and {most >> 20} MiB")
    print("\n".join(failures))
    sys.exit(bool(failures) or count < 80)


{"make": make, "run": run}[sys.argv[1]]()
