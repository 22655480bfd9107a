#!/usr/bin/env python3
# compare.py SCRATCH [TEXT] - run each command line with two ch-run and say
# where they differ.
#
# The list is "lines" beside this file; see its head. SCRATCH has folders
# theirs/ and ours/ with a ch-run each, and what data/make.sh and fixtures.py
# made. Exit status, standard output and standard error must be the same, but
# for process ids, the places in the source that Charliecloud appends, and the
# place where it mounts images.
# SPDX-License-Identifier: MIT
import glob
import os
import re
import shutil
import subprocess
import sys

LIMIT = 30  # seconds for one command line
SHOWN = 12  # lines of an output that are shown

NORMAL = (
    (r'ch-run( \(FUSE helper\))?\[\d+\]', r'ch-run\1[PID]'),
    (r' \(\w[\w-]*\.c:\d+( \d+ \w+)?\)', ''),  # FILE:LINE ERRNO NAME
    # how much memory they have used
    (r'^ch-run\[PID\]: (mem|gc): .*\n', ''),
)


class Row:
    def __init__(self, line, heading, reasons):
        self.line = line
        self.heading = heading
        self.reasons = reasons  # by kind of image


def read_rows(path):
    rows, heading, reasons = [], '', {}
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            line = line.rstrip('\n')
            if line.startswith('## '):
                heading = line[3:]
            elif line.startswith('~'):
                kind, reason = line[1:].split(' ', 1)
                for one in [kind] if kind else ['dir', 'squash']:
                    reasons[one] = reason
            elif line and not line.startswith('#'):
                rows.append(Row(line, heading, reasons))
                reasons = {}
    return rows


class Bench:
    """Where and how command lines are run."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.fixtures = scratch + '/data/fixtures'
        self.work = scratch + '/data/work'
        self.images = {'dir': self.fixtures + '/root',
                       'squash': self.fixtures + '/images/gzip.sqfs'}

    def clean(self):
        # a line may have left what even its owner can't enter
        subprocess.run(['chmod', '-R', 'u+rwX', self.work],
                       stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.work, ignore_errors=True)
        os.mkdir(self.work)
        # theirs leaves these, and fails when it meets them again
        for path in glob.glob('/dev/shm/*ch-run_s[eh]m-*'):
            if os.stat(path).st_uid == os.getuid():
                os.unlink(path)

    def run(self, row, side, kind):
        self.clean()
        folder = f'{self.scratch}/{side}'
        environment = {
            'PATH': folder + ':/usr/local/bin:/usr/bin:/bin',
            'HOME': os.environ['HOME'], 'USER': os.environ['USER'],
            'CH': folder + '/ch-run', 'IMAGE': self.images[kind],
            'DIR': self.images['dir'], 'WORK': self.work,
            'STORAGE': self.fixtures + '/storage', 'FIXTURES': self.fixtures,
        }
        try:
            done = subprocess.run(
                ['bash', '-c', row.line], cwd=self.work, env=environment,
                stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
                check=False)
        except subprocess.TimeoutExpired:
            return 'did not end', '', ''
        # a shell's word for "killed by signal N"
        status = done.returncode if done.returncode >= 0 else \
            128 - done.returncode
        return (status, self.normal(done.stdout, folder, kind),
                self.normal(done.stderr, folder, kind))

    def normal(self, text, folder, kind):
        text = text.decode('utf-8', 'backslashreplace')
        mounted = f'/var/tmp/{os.environ["USER"]}.ch/mnt'
        text = text.replace(folder, 'BIN').replace(mounted, self.images[kind])
        for pattern, replacement in NORMAL:
            text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
        return text


def show_text(side, text):
    lines = text.splitlines() or ['(nothing)']
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f'... and {len(lines) - SHOWN} lines']
    for line in lines:
        print(f'        {side:6}  {line}')


def show(kind, theirs, ours):
    print(f'      {kind}:')
    for what, one, two in zip(('status', 'stdout', 'stderr'), theirs, ours):
        if one != two:
            show_text('theirs', f'{what} {one}')
            show_text('ours', f'{what} {two}')


def judge(same, reason):
    if reason is None:
        return 'same' if same else 'differs'
    return 'same after all' if same else 'on purpose'


def compare(bench, row, everything):
    """Run one row for all kinds of images; the verdicts, by kind."""
    results = [(kind, bench.run(row, 'theirs', kind),
                bench.run(row, 'ours', kind)) for kind in bench.images]
    verdicts = [judge(theirs == ours, row.reasons.get(kind))
                for kind, theirs, ours in results]
    print('  {:10} {:10} {}'.format(*verdicts, row.line))
    for reason in dict.fromkeys(row.reasons.values()):
        print(f'      because {reason}')
    previous = None
    for verdict, (kind, theirs, ours) in zip(verdicts, results):
        wanted = everything or verdict in ('differs', 'same after all')
        if wanted and theirs != ours and previous != (theirs, ours):
            show(kind, theirs, ours)
            previous = theirs, ours
    sys.stdout.flush()
    return verdicts


def main():
    bench = Bench(sys.argv[1])
    text = sys.argv[2] if len(sys.argv) > 2 else ''
    rows = [row for row in read_rows(os.path.dirname(__file__) + '/lines')
            if text in row.line or text in row.heading]
    counts = {'same': 0, 'on purpose': 0, 'differs': 0, 'same after all': 0}
    heading = None
    for row in rows:
        if row.heading != heading:
            heading = row.heading
            print(f'\n{heading} (directory, SquashFS)')
        verdicts = compare(bench, row, bool(text))
        # a line counts for what is worst about it
        for verdict in reversed(counts):
            if verdict in verdicts:
                counts[verdict] += 1
                break
    print(f'\n{len(rows)} command lines, each for a directory and a SquashFS '
          f'image: {counts["same"]} same, {counts["on purpose"]} differ on '
          f'purpose, {counts["differs"]} differ')
    if counts['same after all']:
        print(f'{counts["same after all"]} have a reason to differ, and do not')
    return 1 if counts['differs'] or counts['same after all'] else 0


sys.exit(main())
