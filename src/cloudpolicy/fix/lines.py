"""Bytes of a text file as they are: byte order mark, line ends, indentation. Offsets are those of the bytes without the mark."""

from __future__ import annotations

import re

MARK = b"\xef\xbb\xbf"


def split_mark(data: bytes) -> tuple[bytes, bytes]:
    return (MARK, data[3:]) if data[:3] == MARK else (b"", data)


def newline(data: bytes) -> bytes:
    """The line end that most lines have."""
    crlf = data.count(b"\r\n")
    return b"\r\n" if crlf * 2 > data.count(b"\n") else b"\n"


def line_start(data: bytes, offset: int) -> int:
    return data.rfind(b"\n", 0, offset) + 1


def line_end(data: bytes, offset: int) -> int:
    """Where the line of `offset` ends, before its line end."""
    end = data.find(b"\n", offset)
    end = len(data) if end < 0 else end
    return end - 1 if end > offset and data[end - 1 : end] == b"\r" else end


def indent_of(data: bytes, offset: int) -> bytes:
    """The white space at the beginning of the line of `offset`."""
    match = re.compile(rb"[ \t]*").match(data, line_start(data, offset))
    return match[0] if match else b""


def indented(text: str, indent: bytes, unit: bytes, end: bytes) -> bytes:
    """Text with two spaces a level as bytes with `unit` a level, each line behind `indent`."""
    lines = []
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        lines.append(indent + unit * ((len(line) - len(bare)) // 2) + bare.encode() if bare else b"")
    return end.join(lines)


def spliced(data: bytes, start: int, end: int, new: bytes) -> bytes:
    return data[:start] + new + data[end:]
