"""What a commit removes: git tells a hook which files were written, and says nothing of those that are gone.

git is only asked about its index and its commits; nothing of the user's is written, and no hook, filter, pager or network runs.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Removed:
    """The question is put at once, and answered while other work is done.

    failed  after `files`: whether git was asked about its own repository and had no answer
    """

    __slots__ = ("_again", "_files", "_said", "_top", "failed")

    def __init__(self, top: str, environment: Mapping[str, str]) -> None:
        """pre-commit's --from-ref and --to-ref (a push, a CI run) are known by the variables that it sets."""
        since, until = environment.get("PRE_COMMIT_FROM_REF", ""), environment.get("PRE_COMMIT_TO_REF", "")
        pushed = since and until and not since.startswith("-")

        def ask(between: str) -> Callable[[], bytes | None]:
            words = ["diff", "--name-only", "--no-renames", "--diff-filter=D", "--no-ext-diff", "-z", between, "--"]
            return _ask(["git", "-c", "core.fsmonitor=false", "-C", top, *words], environment)

        self.failed = False
        self._top = top
        self._files: list[str] | None = None
        self._said = ask(f"{since}...{until}" if pushed else "--cached")
        # Without a common commit pre-commit compares the two themselves, and so do we.
        self._again = (lambda: ask(f"{since}..{until}")()) if pushed else None

    def files(self) -> list[str]:
        """Absolute paths of the files that the commit at hand removes or renames away; none where git cannot tell."""
        if self._files is None:
            said = self._said()
            if said is None and self._again is not None:
                said = self._again()
            self.failed = said is None and os.path.exists(os.path.join(self._top, ".git"))
            names = os.fsdecode(said or b"").split("\0")
            self._files = [os.path.join(self._top, *name.split("/")) for name in names if name]
        return self._files


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
