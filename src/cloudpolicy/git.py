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
    """The question is put at once, and answered while other work is done."""

    __slots__ = ("_files", "_said", "_top")

    def __init__(self, top: str, environment: Mapping[str, str]) -> None:
        """pre-commit's --from-ref and --to-ref (a push, a CI run) are known by the variables that it sets."""
        since, until = environment.get("PRE_COMMIT_FROM_REF", ""), environment.get("PRE_COMMIT_TO_REF", "")
        between = [f"{since}...{until}"] if since and until and not since.startswith("-") else ["--cached"]
        words = ["diff", "--name-only", "--no-renames", "--diff-filter=D", "--no-ext-diff", "-z", *between, "--"]
        self._top = top
        self._files: list[str] | None = None
        self._said = _ask(["git", "-c", "core.fsmonitor=false", "-C", top, *words], environment)

    def files(self) -> list[str]:
        """Absolute paths of the files that the commit at hand removes or renames away; none where git cannot tell."""
        if self._files is None:
            names = os.fsdecode(self._said()).split("\0")
            self._files = [os.path.join(self._top, *name.split("/")) for name in names if name]
        return self._files


def _ask(command: list[str], environment: Mapping[str, str]) -> Callable[[], bytes]:
    """Start a command; what is returned waits for its standard output, which is nothing when it fails.

    Importing subprocess would take longer than git does.
    """
    environment = {**environment, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    if sys.platform == "win32":
        import subprocess

        try:
            started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        except OSError:
            return bytes

        def wait() -> bytes:
            said = started.communicate()[0]
            return said if started.returncode == 0 else b""

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

    def read_all() -> bytes:
        with os.fdopen(read, "rb") as output:
            said = output.read()
        _, status = os.waitpid(process, 0)
        return said if status == 0 else b""

    return read_all
