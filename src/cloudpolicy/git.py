"""What a commit removes: a hook is told which files were written, and nothing of those, or of that, which is gone.

git is only asked about its index and its commits; nothing of the user's is written, and no hook, filter, pager or network runs.
"""

from __future__ import annotations

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NAMES = ["--name-only", "-z"]
_SOURCE_LINE = '(^|[^a-z_])source"?[[:space:]]*[=:]'  # in git's own regular expressions
_SOURCE = rb'source"?\s*[=:]\s*"(\.\.?/[^"]*)"'
_MOST = 30  # files that are looked into one by one


class Commit:
    """The commit at hand, or what is pushed. What it removes is asked at once, and answered while other work is done.

    failed  whether git was asked about its own repository and had no answer
    """

    __slots__ = ("_ask", "_removed", "_said", "_top", "failed")

    def __init__(self, top: str, environment: Mapping[str, str]) -> None:
        """pre-commit's --from-ref and --to-ref (a push, a CI run) are known by the variables that it sets."""
        since, until = environment.get("PRE_COMMIT_FROM_REF", ""), environment.get("PRE_COMMIT_TO_REF", "")
        pushed = since and until and not since.startswith("-")

        def ask(options: list[str], *paths: str) -> Callable[[], bytes | None]:
            def put(between: str) -> Callable[[], bytes | None]:
                words = ["diff", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", *options, between, "--", *paths]
                return _ask(["git", "-c", "core.fsmonitor=false", "-C", top, *words], environment)

            said = put(f"{since}...{until}" if pushed else "--cached")

            def wait() -> bytes | None:
                answer = said()
                # Without a common commit pre-commit compares the two themselves, and so do we.
                return put(f"{since}..{until}")() if answer is None and pushed else answer

            return wait

        self.failed = False
        self._top = top
        self._ask = ask
        self._removed: list[str] | None = None
        self._said = ask([*_NAMES, "--diff-filter=D"])

    def removed(self) -> list[str]:
        """Absolute paths of the files that it removes or renames away; none where git cannot tell."""
        if self._removed is None:
            self._removed = self._files(self._said())
        return self._removed

    def took_out(self, word: str, name: str) -> list[str]:
        """Absolute paths of the files called `name` that hold `word` more or less often than before."""
        return self._files(self._ask([*_NAMES, f"-S{word}"], f":(top,glob)**/{name}")())

    def calls_taken_out(self) -> list[str] | None:
        """The folders of modules that Terraform called until now, by lines that are gone; None where they are too many to tell."""
        lines = self._lines_taken_out(_SOURCE_LINE, "*.tf", "*.tf.json")
        if lines is None:
            return None
        return [
            os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(source)))
            for path, line in lines
            for source in re.findall(_SOURCE, line)
        ]

    def templates_taken_out(self, endings: Sequence[str]) -> list[bytes] | None:
        """The lines that named a template (a file with one of `endings`) in another one, and are gone; None where they are too many to tell."""
        names = "|".join(ending[1:] for ending in endings)
        lines = self._lines_taken_out(rf"[.]({names})([^a-z]|$)", *(f"*{ending}" for ending in endings))
        return None if lines is None else [line for _, line in lines]

    def _lines_taken_out(self, pattern: str, *paths: str) -> list[tuple[str, bytes]] | None:
        """(file, line) of the lines that are gone from files in which lines of this pattern came or went; None where those are too many."""
        changed = self._files(self._ask([*_NAMES, f"-G{pattern}"], *(f":(top){path}" for path in paths))())
        if len(changed) > _MOST:
            return None
        gone = []
        for path in changed:
            name = os.path.relpath(path, self._top).replace(os.sep, "/")
            said = self._ask(["--unified=0"], f":(top,literal){name}")()
            self.failed = self.failed or said is None
            gone += [(path, line) for line in (said or b"").split(b"\n") if line[:1] == b"-"]
        return gone

    def _files(self, said: bytes | None) -> list[str]:
        self.failed = self.failed or (said is None and os.path.exists(os.path.join(self._top, ".git")))
        names = os.fsdecode(said or b"").split("\0")
        return [os.path.join(self._top, *name.split("/")) for name in names if name]


def _ask(command: list[str], environment: Mapping[str, str]) -> Callable[[], bytes | None]:
    """Start a command; what is returned waits for its standard output: None when it fails, nothing when there is no such program.

    Importing subprocess would take longer than git does.
    """
    environment = {**environment, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    if sys.platform == "win32":
        import subprocess

        try:
            started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        except OSError:
            return bytes

        def wait() -> bytes | None:
            said = started.communicate()[0]
            return said if started.returncode == 0 else None

        return wait
    read, write = os.pipe()
    try:
        null = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        process = os.posix_spawnp(command[0], command, environment, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1), null])
    except OSError:
        os.close(read)
        return bytes
    finally:
        os.close(write)

    def read_all() -> bytes | None:
        with os.fdopen(read, "rb") as output:
            said = output.read()
        _, status = os.waitpid(process, 0)
        return said if status == 0 else None

    return read_all
