"""Ends servers and removes their folder when the process that started them has gone, even by SIGKILL.

It reads process ids from its standard input, one a line; the end of input is the end of the run, since the kernel closes
the pipe whatever happens to its writer.
"""

import signal
import sys
from pathlib import Path

from shared.testing.processes import kill_family, kill_group, remove


def main() -> None:
    """Wait for the end of input, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched = [int(line) for line in sys.stdin]
    for pid in watched:
        kill_family(pid)
        kill_group(pid)
    remove(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
