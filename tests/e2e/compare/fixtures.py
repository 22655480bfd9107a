#!/usr/bin/env python3
# fixtures.py FOLDER - what the command lines need more than data/make.sh makes:
# a storage of images, some with /ch/entrypoint and /ch/cmd, and files of CDI.
# SPDX-License-Identifier: MIT
import json
import os
import shutil
import struct
import sys


def arguments(*words):
    """As Charliecloud keeps arguments: magic, then length and bytes of each."""
    return b'angi' + b''.join(
        struct.pack('>I', len(word)) + word.encode() for word in words)


def store(folder, name, **files):
    image = f'{folder}/storage/img/{name}'
    shutil.copytree(f'{folder}/root', image, symlinks=True,
                    ignore=lambda path, names: {'big'} & set(names))
    for name, contents in files.items():
        with open(f'{image}/ch/{name}', 'wb') as out:
            out.write(contents)


def write_cdi(folder, name, edits):
    with open(f'{folder}/cdi/{name}.json', 'w', encoding='utf-8') as out:
        json.dump({'cdiVersion': '0.5.0', 'kind': f'vendor.com/{name}',
                   'devices': [{'name': '0', 'containerEdits': {
                       'env': ['CDI_DEVICE=' + name],
                       'deviceNodes': [{'path': '/dev/none'}]}}],
                   'containerEdits': edits}, out)


def main():
    folder = sys.argv[1]
    hello = arguments('echo', 'hello')
    store(folder, 'foo%bar')
    store(folder, 'entry', entrypoint=hello, cmd=arguments('world'))
    store(folder, 'cmd', cmd=arguments('echo', 'cmd'))
    store(folder, 'only-entry', entrypoint=arguments('echo', 'only'))
    store(folder, 'broken-entry', entrypoint=b'nonsense', cmd=arguments('x'))
    store(folder, 'cut-entry', entrypoint=hello[:-3])
    os.mkdir(f'{folder}/cdi')
    with open(f'{folder}/cdi/file', 'w', encoding='utf-8') as out:
        out.write('injected\n')
    write_cdi(folder, 'a', {'env': ['CDI_A=a'], 'mounts': [{
        'hostPath': f'{folder}/cdi/file', 'containerPath': '/mnt/cdi-file',
        'options': ['ro', 'bind']}]})
    write_cdi(folder, 'b', {'env': ['CDI_B=b']})


main()
