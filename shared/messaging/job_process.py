"""The process of one job: `python -m shared.messaging.job_process module:function`, JSON in, JSON out."""

import importlib
import json
import sys


def main() -> None:
    """Call the function named on the command line with what stands on standard input, and print what it returns."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module), name)
    result = function(json.load(sys.stdin))
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
