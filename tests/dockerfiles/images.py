# SPDX-License-Identifier: Apache-2.0
"""images.py - what is in an image that was saved: its document, and the tree that its layers make."""
import gzip
import io
import json
import posixpath
import tarfile

SHORT = 400  # bytes of a content that are shown as they are


def describe(info, body):
    """Type, and what is not the usual of it: one line of an expected tree, without the path."""
    parts = []
    mode = info.mode & 0o7777
    usual = 0o755 if info.isdir() else 0o644
    if info.isfifo():
        parts.append('pipe')
    elif info.ischr() or info.isblk():
        parts.append('%s %d,%d' % ('char' if info.ischr() else 'block', info.devmajor, info.devminor))
    if not info.issym() and mode != usual:
        parts.append('%04o' % mode)
    if (info.uid, info.gid) != (0, 0):
        parts.append('%d:%d' % (info.uid, info.gid))
    for name, value in sorted(info.pax_headers.items()):
        if name.startswith('SCHILY.xattr.'):
            parts.append(name[13:] + '=' + value.encode('utf-8', 'surrogateescape').hex())
    if info.issym():
        parts.append('-> ' + info.linkname)
    elif body is not None:
        text = body.decode('utf-8', 'backslashreplace')
        parts.append('= ' + json.dumps(text, ensure_ascii=False) if len(body) <= SHORT
                     else '= %d bytes' % len(body))
    return ' '.join(parts)


class Tree:
    def __init__(self, nodes=None):
        self.nodes = dict(nodes or {})   # path -> (TarInfo, description); hard links share the tuple

    def remove(self, path):
        node = self.nodes.pop(path, None)
        if node and node[0].isdir():
            for below in [p for p in self.nodes if p.startswith(path + '/')]:
                del self.nodes[below]

    def apply(self, data):
        if data[:2] == b'\x1f\x8b':
            data = gzip.decompress(data)
        with tarfile.open(fileobj=io.BytesIO(data), mode='r:*') as tar:
            members = [(posixpath.normpath('/' + m.name), m) for m in tar]
            for path, info in members:
                directory, name = posixpath.split(path)
                if name == '.wh..wh..opq':
                    for below in [p for p in self.nodes if p.startswith(directory.rstrip('/') + '/')]:
                        del self.nodes[below]
                elif name.startswith('.wh.'):
                    self.remove(posixpath.join(directory, name[4:]))
            for path, info in members:
                if path != '/' and not posixpath.basename(path).startswith('.wh.'):
                    self.add(tar, path, info)

    def add(self, tar, path, info):
        if not info.isdir():
            self.remove(path)
        if info.islnk():
            self.nodes[path] = self.nodes[posixpath.normpath('/' + info.linkname)]
            return
        body = tar.extractfile(info).read() if info.isfile() else None
        self.nodes[path] = (info, describe(info, body))

    def lines(self):
        """path -> its line; the second of two hard links says which the first is."""
        seen, lines = {}, {}
        for path in sorted(self.nodes):
            info, text = self.nodes[path]
            shown = path.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')
            line = (shown + ('/' if info.isdir() else '') + ' ' + text).rstrip()
            if not info.isdir() and id(info) in seen:
                line += ' (as %s)' % seen[id(info)]
            seen.setdefault(id(info), path)
            lines[path] = line
        return lines


class Image:
    bottoms = {}   # diff id -> the nodes of this layer alone: all cases have the same few

    def __init__(self, archive):
        with tarfile.open(archive) as tar:
            files = {m.name: m for m in tar}

            def read(name):
                member = files[name]
                return tar.extractfile(member).read()

            manifest = json.loads(read('manifest.json'))[0]
            self.document = json.loads(read(manifest['Config']))
            self.layers = [read(name) for name in manifest['Layers'] or []]
        self.config = {k: v for k, v in self.document.get('config', {}).items() if v}
        self.diff_ids = self.document['rootfs']['diff_ids'] or []
        self.history = self.document.get('history') or []
        self.made = None

    def tree(self):
        if self.made:
            return self.made
        tree = Tree()
        for number, layer in enumerate(self.layers):
            if number == 0 and self.diff_ids[0] in self.bottoms:
                tree = Tree(self.bottoms[self.diff_ids[0]])
                continue
            tree.apply(layer)
            if number == 0:
                self.bottoms[self.diff_ids[0]] = dict(tree.nodes)
        self.made = tree
        return tree
