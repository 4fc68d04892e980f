"""`cloudpolicy hook`: given changed files, judges everything that they belong to, and reports what they concern."""

from __future__ import annotations

import os

from cloudpolicy import config as configuration
from cloudpolicy.cli import Parser, complain, options, reporting, scan
from cloudpolicy.cli.options import Option
from cloudpolicy.config import ConfigError
from cloudpolicy.model import Diagnostic
from cloudpolicy.scan import Request, Scanner, common_folder, discovered, finish
from cloudpolicy.sources.discovery import TEMPLATE_ENDINGS
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy import git
    from cloudpolicy.sources import Unit
    from cloudpolicy.sources.discovery import Discovery


TEMPLATES = (*TEMPLATE_ENDINGS, ".bicep")
_BY_LINE = ("text", "github", "azure-devops")  # formats of which several may follow one another
_UNTOLD = Diagnostic(
    "error",
    "git-failed",
    Text(
        "git did not tell which files the commit removes, so what they concern was not judged; look what `git diff --cached` says",
        "コミットで削除されるファイルを git から取得できず、その影響を検査できていません。`git diff --cached` の出力を確認してください",
    ),
)

OPTIONS = (
    Option(
        "files",
        "FILE",
        "files that changed; those that the commit removes are found by git",
        "変更されたファイル(コミットで削除されるものは git から取得)",
        nargs="*",
    ),
    *(option for option in scan.OPTIONS if option not in (options.PATHS, options.SINCE)),
)
STATUS = options.FINDINGS


def main(given: Namespace, parser: Parser) -> int:
    import time

    from cloudpolicy import git

    started = time.perf_counter()
    outputs = reporting.outputs(given, parser)
    files = [os.path.abspath(file) for file in given.files]
    top = _top(files, parser)
    commit = git.Commit(top, os.environ)
    if not files and not commit.removed() and not commit.failed:
        return 0
    try:
        request = _request(given, parser, top, files)
        scanner = Scanner(request)
        found = discovered(scanner)
        units = list(found.units)
        groups = {request.config.file: found} if given.config else _by_configuration(found, request)
        if len(groups) > 1 and (given.output or given.format not in _BY_LINE):
            option = "--output" if given.output else f"--format {given.format}"
            several = ", ".join(sorted(os.path.relpath(file, top) for file in groups if file))
            parser.fail(
                f"{option} wants one configuration, and the folders have several ({several}); name one with --config",
                f"{option} は設定ファイルが 1 つのときだけ使えます({several})。--config で指定してください",
            )
        files += commit.removed()
        reopened = request.reopened = _reopened(commit, files, units)
        statuses, told = [], False
        for number, (file, part) in enumerate(groups.items(), 1):
            if file != request.config.file:
                given.config = file
                request = _request(given, parser, top, files)
                request.reopened = reopened
                scanner = Scanner(request)
            report = finish(scanner, part, None if given.quiet else reporting.progress(parser))
            if (
                report.estates or report.findings or report.diagnostics or (number == len(groups) and not told)
            ):  # a report on nothing once at most
                statuses.append(reporting.deliver(report, request.config, given, parser, outputs, started))
                told = True
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    if commit.failed:
        return max(*statuses, complain(_UNTOLD, parser.language))
    return max(statuses)


def _reopened(commit: git.Commit, files: list[str], units: list[Unit]) -> list[str]:
    """What the commit makes something else of by what it takes out of other files: see scan.Request."""
    found: list[str] = []
    # A pyproject.toml may have been the configuration until now; elsewhere the file's name says so.
    if any(os.path.basename(file) == "pyproject.toml" for file in files):
        found += map(os.path.dirname, commit.took_out("[tool.cloudpolicy", "pyproject.toml"))
    # A module that nobody calls any more is a root module from now on, and so it is with a template that nobody deploys any more.
    terraform = {os.path.dirname(file) for file in files if file.endswith((".tf", ".tf.json"))}
    others = {unit.path for unit in units if unit.kind == "hcl"} - terraform
    if others and terraform:
        called = commit.calls_taken_out()
        found += [folder for folder in others if called is None or folder in called]
    templates = {unit.path for unit in units if unit.kind not in ("hcl", "plan")} - set(files)
    if templates and any(file.lower().endswith(TEMPLATES) for file in files):
        lines = commit.templates_taken_out(TEMPLATES)
        found += [path for path in templates if lines is None or any(os.fsencode(os.path.basename(path)) in line for line in lines)]
    return found


def _request(given: Namespace, parser: Parser, top: str, files: list[str]) -> Request:
    request = scan.which_baseline(scan.set_running(scan.request_of(given, parser, [top]), given), given, parser)
    request.changed = files
    return request


def _top(files: list[str], parser: Parser) -> str:
    """The repository that the working directory is in, where the files are; else the one that they are in. Ends for files of more than one."""
    here = _repository(os.getcwd())
    inside = [_is_in(file, here or os.getcwd()) for file in files]
    if all(inside):
        return here or os.getcwd()
    folder = common_folder([file if os.path.isdir(file) else os.path.dirname(file) for file in files])
    found = _repository(folder)
    if found is None and (any(inside) or os.path.dirname(folder) == folder):  # everything that stands between was not asked for
        parser.fail(
            "the files belong to more than one repository; give one repository's files at a time",
            "ファイルが複数のリポジトリにまたがっています。リポジトリごとに指定してください",
        )
    return found or folder


def _repository(folder: str) -> str | None:
    """The nearest folder from here upwards that is a git repository."""
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def _is_in(file: str, folder: str) -> bool:
    return file == folder or file.startswith(folder.rstrip(os.sep) + os.sep)


def _by_configuration(found: Discovery, request: Request) -> dict[str | None, Discovery]:
    """What was discovered, by the configuration nearest to it: a hook judges a folder as `cloudpolicy scan FOLDER` does."""
    from cloudpolicy.sources.discovery import Discovery

    groups: dict[str | None, Discovery] = {request.config.file: found}
    units, found.units = found.units, []
    nearest: dict[str, str | None] = {}  # of templates that stand in one folder
    for unit in units:
        folder = unit.path if unit.kind == "hcl" else os.path.dirname(unit.path)
        if folder not in nearest:
            nearest[folder] = configuration.find(folder)
        file = nearest[folder]
        if file not in groups:
            groups[file] = Discovery()
        groups[file].units.append(unit)
    return groups
