"""Reading one text file: encodings, size, links, and a clear reason when it cannot be read."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TEXT_LIMIT = 10 * 1024 * 1024  # bytes; a CloudFormation template may have 1 MB, a hand-written .tf file never has 10
PLAN_LIMIT = 512 * 1024 * 1024


held: dict[str, bytes] = {}  # real path -> bytes that are read in place of the file's: how an edit is tried before it is written


class Unreadable(Exception):
    """The file cannot be read; `diagnostic` says why and what to do."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.text.en)
        self.diagnostic = diagnostic


def unreadable(path: str, code: str, en: str, ja: str, line: int = 1) -> Unreadable:
    return Unreadable(Diagnostic("error", code, Text(en, ja), Span(path, line)))


def read_bytes(path: str, base: str, limit: int = TEXT_LIMIT) -> bytes:
    """The file's bytes as UTF-8 without a byte order mark; raises Unreadable.

    A link that leads out of `base` is not followed: a template must not make the report quote another file of the machine.
    """
    try:
        if journal.is_link(path) and not inside(path, base):
            raise unreadable(
                path,
                "link-leaves-tree",
                "is a link to a place outside the scanned folder; it was not followed",
                "検査対象フォルダの外を指すリンクのため読み取りません",
            )
        kept = held.get(journal.real(path)) if held else None
        if kept is None:
            data = journal.content(path, limit)
        else:
            journal.content_again(path, limit, "")  # it is on no disk: what is made of it is not to be kept
            data = kept
            if len(data) > limit:
                raise journal.TooLarge(len(data))
    except journal.TooLarge as error:
        raise unreadable(
            path,
            "file-too-large",
            f"has {error.size:,} bytes; at most {limit:,} are read. Split it or leave it out",
            f"{error.size:,} バイトあります(上限 {limit:,})。分割するか対象から外してください",
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise unreadable(path, "unreadable-file", f"cannot be read: {reason}", f"読み取れません: {reason}") from None
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise unreadable(path, "not-utf-8", "is UTF-16; save it as UTF-8", "UTF-16 です。UTF-8 で保存し直してください")
    if b"\0" in data:
        raise unreadable(
            path,
            "binary-file",
            "is binary, not text; leave it out or restore it",
            "バイナリファイルです。対象から外すか、正しいファイルに戻してください",
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise unreadable(
            path,
            "not-utf-8",
            f"is not UTF-8 (line {line}); save it as UTF-8",
            f"UTF-8 ではありません({line} 行目)。UTF-8 で保存し直してください",
            line,
        ) from None
    return data


def read_again(path: str, base: str, mark: str, limit: int = TEXT_LIMIT) -> None:
    """For the journal: a result rests on what `read_bytes` gave at the time of `mark`, and on the answers that let it be read."""
    if journal.is_link(path):
        inside(path, base)
    journal.content_again(path, limit, mark)


def inside(path: str, base: str) -> bool:
    """True when the real place of `path` lies in the real place of `base`."""
    real, root = journal.real(path), journal.real(base)
    return real == root or real.startswith(root.rstrip(os.sep) + os.sep)
