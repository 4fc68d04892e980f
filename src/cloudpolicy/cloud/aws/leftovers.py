"""What a preview makes in the account for asking, and its end: deleted whatever happens, or told with the command that deletes it.

Ctrl-C and SIGTERM (a cancelled CI job) end the question, not the tidying. A second one ends that too, and what is left is told.
"""

from __future__ import annotations

import contextlib
import signal
import threading

from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

_UNCERTAIN = ("no-connection", "service-error")  # after these it may have been made all the same
_GONE = ("no-such-stack", "no-such-change-set", "no-such-bucket")


class Leftovers:
    """The things made so far. `what` names one in both languages, `command` is how a person deletes it."""

    def __init__(self) -> None:
        self._made: list[tuple[Text, str, Callable[[], None]]] = []

    def make(self, what: Text, command: str, delete: Callable[[], None], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The answer of `make`. What it makes is deleted by `delete` later, also where nobody knows whether it was made."""
        self._made.append((what, command, delete))
        try:
            return make()
        except CloudError as error:
            if error.diagnostic.code not in _UNCERTAIN:  # refused
                self._made.pop()
            raise

    def delete(self) -> list[Diagnostic]:
        """Delete everything, the last first; one error for each thing that is, or may be, still there."""
        remaining: list[Diagnostic] = []
        interrupted = False
        while self._made:
            what, command, delete = self._made.pop()
            why = Text("interrupted", "中断されました")
            try:
                if not interrupted:
                    delete()
                    continue
            except CloudError as error:
                if error.diagnostic.code in _GONE:
                    continue
                why = error.diagnostic.text
            except KeyboardInterrupt:
                interrupted = True
            remaining.append(
                Diagnostic(
                    "error",
                    "left-behind",
                    Text(
                        f"{what.en} could not be deleted and may still be there ({why.en}); delete it: {command}",
                        f"{what.ja}を削除できませんでした。残っている可能性があります({why.ja})。次のコマンドで削除してください: {command}",
                    ),
                )
            )
        return remaining


@contextlib.contextmanager
def tidied() -> Iterator[Leftovers]:
    """Leftovers for the block. When the block fails and something is left, the error that is raised says both."""
    left = Leftovers()
    with _terminable():
        try:
            yield left
        except BaseException as error:
            remaining = left.delete()
            if not remaining:
                raise
            told = [one.text for one in remaining]
            if isinstance(error, CloudError):
                told.insert(0, error.diagnostic.text)
            raise CloudError("left-behind", "; ".join(text.en for text in told), "。".join(text.ja for text in told)) from None


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM is heard as Ctrl-C is."""
    if threading.current_thread() is not threading.main_thread():  # only there signals can be handled
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
