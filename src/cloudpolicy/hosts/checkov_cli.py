"""`python -m cloudpolicy.hosts.checkov_cli …`: stock Checkov's command line with our checks loaded first.

For `--list`: Checkov answers it before it looks at --external-checks-dir. Everything else is as with `checkov`.
"""

from __future__ import annotations

import sys

from checkov.main import Checkov

from cloudpolicy.hosts import checkov


def main() -> int:
    checkov.register()
    return int(Checkov().run() or 0)


if __name__ == "__main__":
    sys.exit(main())
