"""The repository as it was where a branch began: exported into a temporary folder, for a second scan that tells what a change brings.

Objects are read straight from git's store: no hook, no filter and no network runs, and neither the user's tree nor the index is touched.
"""

from __future__ import annotations

import os
import subprocess

from cloudpolicy.config import Config, ConfigError
from cloudpolicy.findings import WAIVERS, recognise
from cloudpolicy.model import Diagnostic
from cloudpolicy.scan import Request, run
from cloudpolicy.sources.files import PLAN_LIMIT
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudpolicy.findings import Report

_LINK, _FILE, _SUBMODULE = "120000", "100", "160000"  # git's modes
_OF_A_HOOK = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"})
_MODULES = os.path.join(".terraform", "modules")


class MergeBase:
    """Where HEAD left another branch.

    top     the repository's folder, as the scanned paths spell it
    commit  full id of the merge base
    """

    __slots__ = ("commit", "top")

    def __init__(self, top: str, commit: str) -> None:
        self.top = top
        self.commit = commit


def merge_base(paths: Sequence[str], reference: str) -> MergeBase:
    """The merge base of `reference` and HEAD in the repository that holds all of `paths` (absolute); raises ConfigError."""
    tops = {_top(path) for path in paths}
    if len(tops) > 1:
        raise _error(
            "the paths lie in different git repositories; scan one repository at a time",
            "指定したパスが別々の git リポジトリにあります。リポジトリごとに検査してください",
        )
    top = tops.pop()
    commit = git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", reference + "^{commit}")
    if commit is None:
        raise _unreachable(
            top,
            f"git knows no commit {reference!r}",
            f"git に {reference!r} というコミットがありません",
            "name a branch, tag or commit that is here, such as origin/main",
            "origin/main など、手元にあるブランチ・タグ・コミットを指定してください",
        )
    if git(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
        raise _error("HEAD has no commit yet; commit first", "HEAD にまだコミットがありません。先にコミットしてください")
    base = git(top, "merge-base", commit.strip(), "HEAD")
    if base is None:
        raise _unreachable(
            top,
            f"HEAD and {reference!r} have no common commit",
            f"HEAD と {reference!r} に共通のコミットがありません",
            "name the branch that this one began from",
            "分岐元のブランチを指定してください",
        )
    return MergeBase(top, base.strip())


def report_at(base: MergeBase, request: Request) -> Report | None:
    """What the same scan finds at the merge base: today's configuration, yesterday's files. None when none of the paths existed then."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
        then = request_at(base, request, os.path.realpath(folder))
        return None if then is None else run(then)


def tell_apart(report: Report, request: Request, reference: str) -> None:
    """Mark as known, in place, what the same scan finds at the merge base of `reference` and HEAD, too. Raises ConfigError."""
    base = merge_base(request.paths, reference)
    report.run["since"] = {"reference": reference, "merge_base": base.commit}
    before = report_at(base, request)
    if before is None:
        return
    from cloudpolicy.baseline import Baseline, matching, writing

    # What stood there is as good as a baseline of that day: a folder or template that was renamed since is recognised, too.
    stood = {os.path.normpath(os.path.join(base.top, os.path.relpath(estate.root, before.project))) for estate in before.estates}
    then = Baseline(os.path.join(base.top, base.commit), writing.entries_of(before, before.project))
    matching.recognised(report, [then], stood=stood)
    # A waiver that had run out there already is not this change's doing, either.
    told = {(finding.fingerprint, finding.verdict) for finding in before.findings if finding.format == WAIVERS}
    recognise((finding for finding in report.findings if finding.format == WAIVERS), lambda finding: told)
    unread = sum(diagnostic.severity == "error" for diagnostic in before.diagnostics)
    if unread:
        text = Text(
            f"--since: {unread:,} problem{'' if unread == 1 else 's'} kept the merge base from being read whole; what stood there counts as new",
            f"--since: マージベースに読み取れない箇所が {unread:,} 件あります。そこにあった指摘は新規として扱います",
        )
        report.diagnostics.append(Diagnostic("warning", "merge-base-unread", text))


def request_at(base: MergeBase, request: Request, folder: str) -> Request | None:
    """The request that scans the merge base, which is exported below `folder` (an empty one); None when no path of it existed."""
    config = request.config
    # Where the configuration stands above the repository its globs begin above it, too.
    above = os.path.relpath(base.top, config.folder) if _holds(config.folder, base.top) else "."
    target = os.path.normpath(os.path.join(folder, above))
    os.makedirs(target, exist_ok=True)
    export(base, target)

    def then(path: str) -> str:
        return os.path.normpath(os.path.join(target, os.path.relpath(path, base.top))) if _holds(base.top, path) else path

    def then_or_now(path: str) -> str:  # a generated variable file is no part of the history
        moved = then(config.absolute(path))
        return moved if os.path.exists(moved) else config.absolute(path)

    values = dict(config.values)
    tables = [dict(table) for table in config.paths]
    for table in (values, *tables):
        for key in ("var_files", "parameter_files"):
            if key in table:
                table[key] = [then_or_now(path) for path in table[key]]
    root = folder if above != "." else then(config.folder)
    moved = Config(root, config.file, values, tables)
    paths = [path for path in map(then, request.paths) if os.path.exists(path)]
    return (
        None if not paths else Request(paths, moved, request.environment, request.policies, jobs=request.jobs, day=request.day, baseline="")
    )


def export(base: MergeBase, target: str) -> None:
    """Write the files of the merge base to `target`, and beside each folder's the modules that `terraform init` has fetched into it since.

    Submodules that are on disk come along, where they have the commit that was in use then. Regular files come first and links last, so that
    nothing is ever written through a link. Raises ConfigError.
    """
    os.mkdir(os.path.join(target, ".git"))  # the project's top, for whoever looks for it
    files, links = [], []
    for mode, identity, size, path in _tree(base):
        if mode == _SUBMODULE:
            _export_submodule(MergeBase(os.path.join(base.top, *path.split("/")), identity), os.path.join(target, *path.split("/")))
        elif mode == _LINK:
            links.append((identity, path))
        elif mode.startswith(_FILE) and size <= PLAN_LIMIT:
            files.append((identity, path))
    for (_, path), data in zip(files, _blobs(base, [identity for identity, _ in files]), strict=True):
        _write(target, path, data)
    _fetched_modules(base.top, target, {os.path.dirname(path) for _, path in files if path.endswith((".tf", ".tf.json"))})
    for (_, path), data in zip(links, _blobs(base, [identity for identity, _ in links]), strict=True):
        name = os.path.join(target, *path.split("/"))
        try:
            os.makedirs(os.path.dirname(name), exist_ok=True)
            os.symlink(data, os.fsencode(name))
        except OSError:  # Windows without the right to make links: git itself writes the link's text there
            _write(target, path, data)


def _export_submodule(base: MergeBase, target: str) -> None:
    there = os.path.exists(os.path.join(base.top, ".git")) and not os.path.islink(base.top)
    if there and git(base.top, "cat-file", "-e", base.commit + "^{commit}") is not None:
        os.makedirs(target)
        export(base, target)


def _write(target: str, path: str, data: bytes) -> None:
    name = os.path.join(target, *path.split("/"))
    try:
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "xb") as file:
            file.write(data)
    except FileExistsError:  # two names that this file system takes for one
        pass
    except OSError as error:
        raise _error(
            f"the merge base cannot be written to {target}: {error.strerror}", f"マージベースを {target} に展開できません: {error.strerror}"
        ) from None


def _fetched_modules(top: str, target: str, folders: set[str]) -> None:
    """`.terraform/modules` is no part of the history; without it every module of a registry would be missing at the merge base."""
    import shutil

    for folder in folders:
        source = os.path.join(top, *folder.split("/"), _MODULES)
        if os.path.isdir(source) and not os.path.islink(source):
            place = os.path.join(target, *folder.split("/"), _MODULES)
            shutil.copytree(source, place, symlinks=True, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True)


def _tree(base: MergeBase) -> Iterator[tuple[str, str, int, str]]:
    """(mode, object, size, path) of every entry whose path leads to a place below the top."""
    listed = git(base.top, "ls-tree", "-r", "-l", "-z", "--full-tree", base.commit)
    if listed is None:
        raise _unreachable(
            base.top, "the merge base cannot be listed", "マージベースの内容を一覧できません", "fetch it", "取得してください"
        )
    for entry in filter(None, listed.split("\0")):
        words, _, path = entry.partition("\t")
        mode, _, identity, size = words.split()
        parts = path.split("/")
        if not any(part in ("", ".", "..") or part.lower() == ".git" or (os.sep != "/" and os.sep in part) for part in parts):
            yield mode, identity, 0 if size == "-" else int(size), path


def _blobs(base: MergeBase, identities: list[str]) -> Iterator[bytes]:
    """The contents in the order asked for, one after another: never all of them in memory."""
    if not identities:
        return
    import tempfile

    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(identity + "\n" for identity in identities).encode())
        wanted.seek(0)
        with subprocess.Popen(
            ["git", "-C", base.top, "cat-file", "--batch"],
            stdin=wanted,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as process:
            output = process.stdout
            assert output is not None
            for _ in identities:
                words = output.readline().split()
                if len(words) != 3:
                    raise _unreachable(
                        base.top,
                        "a file of the merge base is not in this clone",
                        "マージベースのファイルがこのクローンにありません",
                        "clone without --filter",
                        "--filter を付けずにクローンしてください",
                    )
                data = output.read(int(words[2]))
                output.read(1)
                yield data


def _top(path: str) -> str:
    """The top of the repository that holds `path`, spelled as `path` is."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    prefix = git(folder, "rev-parse", "--show-prefix")
    if prefix is None:
        raise _error(
            f"{path} lies in no git repository that can be read; --since compares with its history"
            " (git's own word: run `git status` there)",
            f"{path} は読み取れる git リポジトリにありません。--since は履歴と比較します(詳細はそこで `git status` を実行して確認してください)",
        )
    for part in prefix.rstrip("\n").split("/"):
        if part:
            folder = os.path.dirname(folder)
    return folder


def _unreachable(top: str, en: str, ja: str, remedy: str, remedy_ja: str) -> ConfigError:
    """Something is missing from the history; in a shallow clone that is why."""
    if (git(top, "rev-parse", "--is-shallow-repository") or "").strip() == "true":
        remedy = "the clone is shallow: fetch the whole history (actions/checkout: fetch-depth: 0; git fetch --unshallow)"
        remedy_ja = "浅いクローンです。履歴全体を取得してください(actions/checkout では fetch-depth: 0、または git fetch --unshallow)"
    return _error(f"{en}; {remedy}", f"{ja}。{remedy_ja}")


def _error(en: str, ja: str) -> ConfigError:
    return ConfigError(Diagnostic("error", "no-merge-base", Text(f"--since: {en}", f"--since: {ja}")))


def git(folder: str, *words: str) -> str | None:
    """Standard output of a git command that only reads; None when it fails. Raises ConfigError without git."""
    try:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, env=_environment())
    except OSError:
        raise _error("git is not installed or not on the PATH", "git がインストールされていないか、PATH にありません") from None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """No prompt, no lazy fetch of a partial clone, no replaced objects; and the repository is the one around the paths, in a git hook too."""
    inherited = {key: value for key, value in os.environ.items() if key not in _OF_A_HOOK}
    return {**inherited, "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
