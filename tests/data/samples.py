"""samples.py DIR COUNT: a data set of that many tiny files, 1000 a folder.

SPDX-License-Identifier: MIT
"""

import os
import sys

PER_FOLDER = 1000


def main():
    folder = None
    for number in range(int(sys.argv[2])):
        if number % PER_FOLDER == 0:
            folder = os.path.join(sys.argv[1], str(number // PER_FOLDER))
            os.makedirs(folder)
        fd = os.open(f"{folder}/{number}", os.O_CREAT | os.O_WRONLY, 0o644)
        os.write(fd, b"sample %d\n" % number)
        os.close(fd)


if __name__ == "__main__":
    main()
