"""imports.py [COUNT]: import modules of the standard library until so many
(300) were loaded from files, always the same; print how many.
SPDX-License-Identifier: MIT
"""

import importlib
import pkgutil
import sys

# These open windows, read the terminal, or say something.
LEFT_OUT = {"antigravity", "idlelib", "lib2to3", "this", "tkinter", "turtle",
            "turtledemo", "test", "ensurepip", "venv", "pydoc_data"}


def loaded():
    return sum(1 for module in list(sys.modules.values())
               if getattr(module, "__file__", None))


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    roots = sorted(m.name for m in pkgutil.iter_modules()
                   if m.name in sys.stdlib_module_names)
    for name in roots:
        if loaded() >= wanted:
            break
        if name in LEFT_OUT or name.startswith("_"):
            continue
        try:
            importlib.import_module(name)
        except Exception:  # something that this system lacks
            pass
    print(loaded())


if __name__ == "__main__":
    main()
