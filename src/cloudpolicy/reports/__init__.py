"""Reports: a finished Report in, text in one format out. They decide nothing.

One module per format, each with one function `render(report, style) -> str`; a module is imported when its format is asked for.
"""

from __future__ import annotations

import os

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Report
    from cloudpolicy.texts import Language

# name -> module
_MODULES = {
    "text": "text",
    "json": "json_v1",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "gitlab": "gitlab",
    "azure-devops": "azure_devops",
    "markdown": "markdown",
}

FORMATS = tuple(_MODULES)

# File ending -> name; the longest that fits decides. "github" and "azure-devops" have none: annotations are read from standard output only.
_ENDINGS = {
    ".json": "json",
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".codequality.json": "gitlab",
    "gl-code-quality-report.json": "gitlab",
    ".xml": "junit",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
}


class Style:
    """How a report looks, never what it says.

    lang         "ja" or "en"
    color        ANSI colours (text only)
    width        columns of the terminal (text only)
    show_passed  list what passes as well, where the report holds it
    unicode      False for a console that cannot show all of Unicode (cp932): plain ASCII marks, escaped JSON
    verbose      also list what was left out, the estates and the parameters
    """

    __slots__ = ("color", "lang", "show_passed", "unicode", "verbose", "width")

    def __init__(
        self,
        lang: Language = "en",
        color: bool = False,
        width: int = 100,
        show_passed: bool = False,
        unicode: bool = True,
        verbose: bool = False,
    ) -> None:
        self.lang: Language = lang
        self.color = color
        self.width = width
        self.show_passed = show_passed
        self.unicode = unicode
        self.verbose = verbose


class UnknownFormat(ValueError):
    """No format of this name or for this file ending; `text` says so in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def format_of(path: str) -> str:
    """The name of the format that `path` asks for by its ending; raises UnknownFormat."""
    name = os.path.basename(path).lower()
    fitting = [ending for ending in _ENDINGS if name.endswith(ending)]
    if not fitting:
        known = ", ".join(_ENDINGS)
        raise UnknownFormat(
            Text(
                f"{path}: no report format has this file ending; use one of {known}",
                f"{path}: この拡張子に対応する出力形式がありません。{known} のいずれかを使ってください",
            )
        )
    return _ENDINGS[max(fitting, key=len)]


def render(name: str, report: Report, style: Style) -> str:
    """The report as text in the format `name` (one of FORMATS); raises UnknownFormat."""
    if name not in _MODULES:
        known = ", ".join(FORMATS)
        raise UnknownFormat(
            Text(
                f"there is no report format '{name}'; use one of {known}",
                f"出力形式 '{name}' はありません。{known} のいずれかを使ってください",
            )
        )
    from importlib import import_module

    text: str = import_module(f"cloudpolicy.reports.{_MODULES[name]}").render(report, style)
    return text


def write(path: str, text: str) -> None:
    """Write `text` to `path` whole or not at all: UTF-8, newlines as they are. Raises OSError.

    A lone surrogate, which a JSON template can hold, is written as \\udXXX: still readable, and still right in JSON.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = os.path.realpath(path)  # a link stays a link
    if os.path.exists(path) and not os.path.isfile(path):  # a device or pipe cannot be replaced, only written to
        with open(path, "wb") as file:
            file.write(data)
        return
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
