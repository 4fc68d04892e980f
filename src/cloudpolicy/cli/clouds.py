"""What the commands that ask a cloud share: the provider, whose options are whose, and the folder that takes what it told."""

from __future__ import annotations

import os
import re
import tempfile

from cloudpolicy.cli.options import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence

    from cloudpolicy.cli import Parser

_SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"


PROVIDER = Option("provider", "PROVIDER", "%(choices)s", "%(choices)s", choices=("aws", "azure"))
SUBSCRIPTION = Option(
    "--subscription",
    "ID",
    f"azure: subscription (default: the environment variable {_SUBSCRIPTION})",
    f"azure: サブスクリプション(既定: 環境変数 {_SUBSCRIPTION})",
)


def refuse_foreign(given: Namespace, parser: Parser, options: Mapping[str, Sequence[str]]) -> None:
    """End the command when an option of another provider is given; `options`: provider -> its own options."""
    for provider, names in options.items():
        for name in names:
            if provider != given.provider and getattr(given, name[2:].replace("-", "_")):
                parser.fail(f"{name} is an option of {provider}", f"{name} は {provider} 用のオプションです")


def subscription(given: Namespace, parser: Parser) -> str:
    """The subscription that is asked for; ends the command when there is none."""
    id = given.subscription or os.environ.get(_SUBSCRIPTION, "")
    if not id:
        parser.fail(
            f"say which subscription: --subscription ID, or {_SUBSCRIPTION}",
            f"サブスクリプションを --subscription か {_SUBSCRIPTION} で指定してください",
        )
    if not re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", id):
        parser.fail(
            f"{id} is no subscription id (az account show --query id)",
            f"{id} はサブスクリプション ID ではありません(az account show --query id で確認できます)",
        )
    return id


def in_folder(keep: str | None, work: Callable[[str], int]) -> int:
    """`work` with the real path of the folder to keep, or of one that is gone afterwards; raises OSError when it cannot be made."""
    if keep:
        os.makedirs(keep, exist_ok=True)
        return work(os.path.abspath(keep))
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
        return work(os.path.realpath(folder))
