# SPDX-License-Identifier: Apache-2.0
"""The bundle BASE, and CASES: groups of [name, changes, {command, differs, before, hosts, signal}].

@command runs after the report; @hosts in the bundle's directory before the creation; @before is called between create
and start; @signal is sent when the program says "ready"; @differs has a peer's name and why it comes to something else.
"""

import json
import signal
import subprocess


def walk(config, path):
    *way, last = path.split(".")
    for key in way:
        config = config.setdefault(key, {})
    return config, last


def put(path, value):
    def change(config):
        inner, last = walk(config, path)
        inner[last] = value
    return change


def add(path, *values):
    def change(config):
        inner, last = walk(config, path)
        inner[last] = inner.get(last, []) + list(values)
    return change


def drop(path):
    def change(config):
        inner, last = walk(config, path)
        del inner[last]
    return change


def mount(destination, kind, source=None, *options):
    return add("mounts", {"destination": destination, "type": kind, "source": source or kind, "options": list(options)})


def bind(destination, source, *options):
    return mount(destination, "bind", source, *options)


def without_namespace(kind):
    def change(config):
        config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != kind]
    return change


def namespace(kind, path=None):
    def change(config):
        without_namespace(kind)(config)
        config["linux"]["namespaces"].append({"type": kind, **({"path": path} if path else {})})
    return change


def mount_options(destination, *options):
    def change(config):
        for one in config["mounts"]:
            if one["destination"] == destination:
                one["options"] = list(options)
    return change


def without_mount(destination):
    def change(config):
        config["mounts"] = [m for m in config["mounts"] if m["destination"] != destination]
    return change


def capabilities(sets, *names):
    return put("process.capabilities", {s: ["CAP_" + n for n in names] for s in sets.split()})


def limit(kind, soft, hard):
    return add("process.rlimits", {"type": kind, "soft": soft, "hard": hard})


def device(path, kind, major, minor, **more):
    numbers = {} if kind == "p" else {"major": major, "minor": minor}
    return add("linux.devices", {"path": path, "type": kind, **numbers, **more})


def filtered(action, *calls, default="SCMP_ACT_ALLOW", **more):
    return put("linux.seccomp", {"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
                                 "syscalls": [{"names": list(calls), "action": action, **more}]})


def hook(kind, text, **more):
    return add(f"hooks.{kind}", {"path": "/bin/sh", "args": ["sh", "-c", text], **more})


def program(*args):
    return put("process.args", list(args))


def mapped(config):
    namespace("user")(config)
    maps = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    config["linux"].update(uidMappings=maps, gidMappings=maps)


ALL_SETS = "bounding effective permitted inheritable ambient"
USUAL_SETS = "bounding effective permitted"

BASE = {
    "ociVersion": "1.0.2",
    "process": {
        "terminal": False,
        "user": {"uid": 0, "gid": 0},
        "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=xterm"],
        "cwd": "/",
        "capabilities": {s: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] for s in USUAL_SETS.split()},
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1024}],
        "noNewPrivileges": True,
    },
    "root": {"path": "rootfs", "readonly": True},
    "hostname": "bundle",
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
         "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
        {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
         "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]},
    ],
    "linux": {
        "namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
        "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
        "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
}


def keep_namespace(kind, command):
    return f"umount -l /mnt/ns-{kind} || true; touch /mnt/ns-{kind}; unshare --{kind}=/mnt/ns-{kind} {command}"


# Those of mounts cannot be kept by a bind everywhere.
HOLD_MOUNTS = """
unshare --mount --propagation private sleep 60 >/dev/null 2>&1 &
echo $! >holder
ln -s /proc/$!/ns/mnt ns
until [ "$(readlink /proc/$!/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]; do sleep 0.01; done
"""

CASES = {}

IGNORED = "takes no notice of them"
ANY_VERSION = "takes any version"
LATE = "says that it has started, and exits with 1"
UNNOTICED = "takes no notice of it"
PRIVATE = "makes it private"
QUEUES = "the queues' directory has a group that the namespace does not know"

CASES["namespaces"] = [
    ["without a network namespace", [without_namespace("network"), without_mount("/sys")], {}],
    ["without an ipc namespace", [without_namespace("ipc"), without_mount("/dev/mqueue")], {}],
    ["without a uts namespace", [without_namespace("uts"), drop("hostname")], {}],
    ["without a pid namespace", [without_namespace("pid")], {}],
    ["without a cgroup namespace", [without_namespace("cgroup")], {}],
    ["a user namespace", [mapped], {"differs": {"runc": QUEUES}}],
    ["a user namespace, as a user of it", [mapped, put("process.user", {"uid": 7, "gid": 8})], {"differs": {"runc": QUEUES}}],
    ["a user namespace without ids", [namespace("user")], {}],
    ["ids without a user namespace", [put("linux.uidMappings", [{"containerID": 0, "hostID": 1, "size": 1}])], {"differs": {"crun": IGNORED, "runc": IGNORED}}],
    ["a time namespace", [namespace("time")], {"differs": {"crun": "fails without a word", "runc": "knows no time namespaces"}}],
    ["a time namespace with offsets", [namespace("time"), put("linux.timeOffsets", {"boottime": {"secs": 1000000}})],
     {"command": "[ $(cut -d . -f 1 /proc/uptime) -gt 1000000 ] && echo offset",
      "differs": {"crun": "fails without a word", "runc": "knows no time namespaces"}}],
    ["a network namespace that is there", [namespace("network", "/mnt/ns-net"), without_mount("/sys")],
     {"hosts": keep_namespace("net", "ip link set lo up"), "command": "ls /proc/sys/net/ipv4/conf"}],
    ["an ipc namespace that is there", [namespace("ipc", "/mnt/ns-ipc"), without_mount("/dev/mqueue")],
     {"hosts": keep_namespace("ipc", "true")}],
    ["a uts namespace that is there", [namespace("uts", "/mnt/ns-uts"), drop("hostname")],
     {"hosts": keep_namespace("uts", "hostname other")}],
    ["without a mount namespace", [without_namespace("mount")],
     {"differs": {"crun": "leaves its mounts behind", "runc": "wants nothing masked then"}}],
    ["a mount namespace that is there", [namespace("mount", "BUNDLE/ns")],
     {"hosts": HOLD_MOUNTS}],
    ["a namespace of another kind", [namespace("ipc", "/proc/self/ns/net")], {}],
    ["a namespace that is not there", [namespace("network", "/mnt/nothing")], {}],
    ["a namespace twice", [add("linux.namespaces", {"type": "ipc"})], {"differs": {"crun": UNNOTICED}}],
    ["a namespace of no kind", [add("linux.namespaces", {"type": "nothing"})], {}],
    ["a host name without a uts namespace", [without_namespace("uts")], {}],
    ["a domain name", [put("domainname", "example.org")], {"differs": {"runc": "knows no domain name"}}],
    ["no host name", [drop("hostname")], {}],
]

CASES["mounts"] = [
    ["a tmpfs", [mount("/tmp", "tmpfs", None, "size=1m", "mode=1777")], {"command": "stat -c %a /tmp"}],
    ["a tmpfs that is read-only", [mount("/tmp", "tmpfs", None, "ro")], {"command": "touch /tmp/x || echo refused"}],
    ["a tmpfs with every attribute", [mount("/tmp", "tmpfs", None, "nosuid", "nodev", "noexec", "noatime", "nodiratime")], {}],
    ["a tmpfs that copies up", [mount("/etc", "tmpfs", None, "tmpcopyup")], {"command": "cat /etc/passwd | wc -l; touch /etc/x"}],
    ["a tmpfs of the image's mode", [mount("/tmp", "tmpfs")], {"hosts": "chmod 1700 rootfs/tmp", "command": "stat -c %a /tmp",
      "differs": {"crun": "gives it mode 1777"}}],
    ["times of access", [mount("/a", "tmpfs", None, "strictatime"), mount("/b", "tmpfs", None, "relatime"),
                         mount("/c", "tmpfs", None, "noatime")], {}],
    ["a bind", [bind("/data", "bind", "bind")], {"command": "cat /data/file; ls /data/sub; touch /data/sub/x && rm /data/sub/x"}],
    ["a bind that is read-only", [bind("/data", "bind", "bind", "ro")], {"command": "touch /data/x || echo refused"}],
    ["a recursive bind", [bind("/data", "bind", "rbind")], {"command": "ls /data"}],
    ["a recursive bind that is read-only above", [bind("/data", "bind", "rbind", "ro")],
     {"command": "touch /data/x || echo refused; touch /data/sub/x && echo below"}],
    ["a recursive bind that is read-only below", [bind("/data", "bind", "rbind", "rro")],
     {"command": "touch /data/x || echo refused; touch /data/sub/x || echo refused below"}],
    ["a bind with attributes", [bind("/data", "bind", "bind", "nosuid", "nodev", "noexec", "noatime")], {}],
    ["a bind of a file", [bind("/data", "bind/file", "bind")], {"command": "cat /data"}],
    ["a bind of a file onto a file", [bind("/etc/passwd", "bind/file", "bind", "ro")], {"command": "cat /etc/passwd"}],
    ["a bind by type only", [bind("/data", "bind")], {"differs": {"crun": "takes it for a file system", "runc": "looks for the source in its own directory"}}],
    ["a bind by option only", [mount("/data", "none", "bind", "bind")], {}],
    ["a bind without a source", [bind("/data", "nothing", "bind")], {}],
    ["a bind of a directory onto a file", [bind("/etc/passwd", "bind", "bind")], {}],
    ["a bind with options of a file system", [bind("/data", "bind", "bind", "mode=755", "size=1m")], {}],
    ["a bind below a mount", [mount("/tmp", "tmpfs"), bind("/tmp/a/b", "bind", "bind")], {"command": "cat /tmp/a/b/file"}],
    ["a bind through a link of the image", [bind("/link/data", "bind", "bind")],
     {"hosts": "ln -s ../../../etc rootfs/link", "command": "cat /etc/data/file"}],
    ["a bind that is private", [bind("/data", "bind", "rbind", "rprivate")], {}],
    ["a bind that is a slave", [bind("/data", "bind", "rbind", "rslave")],
     {"hosts": "mount --bind bind bind; mount --make-rshared bind",
      "differs": {"crun": PRIVATE}}],
    ["a bind that is shared", [bind("/data", "bind", "rbind", "rshared")],
     {"hosts": "mount --bind bind bind; mount --make-rshared bind",
      "differs": {"crun": PRIVATE, "runc": "shares it with nobody outside"}}],
    ["a bind that is unbindable", [bind("/data", "bind", "bind", "unbindable")], {"differs": {"crun": PRIVATE}}],
    ["another proc", [mount("/more", "proc", "proc", "nosuid")], {"command": "ls -d /more/1"}],
    ["a proc with options", [mount_options("/proc", "nosuid", "nodev", "noexec", "hidepid=2")], {}],
    ["a sysfs that is writable", [mount_options("/sys", "nosuid", "noexec", "nodev")], {}],
    ["cgroups that are writable", [mount_options("/sys/fs/cgroup", "nosuid", "noexec", "nodev")],
     {"command": "mkdir /sys/fs/cgroup/x && rmdir /sys/fs/cgroup/x && echo made"}],
    ["a devpts of another group", [mount_options("/dev/pts", "newinstance", "ptmxmode=0600", "mode=0600", "gid=7")], {}],
    ["no mounts but proc and dev", [put("mounts", BASE["mounts"][:2])], {}],
    ["a file system that there is not", [mount("/data", "nothing")], {}],
    ["an option that there is not", [mount("/data", "tmpfs", None, "nothing=1")], {}],
    ["a remount", [bind("/data", "bind", "bind"), bind("/data", "bind", "bind", "remount", "ro", "nosuid")],
     {"command": "touch /data/x || echo refused"}],
    ["without links", [mount("/tmp", "tmpfs", None, "nosymfollow")],
     {"command": "ln -s /etc/passwd /tmp/l; cat /tmp/l || echo refused",
      "differs": {"crun": "does not know the option"}}],
    ["two over each other", [mount("/tmp", "tmpfs", None, "size=1m"), mount("/tmp", "tmpfs", None, "size=2m")], {}],
]

CASES["root"] = [
    ["a root that is writable", [put("root.readonly", False)], {"command": "touch /x && echo wrote"}],
    ["a root that says nothing", [drop("root.readonly")], {}],
    ["a root by an absolute path", [put("root.path", "BUNDLE/rootfs")], {}],
    ["a root that is a link", [put("root.path", "link")], {"hosts": "ln -s rootfs link",
      "differs": {"runc": "refuses links"}}],
    ["a root that is not there", [put("root.path", "nothing")], {}],
    ["a root that is a file", [put("root.path", "config.json")], {}],
    ["no root", [drop("root")], {}],
    ["a root that is private", [put("linux.rootfsPropagation", "rprivate")], {}],
    ["a root that is a slave", [put("linux.rootfsPropagation", "rslave")], {}],
    ["a root that is shared", [put("linux.rootfsPropagation", "shared")], {"differs": {"runc": PRIVATE}}],
    ["a root that is unbindable", [put("linux.rootfsPropagation", "unbindable")], {"differs": {"runc": PRIVATE}}],
    ["a root that spreads as there is no way", [put("linux.rootfsPropagation", "nothing")], {"differs": {"crun": UNNOTICED}}],
    ["nothing masked", [drop("linux.maskedPaths")], {}],
    ["nothing read-only", [drop("linux.readonlyPaths")], {}],
    ["more masked", [add("linux.maskedPaths", "/etc/passwd", "/usr", "/not/there")],
     {"command": "cat /etc/passwd | wc -c; ls /usr | wc -l; touch /usr/x || echo refused"}],
    ["more read-only", [put("root.readonly", False), add("linux.readonlyPaths", "/etc", "/not/there")],
     {"command": "touch /etc/x || echo refused; touch /x && echo wrote"}],
    ["masked through a link", [add("linux.maskedPaths", "/link/passwd")],
     {"hosts": "ln -s /etc rootfs/link", "command": "cat /etc/passwd | wc -c"}],
    ["a null device", [device("/dev/mine", "c", 1, 3)], {"command": "echo x >/dev/mine && echo wrote"}],
    ["a device with mode and owner", [device("/dev/sub/mine", "c", 1, 5, fileMode=0o640, uid=5, gid=6)],
     {"command": "stat -c '%a %u:%g %t,%T' /dev/sub/mine"}],
    ["a block device and a fifo", [device("/dev/disk", "b", 7, 99), device("/dev/fifo", "p", 0, 0, fileMode=0o600)], {}],
    ["a device outside of /dev", [device("/tmp/mine", "c", 1, 3)],
     {"command": "stat -c '%a %t,%T' /tmp/mine"}],
    ["a device of no kind", [device("/dev/mine", "x", 1, 3)], {"differs": {"crun": UNNOTICED}}],
    ["a device that is there", [device("/dev/null", "c", 1, 3)], {"differs": {"runc": "its program may not open it then"}}],
]

CASES["process"] = [
    ["a user", [put("process.user", {"uid": 1000, "gid": 1001})], {}],
    ["more groups", [put("process.user", {"uid": 1000, "gid": 1001, "additionalGids": [5, 6, 1001]})], {}],
    ["a umask", [put("process.user.umask", 0o077)], {"command": "touch /dev/shm/x; stat -c %a /dev/shm/x"}],
    ["a directory", [put("process.cwd", "/etc")], {}],
    ["a directory that is not there", [put("process.cwd", "/tmp/not/there"), put("root.readonly", False)], {}],
    ["a directory that is relative", [put("process.cwd", "etc")], {"differs": {"crun": "takes it from the root"}}],
    ["a directory that is a file", [put("process.cwd", "/etc/passwd")], {}],
    ["a directory that is closed", [put("process.cwd", "/closed"), put("process.user", {"uid": 5, "gid": 5})],
     {"hosts": "mkdir -m 700 rootfs/closed"}],
    ["an environment", [add("process.env", "A=b", "C=", "D=e=f", "A=last")], {}],
    ["an environment with what is none", [add("process.env", "NOTHING")], {"differs": {"runc": "refuses it"}}],
    ["no environment", [put("process.env", []), program("/bin/sh", "-c", "/bin/env | /bin/grep -v -E '^(SHLVL|PWD|OLDPWD|_)='")], {}],
    ["no home", [put("process.env", ["PATH=/bin"])], {}],
    ["no home, as a user", [put("process.env", ["PATH=/bin"]), put("process.user", {"uid": 33, "gid": 33})], {}],
    ["arguments", [program("/bin/echo", "a b", "", "$HOME", "*")], {}],
    ["a program of the path", [program("echo", "found")], {}],
    ["a program that is not there", [program("/not/there")], {}],
    ["a program that is not in the path", [program("nothing-of-that-name")], {}],
    ["a program that is a directory", [program("/etc")], {}],
    ["a program that is not executable", [program("/etc/passwd")], {}],
    ["a program that is a script", [program("/script", "arg")],
     {"hosts": r"printf '#!/bin/sh\necho script \"$0\" \"$1\"\n' >rootfs/script; chmod +x rootfs/script"}],
    ["a program without an interpreter", [program("/script")],
     {"hosts": r"printf '#!/not/there\n' >rootfs/script; chmod +x rootfs/script",
      "differs": {"crun": LATE, "runc": LATE}}],
    ["no arguments", [put("process.args", [])], {}],
    ["arguments that are missing", [drop("process.args")], {"differs": {"crun": LATE}}],
    ["a terminal without anybody", [put("process.terminal", True)], {}],
    ["an out-of-memory score", [put("process.oomScoreAdj", 321)], {}],
    ["new privileges", [put("process.noNewPrivileges", False)], {}],
    ["no capabilities", [put("process.capabilities", {})], {}],
    ["capabilities that are not named", [drop("process.capabilities")], {}],
    ["capabilities of each set", [capabilities(ALL_SETS, "KILL", "CHOWN")], {}],
    ["capabilities of a user", [capabilities(ALL_SETS, "NET_BIND_SERVICE"), put("process.user", {"uid": 9, "gid": 9})], {}],
    ["capabilities of a user, not ambient", [put("process.user", {"uid": 9, "gid": 9})], {}],
    ["capabilities in the bounding set only", [capabilities("bounding", "KILL")], {}],
    ["ambient ones that are not inheritable", [capabilities("bounding effective permitted ambient", "KILL")], {}],
    ["a capability that there is not", [capabilities(USUAL_SETS, "KILL", "NOTHING")], {}],
    ["limits", [limit("RLIMIT_CORE", 0, 0), limit("RLIMIT_FSIZE", 1000000, 2000000), limit("RLIMIT_STACK", 4194304, 8388608)], {}],
    ["a limit twice", [limit("RLIMIT_NOFILE", 5, 5)], {}],
    ["a limit that there is not", [limit("RLIMIT_NOTHING", 5, 5)], {}],
    ["a limit above its own", [put("process.rlimits", [{"type": "RLIMIT_NOFILE", "soft": 9, "hard": 5}])], {}],
    ["no limits", [drop("process.rlimits")], {"command": "true"}],
    ["another personality", [put("linux.personality", {"domain": "LINUX32"})], {"command": "uname -m",
      "differs": {"runc": "knows no personality"}}],
    ["a console's size", [put("process.consoleSize", {"height": 5, "width": 7})], {}],
]

CASES["filters"] = [
    ["a filter", [filtered("SCMP_ACT_ERRNO", "mkdir", "mkdirat")], {"command": "mkdir /dev/shm/x || echo refused"}],
    ["a filter with an error of its own", [filtered("SCMP_ACT_ERRNO", "mkdir", "mkdirat", errnoRet=28)],
     {"command": "mkdir /dev/shm/x 2>&1"}],
    ["a filter that kills", [filtered("SCMP_ACT_KILL_PROCESS", "mkdir", "mkdirat")], {"command": "mkdir /dev/shm/x; echo $?"}],
    ["a filter that traps", [filtered("SCMP_ACT_TRAP", "mkdir", "mkdirat")], {"command": "mkdir /dev/shm/x; echo $?"}],
    ["a filter that logs", [filtered("SCMP_ACT_LOG", "mkdir", "mkdirat")], {"command": "mkdir /dev/shm/x; echo $?"}],
    ["a filter by arguments", [filtered("SCMP_ACT_ERRNO", "kill", args=[{"index": 1, "value": 10, "op": "SCMP_CMP_EQ"}])],
     {"command": "trap : USR1 USR2; kill -USR1 $$ || echo refused; kill -USR2 $$ && echo passed"}],
    ["a filter with a mask", [filtered("SCMP_ACT_ERRNO", "kill", args=[
        {"index": 1, "value": 8, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}])],
     {"command": "trap : USR1 WINCH; kill -USR1 $$ || echo refused; kill -WINCH $$ && echo passed"}],
    ["a filter with calls that there are not", [filtered("SCMP_ACT_ERRNO", "mkdir", "mkdirat", "nothing")],
     {"command": "mkdir /dev/shm/x || echo refused"}],
    ["a filter that knows what is not refused", [put("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW"})], {}],
    ["a filter with an action that there is not", [filtered("SCMP_ACT_NOTHING", "mkdir")], {}],
    ["a filter with an operator that there is not",
     [filtered("SCMP_ACT_ERRNO", "kill", args=[{"index": 1, "value": 8, "op": "SCMP_CMP_NOTHING"}])], {}],
    ["a filter with new privileges", [filtered("SCMP_ACT_ERRNO", "mkdir", "mkdirat"), put("process.noNewPrivileges", False)],
     {"command": "mkdir /dev/shm/x || echo refused"}],
    ["a filter and a user", [filtered("SCMP_ACT_ERRNO", "mkdir", "mkdirat"), put("process.user", {"uid": 5, "gid": 5})],
     {"command": "mkdir /dev/shm/x || echo refused"}],
    ["a filter with flags", [filtered("SCMP_ACT_ERRNO", "mkdir", "mkdirat"),
                             put("linux.seccomp.flags", ["SECCOMP_FILTER_FLAG_LOG"])],
     {"command": "mkdir /dev/shm/x || echo refused",
      "differs": {"runc": "knows no flags"}}],
    ["a setting of the network's", [put("linux.sysctl", {"net.ipv4.ip_unprivileged_port_start": "99"})],
     {"command": "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"}],
    ["settings of ipc and of the name", [put("linux.sysctl", {"kernel.msgmax": "4321", "fs.mqueue.msg_max": "7"})],
     {"command": "cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max"}],
    ["a setting of the host's", [put("linux.sysctl", {"vm.swappiness": "7"})], {}],
    ["a setting of the network's, which is the host's",
     [put("linux.sysctl", {"net.ipv4.ip_unprivileged_port_start": "99"}), without_namespace("network"), without_mount("/sys")], {}],
    ["a setting that there is not", [put("linux.sysctl", {"net.nothing": "1"})], {}],
]

LOG = "echo {} $(sed -n 's/.*\"status\": *\"\\([a-z]*\\)\".*/\\1/p') >>/mnt/cases/log"
LOGGED = "rm -f /mnt/cases/log; touch /mnt/cases/log"


def note_log(run):
    with open("/mnt/cases/log") as file:
        run.way += ["hooks so far: " + " ".join(file.read().split())]


def no_effect(run):
    with open(f"{run.place}/config.json") as file:
        config = json.load(file)
    config["process"]["args"] = ["/bin/echo", "another"]
    with open(f"{run.place}/config.json", "w") as file:
        json.dump(config, file)


def start_twice(run):
    run.step("create again", run.oci("create", "case"))


def wrong_ids(run):
    for words in (["state", "nobody"], ["start", "nobody"], ["kill", "nobody", "KILL"], ["delete", "nobody"],
                  ["state"], ["start"], ["kill"], ["delete"]):
        run.way.append(" ".join(words) + f": {run.oci(*words).returncode != 0}")


def kill_created(run):
    run.step("kill", run.oci("kill", "case", "KILL"))
    run.wait()
    run.state()
    run.step("kill again", run.oci("kill", "case", "KILL"))


CASES["life"] = [
    ["exit code 0", [], {"command": "exit 0"}],
    ["exit code 1", [], {"command": "exit 1"}],
    ["exit code 42", [], {"command": "exit 42"}],
    ["exit code 255", [], {"command": "exit 255"}],
    ["a program that is killed", [program("/bin/sh", "-c", "(sleep 1; kill -9 1) & echo ready; exec sleep 100")],
     {"signal": "KILL"}],
    ["a signal by name", [program("/bin/sh", "-c", "trap 'exit 5' USR1; echo ready; while :; do sleep 0.05; done")], {"signal": "SIGUSR1"}],
    ["a signal by its short name", [program("/bin/sh", "-c", "trap 'exit 6' TERM; echo ready; while :; do sleep 0.05; done")], {"signal": "TERM"}],
    ["a signal by number", [program("/bin/sh", "-c", "trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done")],
     {"signal": str(int(signal.SIGINT))}],
    ["annotations", [put("annotations", {"org.example.a": "b", "c": ""})], {}],
    ["members that nobody knows", [put("nothing", 1), put("linux.nothing", {"a": 1}), put("process.nothing", [1])], {}],
    ["changes after the creation", [], {"before": no_effect}],
    ["a creation again", [], {"before": start_twice}],
    ["what is not there", [], {"before": wrong_ids}],
    ["a kill before the start", [], {"before": kill_created}],
    ["no process", [drop("process")], {}],
    ["no version", [drop("ociVersion")], {"differs": {"runc": ANY_VERSION}}],
    ["a version that is none", [put("ociVersion", "invalid")], {"differs": {"runc": ANY_VERSION}}],
    ["a version to come", [put("ociVersion", "2.0.0")], {"differs": {"runc": ANY_VERSION}}],
    ["no JSON", [lambda config: "{"], {}],
    ["JSON that is no object", [lambda config: "[]"], {}],
    ["a text where a number belongs", [put("process.user.uid", "five")], {"differs": {"crun": "takes it for 0"}}],
    ["a number where a text belongs", [put("process.cwd", 5)], {}],
    ["hooks", [hook(k, LOG.format(word)) for k in ("prestart", "createRuntime", "createContainer", "poststart", "poststop")
               for word in (k, "next")],
     {"hosts": LOGGED, "before": note_log,
      "differs": {"runc": "says 'creating', and runs poststart at the creation"}}],
    ["a prestart hook that fails", [hook("prestart", "exit 3")], {}],
    ["a createRuntime hook that fails", [hook("createRuntime", "exit 3")], {}],
    ["a createContainer hook that fails", [hook("createContainer", "exit 3")], {}],
    ["a startContainer hook that fails", [hook("startContainer", "exit 3")], {"differs": {"crun": LATE, "runc": LATE}}],
    ["a poststart hook that fails", [hook("poststart", "exit 3")], {"differs": {"runc": "runs it at the creation"}}],
    ["a poststop hook that fails", [hook("poststop", "exit 3")], {"differs": {"crun": "sometimes has its delete fail"}}],
    ["a hook that is relative", [add("hooks.prestart", {"path": "sh", "args": ["sh", "-c", "exit 0"]})], {"differs": {"crun": UNNOTICED}}],
    ["a hook that is not there", [add("hooks.prestart", {"path": "/not/there"})], {}],
    ["a hook with an environment", [hook("prestart", "echo $A >/mnt/cases/log", env=["A=b"])], {"hosts": LOGGED, "before": note_log}],
    ["a hook that takes too long", [add("hooks.prestart", {"path": "/bin/sleep", "args": ["sleep", "60"], "timeout": 1})], {}],
    ["a cgroup's path", [put("linux.cgroupsPath", "/mine/box")], {"command": "true"}],
]
