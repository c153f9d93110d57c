# SPDX-License-Identifier: Apache-2.0
"""oci_bundles.py GOLDEN ROOTFS GROUP [--write] [--strict] NAME=RUNTIME... - one change of a bundle at a time, and what comes of it.

Each case of oci_bundle_cases.py changes the bundle BASE a little. A runtime creates it, tells its state, starts it and
deletes it; the program inside prints all that it sees of itself. What the first runtime (ours) makes of a case must be
what GOLDEN says: how far it came, its words if it refused, its exit code, and the lines in which the report differs
from BASE's. The others are peers, which see the same, unless the case says which one does not, and why. What else they
do is told, and with --strict a failure: on a busy machine they stumble.

A process whose number @hosts writes into the file "holder" is killed in the end.

Runs in a mount and cgroup namespace of its own, where /sys/fs/cgroup is version 2. --write makes GOLDEN's group anew.
"""

import copy
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(__file__))
from oci_bundle_cases import BASE, CASES  # noqa: E402

WORK = "/mnt/cases"
CGROUPS = "/sys/fs/cgroup"
LIMITS = re.compile(r"^(Max .*?)  +(\S+) +(\S+)")
LIMIT_NAMES = {"Max cpu time": "RLIMIT_CPU", "Max file size": "RLIMIT_FSIZE", "Max data size": "RLIMIT_DATA",
               "Max stack size": "RLIMIT_STACK", "Max core file size": "RLIMIT_CORE", "Max resident set": "RLIMIT_RSS",
               "Max processes": "RLIMIT_NPROC", "Max open files": "RLIMIT_NOFILE", "Max locked memory": "RLIMIT_MEMLOCK",
               "Max address space": "RLIMIT_AS", "Max file locks": "RLIMIT_LOCKS",
               "Max pending signals": "RLIMIT_SIGPENDING", "Max msgqueue size": "RLIMIT_MSGQUEUE",
               "Max nice priority": "RLIMIT_NICE", "Max realtime priority": "RLIMIT_RTPRIO",
               "Max realtime timeout": "RLIMIT_RTTIME"}
# The peers that the cases' remarks are about; what others do differently is only told.
KNOWN = {"crun": "crun version 1.8", "runc": "runc version 1.1"}

# Busybox's shell. "key value" a line; what changes from run to run is made equal by report_of.
PROBE = r"""
grep -E '^(Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp|Umask):' /proc/self/status | sed 's/[[:space:]]\+/ /g; s/^/status /; s/ $//'
for ns in mnt pid net ipc uts cgroup user time; do echo "ns $ns $(readlink /proc/self/ns/$ns)"; done
cat /proc/self/mountinfo | sed 's/^/mountinfo /'
grep ^Max /proc/self/limits | sed 's/^/limit /'
env | grep -v -E '^(SHLVL|_|PWD|OLDPWD)=' | sed 's/^/env /'
echo "cwd $(pwd)"
echo "pid $$"
echo "host $(hostname) $(cat /proc/sys/kernel/domainname)"
echo "oom $(cat /proc/self/oom_score_adj)"
echo "cgroup $(cat /proc/self/cgroup | sed -n 's/^0:://p')"
echo "session $(awk '{print ($6 == 1), $7}' /proc/$$/stat)"
(cd /dev 2>/dev/null && for f in * pts/* shm/*; do [ ! -e "$f" ] && [ ! -L "$f" ] || echo "dev $f $(stat -c '%F %a %u:%g %t,%T %N' "$f" | sed "s/ '[^']*'$//")"; done)
for f in /proc/kcore /proc/keys /proc/timer_list /sys/firmware /proc/acpi; do
	[ -z "$({ cat $f || ls $f; } 2>/dev/null | head -c 1)" ] || echo "content $f"
done
for f in / /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/bus /sys/kernel /sys/fs/cgroup /dev; do
	[ ! -f $f ] || text=$({ : >>$f; } 2>&1)
	[ ! -d $f ] || text=$(mkdir $f/.probe 2>&1 && rmdir $f/.probe)
	case "$text" in
	*Read-only*) echo "readonly $f" ;;
	*) [ ! -e $f ] || echo "writable $f" ;;
	esac
done
fds=
for f in /proc/$$/fd/*; do
	[ ! -e $f ] || fds="$fds ${f##*/}"
done
echo "fds$fds"
"""

libc = ctypes.CDLL(None, use_errno=True)


class Case:
    def __init__(self, name, changes, command="", differs=None, before=None, hosts="", signal=None):
        self.name, self.changes, self.command = name, changes, command
        self.differs, self.before, self.hosts, self.signal = differs or {}, before, hosts, signal

    def config(self):
        """The bundle's text: a change that gives a text has the last word."""
        config = copy.deepcopy(BASE)
        config["process"]["args"] = ["/bin/sh", "-c", PROBE + self.command]
        for change in self.changes:
            text = change(config)
            if isinstance(text, str):
                return text
        return json.dumps(config)


def mount(kind, place, options):
    if libc.mount(kind.encode(), place.encode(), kind.encode(), 0, options.encode()) < 0:
        raise OSError(ctypes.get_errno(), f"cannot mount {kind} at {place}")


def directories(path):
    return [entry.name for entry in os.scandir(path) if entry.is_dir()]


def call(*args, **more):
    """Not with the null device: a runtime may give what is there to the container's user."""
    with open(f"{WORK}/empty") as empty:
        return subprocess.run(args, stdin=empty, text=True, timeout=30, **{"capture_output": "stdout" not in more, **more})


# ---- what is reported ------------------------------------------------------------------------------


def mount_line(text):
    """mountinfo of proc(5) without numbers and without what file systems add of their own."""
    fields, rest = text.split(" - ", 1)
    fields, rest = fields.split(), rest.split()
    spread = sorted(re.sub(r":\d+", "", f) for f in fields[6:])
    # The mode of a tmpfs is its root's; how it came about does not matter.
    known = r"size|hidepid|subset" if rest[0] == "tmpfs" else r"mode|gid|hidepid|subset"
    options = [o for o in rest[2].split(",") if re.match(rf"({known})\b", o)]
    root = fields[3] if rest[0] in ("tmpfs", "overlay") and fields[3] != "/" else ""
    root = re.sub(r"^.*/(bind|rootfs)\b", r"\1", root)
    return " ".join(filter(None, ("mount", fields[4], fields[5], ",".join(spread), rest[0], ",".join(options), root)))


def line_of(line, hidden, limits):
    """One line of the probe's, or None when it says nothing of the bundle."""
    key, _, value = line.partition(" ")
    if key == "mountinfo":
        # How something is hidden or kept from writing is the runtime's business: that it is, the probe tries. So is
        # how devices come into a user namespace.
        fields = value.split()
        return None if fields[4] in hidden or fields[3] == "/null" or " - devtmpfs " in value else mount_line(value)
    if key == "ns":
        kind, _, link = value.partition(" ")
        return f"ns {kind} {'host' if link == os.readlink(f'/proc/self/ns/{kind}') else 'own'}"
    if key == "limit":
        limit = LIMITS.match(value)
        return f"limit {limit[1]} {limit[2]} {limit[3]}" if LIMIT_NAMES[limit[1]] in limits else None
    if key == "dev" and value.startswith("core "):
        return None
    if key == "pid" and value != "1":
        return "pid another"
    if key == "cgroup":
        return line.replace("/coracle-oci/", "/")
    return line


def report_of(output, config):
    linux = config.get("linux") or {} if isinstance(config, dict) else {}
    hidden = set((linux.get("maskedPaths") or []) + (linux.get("readonlyPaths") or []))
    process = config.get("process") or {} if isinstance(config, dict) else {}
    limits = [r["type"] for r in process.get("rlimits") or []]
    lines = [line_of(line, hidden, limits) for line in output.splitlines()]
    return sorted(line for line in lines if line)


# ---- one case by one runtime -----------------------------------------------------------------------


def make_bundle(case, name):
    """A root of its own for each, as runtimes make what mounts need."""
    place = f"{WORK}/{name}/bundle"
    shutil.rmtree(f"{WORK}/{name}", ignore_errors=True)
    os.makedirs(f"{place}/rootfs")
    os.makedirs(f"{WORK}/{name}/upper")
    os.makedirs(f"{WORK}/{name}/work")
    mount("overlay", f"{place}/rootfs", f"lowerdir={ROOTFS},upperdir={WORK}/{name}/upper,workdir={WORK}/{name}/work")
    for path in ("bind/below", "bind/sub"):
        os.makedirs(f"{place}/{path}")
    with open(f"{place}/bind/file", "w") as file:
        file.write("content\n")
    mount("tmpfs", f"{place}/bind/sub", "")
    with open(f"{place}/config.json", "w") as file:
        file.write(case.config().replace("BUNDLE", place))
    if case.hosts:
        result = call("sh", "-ec", case.hosts, cwd=place)
        if result.returncode:
            raise RuntimeError(f"{case.name}: {result.stderr}")
    return place


class Run:
    """What a runtime made of a case: lines, the way that it went and what it said."""

    def __init__(self, case, name, path):
        self.case, self.name, self.runtime = case, name, path
        self.way, self.words, self.lines = [], "", []
        self.place = make_bundle(case, name)
        cgroups = set(directories(CGROUPS))
        self.output = f"{WORK}/{name}/output"
        try:
            self.live()
        finally:
            self.oci("delete", "--force", "case")
            self.reap()
            self.look_for_cgroups(cgroups)
            self.let_holder_go()
            for path in ("bind/sub", "bind", "bind/sub", "rootfs"):
                libc.umount2(f"{self.place}/{path}".encode(), 2)  # MNT_DETACH
        with open(self.output) as file:
            text = file.read()
        try:
            config = json.loads(case.config())
        except ValueError:
            config = {}
        self.lines = report_of(text, config)

    def oci(self, *args, output=None):
        root = f"/mnt/state-{self.name}"
        if not output:
            return call(self.runtime, "--root", root, *args, cwd=self.place)
        with open(output, "w") as out, open(output + ".errors", "w+") as errors:
            status = call(self.runtime, "--root", root, *args, stdout=out, stderr=errors, cwd=self.place)
            errors.seek(0)
            status.stderr = errors.read()
        return status

    def step(self, name, result):
        self.way.append(f"{name} {'ok' if result.returncode == 0 else 'fails'}")
        if result.returncode and not self.words:
            self.words = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else ""
            self.words = self.words.replace(f"/{self.name}/", "/")
        return result.returncode == 0

    def state(self):
        result = self.oci("state", "case")
        if result.returncode:
            return None
        state = json.loads(result.stdout)
        known = state.get("id") == "case" and state.get("bundle") == self.place
        version = re.match(r"1\.\d+\.\d+", state.get("ociVersion", "")) is not None
        annotations = {k: v for k, v in (state.get("annotations") or {}).items()}
        text = f"state {state['status']} {known} {version} {json.dumps(annotations, sort_keys=True)}"
        if state["status"] != "stopped":
            text += f" {state['pid'] > 0}"
        self.way.append(text)
        return state

    def live(self):
        if not self.step("create", self.oci("create", "case", output=self.output)):
            self.way.append("left " + str(self.oci("state", "case").returncode == 0))
            return
        state = self.state()
        self.pid = state["pid"] if state else 0
        if os.path.getsize(self.output):
            self.way.append("runs before its start")
        if self.case.before:
            self.case.before(self)
        if self.step("start", self.oci("start", "case")) and self.pid:
            if self.case.signal:
                self.until_it_says("ready")
                self.step("kill", self.oci("kill", "case", self.case.signal))
            self.way.append("exit " + self.wait())
            self.state()
        self.step("delete", self.oci("delete", "case"))
        with open("/proc/self/mountinfo") as file:
            left = [line for line in file if line.split()[4].startswith(f"{self.place}/rootfs")]
        if len(left) > 1:
            self.way.append("mounts stay")

    def let_holder_go(self):
        if os.path.exists(f"{self.place}/holder"):
            with open(f"{self.place}/holder") as file:
                os.kill(int(file.read()), 9)

    def look_for_cgroups(self, before):
        """Peers leave some behind, now and then."""
        for left in set(directories(CGROUPS)) - before:
            os.rmdir(f"{CGROUPS}/{left}")
            if self.name == "ours":
                self.way.append(f"cgroup {left} stays")

    def until_it_says(self, text):
        for _ in range(200):
            with open(self.output) as file:
                if text in file.read():
                    return
            time.sleep(0.05)

    def wait(self):
        """It has become our child when create ended."""
        for _ in range(400):
            try:
                found, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                return "unknown"
            if found:
                return str(os.waitstatus_to_exitcode(status))
            time.sleep(0.02)
        return "never"

    def reap(self):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass


# ---- what is compared ------------------------------------------------------------------------------


def apart(lines, base):
    """The lines in which two reports differ."""
    added = [f"+ {line}" for line in lines if line not in base]
    return [f"- {line}" for line in base if line not in lines] + added if lines else []


def outcome(run, base):
    text = [*run.way, *apart(run.lines, base)]
    if run.words:
        text.insert(0, f"says {run.words}")
    return text


def read_golden(path):
    golden, name = {}, None
    if os.path.exists(path):
        with open(path) as file:
            for line in file.read().splitlines():
                if line.startswith("== "):
                    name = line[3:]
                    golden[name] = []
                elif name and line:
                    golden[name].append(line)
    return golden


def show(title, wanted, seen):
    print(f"# {title}")
    for line in wanted:
        if line not in seen:
            print(f"#   missing: {line}")
    for line in seen:
        if line not in wanted:
            print(f"#   instead: {line}")


def as_declared(case, ours, peer, name):
    """Way and report are to be the same; the words are everybody's own."""
    same = ours.way == peer.way and ours.lines == peer.lines
    return same == (name not in case.differs) or case.differs.get(name, "").startswith("sometimes")


def explain(case, ours, peer, name):
    if name in case.differs:
        print(f"# {case.name}: {name} is said to differ ({case.differs[name]}), and does not")
        return
    lines = ours.lines and peer.lines
    show(f"{case.name}: {name} differs", ours.way + (lines and ours.lines), peer.way + (lines and peer.lines))
    print(f"#   it says: {peer.words}")


def peer_is_right(case, ours, peer, name, path):
    """On a busy machine a peer may stumble over its own last container: it gets a second chance."""
    if as_declared(case, ours, peer, name) or as_declared(case, ours, Run(case, name, path), name):
        return True
    explain(case, ours, peer, name)
    return not call(path, "--version").stdout.startswith(KNOWN[name])


def main():
    global ROOTFS
    write, strict = "--write" in sys.argv, "--strict" in sys.argv
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    golden_path, ROOTFS, group = args[:3]
    runtimes = [a.split("=", 1) for a in args[3:]]
    failed = stumbled = 0
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    os.makedirs(WORK, exist_ok=True)
    open(f"{WORK}/empty", "w").close()
    golden = read_golden(golden_path)
    bases = {name: Run(Case("base", []), name, path) for name, path in runtimes}
    ours = runtimes[0][0]
    for case in [Case("base", [])] + [Case(*c[:2], **c[2]) for c in CASES[group]]:
        runs = {name: bases[name] if case.name == "base" else Run(case, name, path) for name, path in runtimes}
        seen = outcome(runs[ours], [] if case.name == "base" else bases[ours].lines)
        if write:
            golden[case.name] = seen
        elif golden.get(case.name) != seen:
            show(f"{case.name}: not as the golden file has it", golden.get(case.name, []), seen)
            failed += 1
        for name, path in runtimes[1:]:
            stumbled += not peer_is_right(case, runs[ours], runs[name], name, path)
    if write:
        with open(golden_path, "w") as file:
            for name in golden:
                file.write("\n".join([f"== {name}", *golden[name]]) + "\n")
    print(f"{len(CASES[group])} cases of '{group}' by {', '.join(n for n, _ in runtimes)}: {failed} differ, "
          f"{stumbled} of peers")
    return 1 if failed or (strict and stumbled) else 0


if __name__ == "__main__":
    sys.exit(main())
