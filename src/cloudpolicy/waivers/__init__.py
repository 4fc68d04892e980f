"""Waivers: approved exceptions, written in `cloudpolicy-waivers.yaml` and held against the findings of a scan.

A waiver hides nothing by itself. It counts only while every word of it holds: a policy that exists, a place, a reason, somebody who asked,
somebody else who approved, a first and a last day. Whatever is wrong with one is a finding of its own, at its line.
"""

from __future__ import annotations

from cloudpolicy.decisions import WAIVERS as NAME
from cloudpolicy.texts import Text

__all__ = ["NAME", "STATES", "today"]

# state -> what it is called
STATES: dict[str, Text] = {
    "in-force": Text("in force", "有効"),
    "unused": Text("unused", "未使用"),
    "not-checked": Text("in force, not checked by this scan", "有効(今回の検査の対象外)"),
    "not-yet-valid": Text("not yet valid", "開始日前"),
    "expired": Text("expired", "期限切れ"),
    "unapproved": Text("not approved", "未承認"),
    "too-broad": Text("too broad", "範囲が広すぎる"),
    "malformed": Text("malformed", "記載不備"),
}


def today() -> str:
    """The date in Japan (UTC+9), wherever the machine stands: a waiver ends on the same day for everybody."""
    import time

    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 9 * 3600))
