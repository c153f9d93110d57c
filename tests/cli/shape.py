# SPDX-License-Identifier: Apache-2.0
# shape.py LIST OBJECT <DOCUMENT: compares the members of an inspect document, or of a row of a list, with those that LIST
# has for OBJECT ("*" in a path is the first member, whatever it is called); prints what differs.
import json
import sys

document = json.load(sys.stdin)
document = document[0] if isinstance(document, list) else document
wrong = []
for line in open(sys.argv[1], encoding="utf-8"):
    head, _, members = line.strip().partition(": ")
    name, _, path = head.partition(" ")
    if name != sys.argv[2]:
        continue
    value = document
    # Names of networks and ports have no dots.
    for part in [] if path == "." else path.split("."):
        if part == "*":
            value = next(iter(value.values()))
        else:
            value = value[int(part)] if isinstance(value, list) else value[part]
    found = list(value)
    if found != members.split():
        wrong.append(f"{path}: missing {[m for m in members.split() if m not in found]}, "
                     f"unknown {[m for m in found if m not in members.split()]}: {found}")
print("\n".join(wrong))
sys.exit(bool(wrong))
