#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cases.py [--count | --prepare] FILE [NAME...] - builds the cases of a file; see README.md and run."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import bases
from images import Image

CORACLE = os.environ['CORACLE']
WORK = '/mnt/dockerfiles'
SECTIONS = {'setup', 'Dockerfile', 'args', 'env', 'stdin', 'context', 'tree', 'config', 'history',
            'error', 'says', 'output', 'times', 'change', 'Dockerfile2', 'args2', 'cache'}
# What engines add to a config without being asked.
QUIET = {'ArgsEscaped', 'Image', 'Hostname'}


class Wrong(Exception):
    pass


class Case:
    def __init__(self, title):
        self.name, _, self.about = title.partition(': ')
        self.sections = {}

    def lines(self, section):
        return self.sections.get(section, '').splitlines()


def read_cases(path):
    cases, section = [], None
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if line.startswith('=== '):
                cases.append(Case(line[4:].strip()))
                section = None
            elif line.startswith('--- '):
                section = line[4:].strip()
                if section not in SECTIONS or section in cases[-1].sections:
                    sys.exit(f'{path}:{number}: what is {section!r}?')
                cases[-1].sections[section] = ''
            elif section:
                cases[-1].sections[section] += line
    for case in cases:  # the empty line before the next case
        for section, text in case.sections.items():
            case.sections[section] = text.rstrip('\n') + '\n' if text.strip() else ''
    return cases


def coracle(*arguments, **options):
    return subprocess.run([CORACLE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, **options)


def prepare():
    os.makedirs(WORK, exist_ok=True)
    for name, path in bases.make_all(WORK):
        done = coracle('image', 'load', '-i', path)
        if done.returncode != 0:
            sys.exit('cannot load %s: %s' % (name, done.stdout.decode()))


class Runner:
    """One case: its context, its builds."""

    def __init__(self, case):
        self.case = case
        self.context = f'{WORK}/{case.name}'
        self.tag = 'case-' + case.name
        self.out = f'{WORK}/{case.name}.out'

    def write(self, name, text):
        with open(f'{self.context}/{name}', 'w', encoding='utf-8') as file:
            file.write(text)

    def script(self, section):
        text = self.case.sections.get(section)
        if text:
            done = subprocess.run(['bash', '-euc', 'umask 022\n' + text], cwd=self.context,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                raise Wrong(f'{section} failed: {done.stdout.decode()}')

    def begin(self):
        shutil.rmtree(self.context, ignore_errors=True)
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.context)
        os.makedirs(self.out)
        if 'Dockerfile' in self.case.sections:
            self.write('Dockerfile', self.case.sections['Dockerfile'])
        self.script('setup')

    def fill(self, word):
        return word.replace('@CTX@', self.context).replace('@OUT@', self.out)

    def build(self, args='args'):
        arguments = ['image', 'build', '--progress', 'plain', '-t', self.tag]
        for line in self.case.lines(args):
            arguments += [self.fill(word) for word in shlex.split(line)]
        arguments.append(self.fill(self.case.sections.get('context', '@CTX@').strip()))
        environment = dict(os.environ)
        for line in self.case.lines('env'):
            name, _, value = line.partition('=')
            environment[name] = value
        if 'stdin' in self.case.sections:
            given = subprocess.run(['bash', '-euc', self.case.sections['stdin']], cwd=self.context,
                                   stdout=subprocess.PIPE, check=True).stdout
            done = coracle(*arguments, input=given, env=environment, cwd=self.context)
        else:
            done = coracle(*arguments, stdin=subprocess.DEVNULL, env=environment, cwd=self.context)
        return done.returncode, done.stdout.decode('utf-8', 'replace')

    def image(self):
        archive = f'{WORK}/{self.case.name}.tar'
        done = coracle('image', 'save', '-o', archive, self.tag)
        if done.returncode != 0:
            raise Wrong('cannot save it: ' + done.stdout.decode())
        image = Image(archive)
        os.unlink(archive)
        return image


_tree_of_base = None


def tree_below(image):
    """What the bases have (it is the same tree), or nothing: scratch."""
    global _tree_of_base
    if not _tree_of_base:
        base = Image(f'{WORK}/base.tar')
        _tree_of_base = base.diff_ids, base.tree().lines()
    diff_ids, lines = _tree_of_base
    return lines if image.diff_ids[:1] == diff_ids else {}


def compare(label, wanted, got):
    lost = [line for line in wanted if line not in got]
    more = [line for line in got if line not in wanted]
    if lost or more:
        raise Wrong('\n'.join([f'{label}:'] + ['- ' + x for x in lost] + ['+ ' + x for x in more]))
    if wanted != got:
        raise Wrong('\n'.join([f'{label}, in this order:'] + got))


def check_tree(case, image):
    below = tree_below(image)
    lines = image.tree().lines()
    got = [line for path, line in lines.items() if below.get(path) != line]
    got += [path + ' gone' for path in below if path not in lines]
    compare('tree', sorted(case.lines('tree')), sorted(got))


def check_config(case, image):
    """Each line: a member and its value; `from NAME` first: the rest is as that base has it."""
    wanted = case.lines('config')
    config = {k: v for k, v in image.config.items() if k not in QUIET}
    base = {'Env': [bases.PATH], 'Cmd': ['sh']}
    if wanted and wanted[0].startswith('from '):
        name = wanted.pop(0)[5:]
        base = {} if name == 'scratch' else base | bases.CONFIGS[name]
        base.pop('OnBuild', None)
    if 'author' in image.document:
        config['author'] = image.document['author']
    got = [f'{k} {json.dumps(v, ensure_ascii=False)}' for k, v in config.items() if base.get(k) != v]
    got += [k + ' gone' for k in base if k not in config]
    compare('config', sorted(wanted), sorted(got))


def check_history(case, image):
    """Below the base's; `+` has a layer, `-` has none."""
    got = [('- ' if entry.get('empty_layer') else '+ ') + entry.get('created_by', '')
           for entry in image.history if entry.get('created_by') != 'base']
    compare('history', case.lines('history'), got)


def check_times(case, image):
    nodes = image.tree().nodes
    got = ['%s %d' % (line.split()[0], nodes[line.split()[0]][0].mtime) for line in case.lines('times')]
    compare('times', case.lines('times'), got)


def check_output(case, output):
    for line in case.lines('says'):
        if line.startswith('! ') == (line.removeprefix('! ') in output):
            raise Wrong(f'of its output {line!r} is not so:\n{output}')


def check_error(case, status, output):
    """`line N`: points at it; anything else: the output has it; behind `! `: it has not."""
    if status == 0:
        raise Wrong('it is built:\n' + output)
    for line in case.lines('error'):
        place = re.fullmatch(r'line (\d+)', line)
        if place and f'Dockerfile:{place[1]}' not in output:
            raise Wrong(f'it does not point at {line}:\n{output}')
        if line.startswith('! '):
            if line[2:] in output:
                raise Wrong(f'it says {line[2:]!r}:\n{output}')
        elif not place and line not in output:
            raise Wrong(f'it does not say {line!r}:\n{output}')


def check_files(case, runner):
    """What `-o` has written below @OUT@."""
    got = []
    for directory, names, files in os.walk(runner.out):
        for name in names + files:
            path = os.path.join(directory, name)
            shown = path[len(runner.out):]
            if os.path.islink(path):
                got.append(f'{shown} -> {os.readlink(path)}')
            elif os.path.isdir(path):
                got.append(shown + '/')
            else:
                with open(path, 'rb') as file:
                    text = file.read()
                got.append(shown + (' = ' + json.dumps(text.decode()) if len(text) < 400 else ''))
    compare('output', sorted(case.lines('output')), sorted(got))


def content(image, path):
    node = image.tree().nodes.get(path)
    return node[1] if node else None


def check_cache(case, runner, first):
    """`kept PATH`, `rerun PATH`: does the file stem from the first build? `same`, `other`: the image."""
    runner.script('change')
    if 'Dockerfile2' in case.sections:
        runner.write('Dockerfile', case.sections['Dockerfile2'])
    status, output = runner.build('args2' if 'args2' in case.sections else 'args')
    if status != 0:
        raise Wrong('the second build failed:\n' + output)
    second, got = runner.image(), []
    for line in case.lines('cache'):
        path = line.partition(' ')[2]
        if not path:
            got.append('same' if first.document['rootfs'] == second.document['rootfs'] else 'other')
        elif content(first, path) is None or content(second, path) is None:
            got.append('lost ' + path)
        else:
            got.append(('kept ' if content(first, path) == content(second, path) else 'rerun ') + path)
    compare('cache', case.lines('cache'), got)


def run(case):
    runner = Runner(case)
    runner.begin()
    status, output = runner.build()
    if 'error' in case.sections:
        check_error(case, status, output)
        return
    if status != 0:
        raise Wrong('it is not built:\n' + output)
    check_output(case, output)
    if 'output' in case.sections:
        check_files(case, runner)
    checks = {'tree': check_tree, 'config': check_config, 'history': check_history,
              'times': check_times}
    needed = [check for section, check in checks.items() if section in case.sections]
    if not needed and 'cache' not in case.sections:
        return
    image = runner.image()
    for check in needed:
        check(case, image)
    if 'cache' in case.sections:
        check_cache(case, runner, image)
    shutil.rmtree(runner.context)


def main():
    path, names = sys.argv[1], sys.argv[2:]
    if path == '--prepare':
        prepare()
        return 0
    if path == '--count':
        path, names = names[0], names[1:]
        print(len([c for c in read_cases(path) if not names or any(n in c.name for n in names)]))
        return 0
    cases = [c for c in read_cases(path) if not names or any(n in c.name for n in names)]
    failed = 0
    for number, case in enumerate(cases, 1):
        try:
            run(case)
            print(f'ok {number} {case.name}', flush=True)
        except (Wrong, subprocess.SubprocessError, KeyError, OSError) as error:
            failed += 1
            print(f'not ok {number} {case.name}')
            text = f'{case.about}\n{type(error).__name__ if not isinstance(error, Wrong) else ""} {error}'
            print(''.join(f'# {line}\n' for line in text.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
