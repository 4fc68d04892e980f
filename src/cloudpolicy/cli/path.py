"""`cloudpolicy path HOST`: the folder that a host is pointed at, so that a command line needs no knowledge of where we are installed."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser
from cloudpolicy.policy import pack as packs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

_FOLDERS = {"cfn-lint": "cfn_lint", "checkov": "checkov"}


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument("host", choices=list(_FOLDERS), metavar=say("HOST", "ホスト"), help=", ".join(_FOLDERS))
    parser.add_argument("--lang", choices=("ja", "en"), help=say("language", "表示言語"))


def main(given: Namespace, parser: Parser) -> int:
    print(os.path.join(packs.folder(), _FOLDERS[given.host]))
    return 0
