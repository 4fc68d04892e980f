"""`cloudpolicy path HOST`: the folder that a host is pointed at, so that a command line needs no knowledge of where we are installed."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option
from cloudpolicy.policy import pack as packs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

_FOLDERS = {"cfn-lint": "cfn_lint", "checkov": "checkov"}

OPTIONS = (Option("host", "HOST", "%(choices)s", "%(choices)s", choices=tuple(_FOLDERS)), options.LANG)


def main(given: Namespace, parser: Parser) -> int:
    if given.host == "checkov" and _installed("checkov") and _installed("python-hcl2"):
        parser.fail(
            "python-hcl2 and Checkov stand in one environment; both bring the module `hcl2`, and Checkov dies with an ImportError. "
            "Give Checkov its own: pipx install checkov && pipx inject checkov cloudpolicy (without the extra `fix`)",
            "Checkov と同じ環境に python-hcl2 があります。どちらもモジュール `hcl2` を含むため、Checkov は ImportError で停止します。"
            "Checkov 専用の環境を作ってください: pipx install checkov && pipx inject checkov cloudpolicy(エクストラ `fix` は付けない)",
        )
    print(os.path.join(packs.folder(), _FOLDERS[given.host]))
    return 0


def _installed(distribution: str) -> bool:
    from importlib import metadata

    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
