"""What .gitignore files leave out. Own code because every library for it costs more start-up time than a small scan; a test holds it against pathspec."""

from __future__ import annotations

import re


class Ignore:
    """The patterns of one .gitignore file; `verdict` takes paths relative to its folder, with "/"."""

    __slots__ = ("_rules",)

    def __init__(self, text: str) -> None:
        self._rules: list[tuple[re.Pattern[str], bool, bool]] = []  # pattern, negated, folders only
        for line in text.splitlines():
            rule = _rule(line)
            if rule is not None:
                self._rules.append(rule)

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """True ignored, False taken back by a `!` pattern, None when nothing matches; the last matching pattern decides."""
        answer: bool | None = None
        for pattern, negated, folders_only in self._rules:
            if (is_folder or not folders_only) and pattern.match(path):
                answer = not negated
        return answer


def _rule(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    if negated:
        line = line[1:]
    folders_only = line.endswith("/")
    line = line.rstrip("/") if folders_only else line
    if not line:
        return None
    anchored = "/" in line
    line = line.lstrip("/")
    try:
        return re.compile(("" if anchored else "(?:.*/)?") + _translate(line) + r"\Z"), negated, folders_only
    except re.error:
        return None  # an impossible character range: git matches nothing with it either


def _translate(glob: str) -> str:
    out, index = "", 0
    while index < len(glob):
        char = glob[index]
        if glob.startswith("**/", index) and (index == 0 or glob[index - 1] == "/"):
            out, index = out + "(?:.*/)?", index + 3
            continue
        if glob[index:] == "**" and index and glob[index - 1] == "/":
            return out + ".+"
        if char == "*":
            while glob.startswith("*", index + 1):
                index += 1
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[" and (end := glob.find("]", index + 2)) > 0:
            inner = glob[index + 1 : end].replace("\\", "\\\\")
            out += "[" + ("^/" + inner[1:] if inner[0] in "!^" else inner) + "]"
            index = end
        elif char == "\\" and index + 1 < len(glob):
            index += 1
            out += re.escape(glob[index])
        else:
            out += re.escape(char)
        index += 1
    return out
