"""What a result was made from: every question that reading puts to the disk (or the calendar), with its answer.

Sources ask here and nowhere else, so that a kept result can be held against the world later: it still holds exactly when every question is
answered as it was then. That covers what a list of files cannot: a file that was looked for in vain, a folder in which one more `.tf` would count,
where a link leads, today's date.

A question is (kind, path, detail); an answer is a short text, a digest where the real answer is long. Nothing is written down unless somebody records.
"""

from __future__ import annotations

import os
from _blake2 import blake2b  # hashlib would load OpenSSL first
from errno import EINVAL
from stat import S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Question = tuple[str, str, str]
    Answers = dict[Question, str]

TREE_LIMIT = 500_000  # files that are listed below one folder
_UNEQUAL = "?"  # two different answers to one question: the world moved while it was being read


class TooLarge(Exception):
    """The file has more bytes than were asked for."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Recording:
    """A `with` block in which questions are written down: `answers` afterwards holds them in the order of asking."""

    __slots__ = ("_outer", "answers")

    def __init__(self) -> None:
        self.answers: Answers = {}

    def __enter__(self) -> Recording:
        global _recording
        self._outer = _recording
        _recording = self.answers
        return self

    def __exit__(self, *_: object) -> None:
        global _recording
        _recording = self._outer

    def whole(self) -> bool:
        """False when the world changed under the reader: such a result belongs to no state of the disk."""
        return _UNEQUAL not in self.answers.values()


_recording: Answers | None = None
_contents: dict[tuple[str, int], str] = {}  # (path, limit) -> the digest that was last read there


def digest(data: bytes) -> str:
    return blake2b(data, digest_size=20).hexdigest()


def is_file(path: str) -> bool:
    answer = os.path.isfile(path)
    _note("file", path, "", "1" if answer else "0")
    return answer


def is_folder(path: str) -> bool:
    answer = os.path.isdir(path)
    _note("folder", path, "", "1" if answer else "0")
    return answer


def is_link(path: str) -> bool:
    answer = os.path.islink(path)
    _note("link", path, "", "1" if answer else "0")
    return answer


def real(path: str) -> str:
    """os.path.realpath."""
    answer = os.path.realpath(path)
    _note("real", path, "", answer)
    return answer


def home(path: str) -> str:
    """os.path.expanduser."""
    answer = os.path.expanduser(path)
    _note("home", path, "", answer)
    return answer


def names(folder: str, endings: Sequence[str]) -> list[str]:
    """The sorted names in a folder that end so; raises OSError. What else stands there is not part of the answer."""
    try:
        found = _names(folder, tuple(endings))
    except OSError as error:
        _note("names", folder, "|".join(endings), _failed(error))
        raise
    if _recording is not None:
        _note("names", folder, "|".join(endings), _digest_of(found))
    return found


def tree(folder: str, skipped: Sequence[str] = ()) -> list[str]:
    """Every file below a folder, relative to it, with slashes, sorted; folders named in `skipped` are left out, links not followed."""
    found = _tree(folder, tuple(skipped))
    if _recording is not None:
        _note("tree", folder, "|".join(skipped), _digest_of(found))
    return found


def content(path: str, limit: int) -> bytes:
    """The bytes of a file; raises OSError, and TooLarge when there are more than `limit`."""
    if _recording is None:
        return _content(path, limit)
    try:
        data = _content(path, limit)
    except OSError as error:
        _note("content", path, str(limit), _failed(error))
        raise
    except TooLarge as error:
        _note("content", path, str(limit), f"size {error.size}")
        raise
    answer = _contents[(path, limit)] = digest(data)
    _note("content", path, str(limit), answer)
    return data


def mark(path: str, limit: int) -> str:
    """A mark of what `content` has just given, for whoever keeps what is made of it; "" when nobody records."""
    return _contents.get((path, limit), "") if _recording is not None else ""


def content_again(path: str, limit: int, mark: str) -> None:
    """Write down that a result rests on what `content` gave when `mark` was taken."""
    _note("content", path, str(limit), mark or _UNEQUAL)


def today() -> str:
    """The day as YYYY-MM-DD: a result that depends on it holds for that day only."""
    answer = _today()
    _note("today", "", "", answer)
    return answer


def ask(question: Question) -> str:
    """The answer as of now, in the form in which it is written down."""
    kind, path, detail = question
    try:
        if kind == "content":
            return digest(_content(path, int(detail)))
        if kind == "names":
            return _digest_of(_names(path, tuple(detail.split("|"))))
        if kind in ("file", "folder", "link"):
            test = os.path.isfile if kind == "file" else os.path.isdir if kind == "folder" else os.path.islink
            return "1" if test(path) else "0"
        if kind == "real":
            return os.path.realpath(path)
        if kind == "home":
            return os.path.expanduser(path)
        if kind == "tree":
            return _digest_of(_tree(path, tuple(detail.split("|"))))
        if kind == "today":
            return _today()
    except OSError as error:
        return _failed(error)
    except TooLarge as error:
        return f"size {error.size}"
    raise ValueError(kind)


def paths(questions: Iterable[Question]) -> Iterator[str]:
    """The files and folders that were asked about."""
    return (path for kind, path, _ in questions if kind not in ("today", "home"))


def _note(kind: str, path: str, detail: str, answer: str) -> None:
    if _recording is not None:
        known = _recording.setdefault((kind, path, detail), answer)
        if known != answer:
            _recording[(kind, path, detail)] = _UNEQUAL


def _names(folder: str, endings: tuple[str, ...]) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.endswith(endings))


def _tree(folder: str, skipped: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in skipped)
        prefix = os.path.relpath(at, folder).replace(os.sep, "/") + "/" if at != folder else ""
        found += [prefix + name for name in files]
        if len(found) > TREE_LIMIT:
            break
    return sorted(found)


def _content(path: str, limit: int) -> bytes:
    state = os.stat(path)
    # A pipe would keep us waiting for ever; what a shell makes of <(a command) is meant.
    if not S_ISREG(state.st_mode) and not S_ISDIR(state.st_mode) and not path.startswith("/dev/"):
        raise OSError(EINVAL, "it is a pipe or a device, not a file")
    size = state.st_size
    if size > limit:
        raise TooLarge(size)
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:  # it grew, or is no ordinary file
        raise TooLarge(len(data))
    return data


def _today() -> str:
    import time

    return time.strftime("%Y-%m-%d")


def _failed(error: OSError) -> str:
    return f"error {error.errno}"


def _digest_of(found: Sequence[str]) -> str:
    return digest("\0".join(found).encode("utf-8", "surrogateescape"))
