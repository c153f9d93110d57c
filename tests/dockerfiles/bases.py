# SPDX-License-Identifier: Apache-2.0
"""bases.py - the images that cases start from, made of the machine's busybox as Docker archives."""
import hashlib
import io
import json
import subprocess
import tarfile

BUSYBOX = '/usr/bin/busybox'
PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
FILES = {
    'etc/passwd': b'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:2000:web:/home/web:/bin/sh\n',
    'etc/group': b'root:x:0:\nweb:x:2000:\nstaff:x:50:web\n',
    'etc/motd': b'hello\n',
    'srv/file': b'file\n',
    'srv/dir/old': b'old\n',
}
DIRECTORIES = ['bin', 'etc', 'home', 'home/web', 'proc', 'root', 'srv', 'srv/dir', 'sys', 'dev', 'tmp', 'run']
LINKS = {'srv/to-dir': 'dir', 'srv/to-file': 'file'}

# name -> what its config has beside Env and Cmd
CONFIGS = {
    'base': {},
    'full': {
        'Env': [PATH, 'FROM_BASE=one', 'EMPTY='],
        'User': 'web', 'WorkingDir': '/srv', 'StopSignal': 'SIGINT',
        'Entrypoint': ['/bin/echo'], 'Cmd': ['from', 'base'],
        'Labels': {'of.base': 'yes', 'changed': 'no'},
        'ExposedPorts': {'80/tcp': {}}, 'Volumes': {'/data': {}},
        'Healthcheck': {'Test': ['CMD', 'true'], 'Interval': 5000000000, 'Retries': 2},
    },
    'shell': {'Shell': ['/bin/sh', '-ec']},
    'trigger': {'OnBuild': ['COPY trigger.txt /t/', 'RUN cat /t/trigger.txt > /t/ran']},
}


def add(tar, name, kind, mode=0o755, body=b'', link='', owner=(0, 0)):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime, info.size, info.linkname = kind, mode, 1000000000, len(body), link
    info.uid, info.gid = owner
    tar.addfile(info, io.BytesIO(body))


def make_layer():
    out = io.BytesIO()
    applets = subprocess.run([BUSYBOX, '--list'], check=True, capture_output=True, text=True).stdout.split()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(DIRECTORIES):
            add(tar, path, tarfile.DIRTYPE, 0o1777 if path == 'tmp' else 0o755,
                owner=(1000, 2000) if path == 'home/web' else (0, 0))
        with open(BUSYBOX, 'rb') as file:
            add(tar, 'bin/busybox', tarfile.REGTYPE, 0o755, file.read())
        for applet in applets:
            if applet != 'busybox':
                add(tar, 'bin/' + applet, tarfile.SYMTYPE, 0o777, link='busybox')
        for path, body in FILES.items():
            add(tar, path, tarfile.REGTYPE, 0o644, body)
        for path, target in LINKS.items():
            add(tar, path, tarfile.SYMTYPE, 0o777, link=target)
    return out.getvalue()


def make_archive(name, layer, path):
    config = {'Env': [PATH], 'Cmd': ['sh']} | CONFIGS[name]
    document = json.dumps({
        'architecture': 'amd64', 'os': 'linux', 'created': '2001-09-09T01:46:40Z', 'config': config,
        'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(layer).hexdigest()]},
        'history': [{'created': '2001-09-09T01:46:40Z', 'created_by': 'base'}],
    }).encode()
    hexes = hashlib.sha256(document).hexdigest()
    manifest = [{'Config': hexes + '.json', 'RepoTags': [name + ':latest'], 'Layers': ['layer.tar']}]
    with tarfile.open(path, 'w') as tar:
        add(tar, hexes + '.json', tarfile.REGTYPE, 0o644, document)
        add(tar, 'layer.tar', tarfile.REGTYPE, 0o644, layer)
        add(tar, 'manifest.json', tarfile.REGTYPE, 0o644, json.dumps(manifest).encode())


def make_all(directory):
    layer = make_layer()
    for name in CONFIGS:
        path = f'{directory}/{name}.tar'
        make_archive(name, layer, path)
        yield name, path
