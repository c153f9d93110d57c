#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare_trees.py A B - are two trees the same, entry by entry, with all metadata?

Type, mode, owner, size, content, target, device number, time in nanoseconds, extended attributes, and
which names are one file. Prints what differs and how many entries were compared.
"""
import hashlib
import os
import stat
import sys


def describe(path):
    status = os.lstat(path)
    entry = {"mode": oct(status.st_mode), "owner": (status.st_uid, status.st_gid),
             "time": status.st_mtime_ns}
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as file:
            entry["content"] = (status.st_size, hashlib.sha256(file.read()).hexdigest())
    elif stat.S_ISLNK(status.st_mode):
        entry["target"] = os.readlink(path)
    elif stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        entry["device"] = (os.major(status.st_rdev), os.minor(status.st_rdev))
    entry["attributes"] = {key: os.getxattr(path, key, follow_symlinks=False)
                           for key in os.listxattr(path, follow_symlinks=False)}
    return entry, None if stat.S_ISDIR(status.st_mode) else (status.st_ino, status.st_nlink)


def read(root):
    entries, first = {}, {}
    pending = [""]
    while pending:
        name = pending.pop()
        path = os.path.join(root, name)
        entry, inode = describe(path)
        entries[name] = entry
        if inode:
            first.setdefault(inode, []).append(name)
        if stat.S_ISDIR(os.lstat(path).st_mode):
            pending += [os.path.join(name, child) for child in os.listdir(path)]
    for names in first.values():
        for name in names:
            entries[name]["same file"] = sorted(names)
    return entries


def main():
    one, two = read(sys.argv[1]), read(sys.argv[2])
    different = [name for name in sorted(set(one) | set(two)) if one.get(name) != two.get(name)]
    for name in different[:20]:
        print(f"{name!r}:\n  {one.get(name)}\n  {two.get(name)}")
    print(f"{len(one)} entries compared, {len(different)} differ")
    return 1 if different or len(one) < 2 else 0


sys.exit(main())
