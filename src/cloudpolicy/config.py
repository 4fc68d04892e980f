"""The configuration: `cloudpolicy.toml`, or `[tool.cloudpolicy]` in pyproject.toml. What no template says, per path.

Every unknown key or wrong value is an error with file and line: a gate that silently ignores a setting is not a gate.
"""

from __future__ import annotations

import os

from cloudpolicy import places
from cloudpolicy.findings import SEVERITIES
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cache.entries import Entries

NAME = "cloudpolicy.toml"
# key -> (type, allowed values, default); those with True may also stand in a [[paths]] table
_KEYS: dict[str, tuple[type, tuple[str, ...], Any, bool]] = {
    "profile": (str, (), "baseline", False),
    "select": (list, (), [], False),
    "ignore": (list, (), [], False),
    "fail_on": (str, SEVERITIES, "low", False),
    "strict": (bool, (), False, False),
    "lang": (str, ("ja", "en"), None, False),
    "exclude": (list, (), [], False),
    "missing_modules": (str, ("error", "warning"), "error", False),
    "region": (str, (), None, True),
    "workspace": (str, (), "default", True),
    "var_files": (list, (), [], True),
    "parameter_files": (list, (), [], True),
    "scope": (str, ("stack", "account"), "stack", True),
    "data_class": (str, ("sensitive", "internal", "public"), "sensitive", True),
    "availability": (str, ("24x7", "standard"), "standard", True),
    "parameters": (dict, (), {}, True),
    "profiles": (dict, (), {}, False),
    "waiver_max_days": (int, (), 365, False),
}


class ConfigError(Exception):
    """The configuration cannot be used; `diagnostic` says where and what to do."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.text.en)
        self.diagnostic = diagnostic


class Config:
    """The values in force, and which were written.

    folder  what paths in the file are relative to
    values  key -> value for every key of _KEYS
    paths   [[paths]] tables in order: {"path": glob, key: value …}; the last that matches an estate wins, key by key
    """

    __slots__ = ("file", "folder", "paths", "values")

    def __init__(
        self, folder: str, file: str | None = None, values: dict[str, Any] | None = None, paths: list[dict[str, Any]] | None = None
    ) -> None:
        self.folder = folder
        self.file = file
        self.values = {key: default for key, (_, _, default, _) in _KEYS.items()} | (values or {})
        self.paths = paths or []

    def at(self, root: str) -> dict[str, Any]:
        """The values for the estate at `root`, with the matching [[paths]] tables laid over."""
        values = self.values
        for table in self.paths:
            if _matches(table["path"], root, self.folder):
                parameters = {**values["parameters"], **table.get("parameters", {})}
                values = {**values, **table, "parameters": parameters}
        return values

    def lay_over(self, words: dict[str, Any]) -> None:
        """What the command line says wins over the file, also over its [[paths]] tables."""
        self.values.update(words)
        for table in self.paths:
            for key in words:
                table.pop(key, None)

    def absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self.folder, path))


def _matches(pattern: str, root: str, folder: str) -> bool:
    """Glob over the path relative to the configuration; a folder's name also stands for everything below it."""
    import fnmatch

    relative = os.path.relpath(root, folder).replace(os.sep, "/")
    pattern = pattern.strip("/").removeprefix("./")
    return fnmatch.fnmatch(relative, pattern) or fnmatch.fnmatch(relative, pattern.removesuffix("/**") + "/*") or pattern in (".", "**")


def find(start: str) -> str | None:
    """The nearest cloudpolicy.toml (or pyproject.toml with our table) from `start` upwards, not above a repository's top."""
    start = os.path.abspath(start)
    for folder in places.upwards(start if os.path.isdir(start) else os.path.dirname(start)):
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return path
        path = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(path):
            with open(path, "rb") as file:
                if b"[tool.cloudpolicy" in file.read():
                    return path
    return None


def load(path: str, kept: Entries | None = None) -> Config:
    """The configuration in `path`; raises ConfigError. `kept` spares parsing a text that an earlier run parsed."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise _error(path, 1, f"cannot be read: {error.strerror}", f"読み取れません: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _error(path, 1, "is not UTF-8; save it as UTF-8", "UTF-8 ではありません。UTF-8 で保存し直してください") from None
    table = _table(path, text, kept)
    if os.path.basename(path) == "pyproject.toml":
        table = table.get("tool", {}).get("cloudpolicy", {})
    paths = table.pop("paths", [])
    values = _checked(table, path, text, False)
    if not isinstance(paths, list) or not all(isinstance(item, dict) for item in paths):
        raise _error(path, _line(text, "paths"), "`paths` is a list of tables: write [[paths]]", "`paths` は [[paths]] と書いてください")
    tables = []
    for item in paths:
        pattern = item.pop("path", None)
        if not isinstance(pattern, str):
            raise _error(path, _line(text, "paths"), "every [[paths]] table needs `path`", "[[paths]] には `path` が必要です")
        tables.append({"path": pattern, **_checked(item, path, text, True)})
    return Config(os.path.dirname(os.path.abspath(path)), path, values, tables)


def _table(path: str, text: str, kept: Entries | None) -> dict[str, Any]:
    """The TOML of `text`; raises ConfigError. What is kept is as good as parsed: it is found by the text itself, and checked like it."""
    key = ""
    if kept is not None:
        from cloudpolicy.cache.entries import key_of

        key = key_of("toml", text)
        known = kept.load(key)
        if type(known) is dict:
            return known
    import tomllib

    try:
        table = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        line = _line_of_error(str(error), text)
        raise _error(path, line, f"is not valid TOML: {error}", f"TOML の構文エラー: {error}") from None
    if kept is not None:
        kept.keep(key, table)
    return table


def restored(values: dict[str, Any], tables: list[dict[str, Any]], folder: str, source: str) -> Config:
    """A configuration from values that were written down; `source` is the file that holds them. Raises ConfigError as `load` does."""
    given = _checked({key: value for key, value in values.items() if value is not None}, source, "", False)
    paths = []
    for table in tables:
        pattern = table.get("path")
        if not isinstance(pattern, str):
            raise _error(source, 1, "every [[paths]] table needs `path`", "[[paths]] には `path` が必要です")
        paths.append({"path": pattern, **_checked({key: value for key, value in table.items() if key != "path"}, source, "", True)})
    return Config(folder, None, given, paths)


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of cloudpolicy.toml, for editors that check TOML."""
    names = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}

    def properties(in_paths: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, (kind, allowed, _, per_path) in _KEYS.items():
            if per_path or not in_paths:
                found[key] = {"type": names[kind]} | ({"enum": list(allowed)} if allowed else {})
                if kind is list:
                    found[key]["items"] = {"type": "string"}
                if kind is int:
                    found[key]["minimum"] = 1
        return found

    table = {
        "type": "object",
        "required": ["path"],
        "properties": {"path": {"type": "string"}, **properties(True)},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cloudpolicy configuration",
        "type": "object",
        "properties": {**properties(False), "paths": {"type": "array", "items": table}},
        "additionalProperties": False,
    }


def _checked(table: dict[str, Any], path: str, text: str, in_paths: bool) -> dict[str, Any]:
    known = [key for key, (_, _, _, per_path) in _KEYS.items() if per_path or not in_paths]
    for key, value in table.items():
        line = _line(text, key)
        if key not in known:
            import difflib

            near = difflib.get_close_matches(key, known, 1)
            hint, hint_ja = (f"; did you mean `{near[0]}`?", f"。`{near[0]}` ではありませんか") if near else ("", "")
            names = ", ".join(known)
            raise _error(
                path, line, f"there is no setting `{key}`{hint} (settings: {names})", f"設定 `{key}` はありません{hint_ja}(設定: {names})"
            )
        kind, allowed, _, _ = _KEYS[key]
        fits = isinstance(value, kind) if kind is not int else type(value) is int and value > 0  # True is an int, too
        if not fits or (isinstance(value, list) and not all(isinstance(item, str) for item in value)):
            wanted = {list: "a list of strings", str: "text", bool: "true or false", int: "a whole number above 0", dict: "a table"}[kind]
            raise _error(path, line, f"`{key}` wants {wanted}, not {value!r}", f"`{key}` の値 {value!r} は使えません(型が違います)")
        if allowed and value not in allowed:
            options = ", ".join(allowed)
            raise _error(
                path, line, f"`{key}` wants one of {options}, not {value!r}", f"`{key}` は {options} のいずれかです({value!r} は使えません)"
            )
    return table


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().lstrip("[").lstrip().startswith(key) or f".{key}" in line.split("=")[0]:
            return number
    return 1


def _line_of_error(message: str, text: str) -> int:
    if "end of document" in message:
        return len(text.splitlines()) or 1
    digits = "".join(c for c in message.partition("line ")[2].split(",")[0] if c.isdigit())
    return int(digits) if digits else 1


def _error(path: str, line: int, en: str, ja: str) -> ConfigError:
    return ConfigError(
        Diagnostic("error", "invalid-config", Text(f"configuration: {en}", f"設定ファイル: {ja}"), Span(os.path.abspath(path), line))
    )
