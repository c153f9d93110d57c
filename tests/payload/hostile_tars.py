#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_tars.py FOLDER: archives that try to write outside of where they are unpacked."""

import io
import os
import sys
import tarfile


def entry(name, content=None, link=None, hard=False):
    info = tarfile.TarInfo(name)
    if link is not None:
        info.type = tarfile.LNKTYPE if hard else tarfile.SYMTYPE
        info.linkname = link
    info.size = len(content or b"")
    return info, io.BytesIO(content or b"")


HOSTILE = b"FROM busybox\nRUN true\n"
ARCHIVES = {
    "links": [entry("l", link="/mnt/canary"), entry("l/through", HOSTILE), entry("l/file", HOSTILE)],
    "absolute": [entry("/mnt/canary/absolute", HOSTILE), entry("/mnt/canary/file", HOSTILE)],
    "dots": [entry("../../../../../../../../mnt/canary/file", HOSTILE)],
    "nested": [entry("a/../../../../../mnt/canary/file", HOSTILE)],
    "hardlink": [entry("h", link="../../../../../mnt/canary/file", hard=True), entry("h", HOSTILE)],
    # A context: the Dockerfile is first a link out of it and then written to.
    "context": [entry("Dockerfile", link="/mnt/canary/Dockerfile"), entry("Dockerfile", HOSTILE)],
}

for name, entries in ARCHIVES.items():
    with tarfile.open(os.path.join(sys.argv[1], name + ".tar"), "w") as tar:
        for info, content in entries:
            tar.addfile(info, content)
