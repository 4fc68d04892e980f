"""Bicep text -> tokens. A string with `${…}` in it is one token that holds the tokens of its expressions."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME, NUMBER, STRING, MARK, WRONG, END = "name", "number", "string", "mark", "wrong", "end"
DEPTH_LIMIT = 100

_SKIP = re.compile(r"(?:[ \t\r]+|//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*|(\n))*", re.S)
_TOKEN = re.compile(
    r"([A-Za-z_]\w*)|(\d+)|('''|\$+'''|')|(=>|==|!=|=~|!~|<=|>=|&&|\|\||\?\?|\.\.\.|\.\?|\[\?|::|[{}()\[\]<>=!?:,.@+\-*/%|^])", re.S
)
_PLAIN = re.compile(r"'((?:[^'\\\n$]|\$(?!\{))*)'")
_PIECE = re.compile(r"(?:[^'\\\n$]|\\(?!u\{)[^\n]|\\u\{[0-9A-Fa-f]{1,8}\}|\$(?!\{))*")
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,8})\}|(.))", re.S)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


class Token:
    """kind; text; start, end as offsets; `line` True when a line break stands before it; `parts` of a string: str or lists of tokens."""

    __slots__ = ("end", "kind", "line", "parts", "start", "text")

    def __init__(self, kind: str, text: str, start: int, end: int, line: bool, parts: Any = None) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.line = line
        self.parts = parts


def tokenize(text: str) -> list[Token]:
    """All tokens of a file, an END token last; what is no token is a WRONG one."""
    return _Lexer(text).run(0, "", 0)[0]


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text

    def run(self, at: int, closing: str, depth: int) -> tuple[list[Token], int]:
        """Tokens up to the unmatched `closing` (or the end of the text) and the offset behind it."""
        text = self.text
        tokens: list[Token] = []
        open_ = 0
        line = True
        while True:
            skipped = _SKIP.match(text, at)
            if skipped is not None and skipped.end() > at:
                line = line or "\n" in skipped[0]
                at = skipped.end()
            if at >= len(text):
                tokens.append(Token(END, "", len(text), len(text), True))
                return tokens, at
            match = _TOKEN.match(text, at)
            if match is None:
                tokens.append(Token(WRONG, text[at], at, at + 1, line))
                at += 1
                line = False
                continue
            kind, value = match.lastindex, match[0]
            if kind == 1:
                tokens.append(Token(NAME, value, at, match.end(), line))
            elif kind == 2:
                tokens.append(Token(NUMBER, value, at, match.end(), line))
            elif kind == 3:
                token = self.string(at, value, line, depth)
                tokens.append(token)
                at = token.end
                line = False
                continue
            else:
                if closing:
                    if value == "{":
                        open_ += 1
                    elif value == closing:
                        if not open_:
                            tokens.append(Token(END, "", at, at, line))
                            return tokens, match.end()
                        open_ -= 1
                tokens.append(Token(MARK, value, at, match.end(), line))
            at = match.end()
            line = False

    def string(self, start: int, opening: str, line: bool, depth: int) -> Token:
        text = self.text
        if opening != "'":
            return self.lines(start, opening, line, depth)
        plain = _PLAIN.match(text, start)
        if plain is not None:
            return Token(STRING, plain[0], start, plain.end(), line, [plain[1]])
        parts: list[Any] = []
        at = start + 1
        while True:
            piece = _PIECE.match(text, at)
            assert piece is not None
            if piece[0]:
                parts.append(_ESCAPE.sub(_unescaped, piece[0]))
            at = piece.end()
            if text.startswith("'", at):
                return Token(STRING, text[start : at + 1], start, at + 1, line, parts or [""])
            if not text.startswith("${", at) or depth > DEPTH_LIMIT:
                end = text.find("\n", at)
                end = len(text) if end < 0 else end
                return Token(WRONG, text[start:end], start, end, line)
            tokens, at = self.run(at + 2, "}", depth + 1)
            parts.append(tokens)

    def lines(self, start: int, opening: str, line: bool, depth: int) -> Token:
        """'''…''': as it stands, without the first line break. $'''…${x}…''' is interpolated."""
        text = self.text
        begin = start + len(opening)
        end = text.find("'''", begin)
        if end < 0:
            return Token(WRONG, text[start : start + 40], start, len(text), line)
        while text.startswith("'", end + 3):  # quotes that belong to the text
            end += 1
        first = re.compile(r"\r?\n").match(text, begin)
        body = first.end() if first else begin
        if opening == "'''":
            return Token(STRING, text[start : end + 3], start, end + 3, line, [text[body:end]])
        mark = opening[:-3] + "{"
        parts: list[Any] = []
        at = body
        while True:
            found = text.find(mark, at)
            close = text.find("'''", at)
            if depth > DEPTH_LIMIT or close < 0:
                return Token(WRONG, text[start : start + 40], start, len(text), line)
            if found < 0 or found > close:
                parts.append(text[at:close])
                return Token(STRING, text[start : close + 3], start, close + 3, line, parts)
            parts.append(text[at:found])
            tokens, at = self.run(found + len(mark), "}", depth + 1)
            parts.append(tokens)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return _LETTERS.get(match[2], match[2])
