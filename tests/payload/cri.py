#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a Kubernetes runtime (containerd, CRI-O) over its socket what a kubelet asks: gRPC by curl's HTTP/2.

    cri.py SOCKET CALL [JSON]

The request is JSON with the names of the interface (runtime.v1, calls of RuntimeService); the answer is printed as
JSON. What it refuses is printed to stderr: exit code 1. Only the fields in MESSAGES are known: of a request others
are an error, of an answer they are left out.
"""
import json
import struct
import subprocess
import sys
import tempfile

VARINT, FIXED, BYTES = 0, 1, 2

# Of each field its number and type: a scalar, or a message; [type]: repeated; {}: a map of strings.
NAMESPACES = {"network": (1, int), "pid": (2, int), "ipc": (3, int), "target_id": (4, str)}
NUMBER = {"value": (1, int)}
RESOURCES = {
    "cpu_period": (1, int),
    "cpu_quota": (2, int),
    "cpu_shares": (3, int),
    "memory_limit_in_bytes": (4, int),
    "oom_score_adj": (5, int),
}
SANDBOX = {
    "metadata": (1, {"name": (1, str), "uid": (2, str), "namespace": (3, str), "attempt": (4, int)}),
    "hostname": (2, str),
    "log_directory": (3, str),
    "linux": (8, {"cgroup_parent": (1, str), "security_context": (2, {"namespace_options": (1, NAMESPACES)})}),
}
CONTAINER = {
    "metadata": (1, {"name": (1, str), "attempt": (2, int)}),
    "image": (2, {"image": (1, str)}),
    "command": (3, [str]),
    "working_dir": (5, str),
    "envs": (6, [{"key": (1, str), "value": (2, str)}]),
    "mounts": (7, [{"container_path": (1, str), "host_path": (2, str), "readonly": (3, int)}]),
    "log_path": (11, str),
    "stdin": (12, int),
    "tty": (14, int),
    "linux": (
        15,
        {
            "resources": (1, RESOURCES),
            "security_context": (
                2,
                {
                    "capabilities": (1, {"add_capabilities": (1, [str]), "drop_capabilities": (2, [str])}),
                    "privileged": (2, int),
                    "namespace_options": (3, NAMESPACES),
                    "run_as_user": (5, NUMBER),
                    "readonly_rootfs": (7, int),
                    "no_new_privs": (11, int),
                },
            ),
        },
    ),
}
CONTAINER_ID = {"container_id": (1, str)}
SANDBOX_ID = {"pod_sandbox_id": (1, str)}

# Of each call its request and its answer.
MESSAGES = {
    "Version": ({"version": (1, str)}, {"runtime_name": (2, str), "runtime_version": (3, str)}),
    "RunPodSandbox": ({"config": (1, SANDBOX), "runtime_handler": (2, str)}, SANDBOX_ID),
    "StopPodSandbox": (SANDBOX_ID, {}),
    "RemovePodSandbox": (SANDBOX_ID, {}),
    "CreateContainer": (
        {"pod_sandbox_id": (1, str), "config": (2, CONTAINER), "sandbox_config": (3, SANDBOX)},
        CONTAINER_ID,
    ),
    "StartContainer": (CONTAINER_ID, {}),
    "StopContainer": ({"container_id": (1, str), "timeout": (2, int)}, {}),
    "RemoveContainer": (CONTAINER_ID, {}),
    "ContainerStatus": (
        CONTAINER_ID,
        {"status": (1, {"state": (3, int), "exit_code": (7, int), "reason": (10, str), "message": (11, str)})},
    ),
    "ExecSync": (
        {"container_id": (1, str), "cmd": (2, [str]), "timeout": (3, int)},
        {"stdout": (1, str), "stderr": (2, str), "exit_code": (3, int)},
    ),
    "UpdateContainerResources": ({"container_id": (1, str), "linux": (2, RESOURCES)}, {}),
    "ContainerStats": (
        CONTAINER_ID,
        {"stats": (1, {"cpu": (2, {"usage_core_nano_seconds": (2, NUMBER)}), "memory": (3, {"timestamp": (1, int)})})},
    ),
}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def encode_one(number, kind, value):
    if kind is int:
        return varint(number << 3 | VARINT) + varint(int(value))
    data = value.encode() if kind is str else encode(kind, value)
    return varint(number << 3 | BYTES) + varint(len(data)) + data


def encode(message, values):
    out = b""
    for name, value in values.items():
        number, kind = message[name]
        if isinstance(kind, list):
            out += b"".join(encode_one(number, kind[0], item) for item in value)
        else:
            out += encode_one(number, kind, value)
    return out


def read_varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return number, at


def decode(message, data):
    """Fields that are not there have their zero value."""
    values = {name: 0 if kind is int else "" if kind is str else {} for name, (_, kind) in message.items()}
    names = {number: (name, kind) for name, (number, kind) in message.items()}
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == VARINT:
            value, at = read_varint(data, at)
        else:
            length, at = (8, at) if tag & 7 == FIXED else read_varint(data, at)
            value, at = data[at : at + length], at + length
        if tag >> 3 in names:
            name, kind = names[tag >> 3]
            values[name] = value if kind is int else value.decode() if kind is str else decode(kind, value)
    return values


def ask(socket, call, request):
    body = encode(MESSAGES[call][0], request)
    with tempfile.NamedTemporaryFile() as headers:
        command = ["curl", "-sS", "--max-time", "60", "--http2-prior-knowledge", "--unix-socket", socket]
        command += ["-D", headers.name, "-H", "Content-Type: application/grpc", "-H", "TE: trailers"]
        command += ["--data-binary", "@-", f"http://localhost/runtime.v1.RuntimeService/{call}"]
        answer = subprocess.run(command, input=struct.pack(">BI", 0, len(body)) + body, stdout=subprocess.PIPE, check=True)
        # The result is in the trailers, which curl writes behind the headers.
        lines = headers.read().decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    if fields.get("grpc-status") != "0":
        sys.exit(f"{call}: {fields.get('grpc-message', fields)}")
    return decode(MESSAGES[call][1], answer.stdout[5:])


def main():
    socket, call = sys.argv[1:3]
    print(json.dumps(ask(socket, call, json.loads(sys.argv[3]) if len(sys.argv) > 3 else {})))


main()
