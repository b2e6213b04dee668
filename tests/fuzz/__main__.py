"""The fuzzer as a program: `python -m tests.fuzz --help`."""

import sys

from tests.fuzz.campaign import main

if __name__ == "__main__":
    sys.exit(main())
