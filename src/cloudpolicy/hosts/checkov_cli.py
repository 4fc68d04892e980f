"""`cloudpolicy-checkov …`: stock Checkov's command line with our checks loaded first.

For `--list`: Checkov answers it before it looks at --external-checks-dir. Everything else is as with `checkov`.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MISSING = (
    "cloudpolicy-checkov: Checkov is not installed in this environment; install both in one: pipx inject --include-apps checkov cloudpolicy\n"
    "cloudpolicy-checkov: この環境に Checkov がありません。pipx inject --include-apps checkov cloudpolicy で同じ環境に入れてください"
)


def main() -> int:
    try:
        from checkov import docs_generator
        from checkov.main import Checkov
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "checkov":
            raise
        print(MISSING, file=sys.stderr)
        return 2
    from cloudpolicy.hosts import checkov

    checkov.register()
    docs_generator.get_check_link = _linked(docs_generator.get_check_link)
    return int(Checkov().run() or 0)


def _linked(link: Callable[[str], str]) -> Callable[[str], str]:
    """The last column of the list: a policy's page; Checkov looks for every check in its own repository."""
    from cloudpolicy.hosts.scanners import is_page

    return lambda path: path if is_page(path) else link(path)


if __name__ == "__main__":
    sys.exit(main())
