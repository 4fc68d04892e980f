"""Entry point of the `cloudpolicy` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; never shows a traceback for what a user can cause."""
    import gc

    gc.disable()  # a short process: collecting costs more than it frees
    from cloudpolicy import cli

    status = cli.run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # closed or gone: Python says what it always says
        sys.exit(status)
    os._exit(status)  # nothing is left to be done, and taking a process apart costs two milliseconds


if __name__ == "__main__":
    main()
