"""Entry point of the `cloudpolicy` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; never shows a traceback for what a user can cause."""
    import gc

    gc.disable()  # a short process: collecting costs more than it frees
    from cloudpolicy import cli

    sys.exit(cli.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
