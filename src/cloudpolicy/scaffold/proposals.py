"""What `cloudpolicy init` would write: the files, their texts, and which of them are there already."""

from __future__ import annotations

import json
import os
import re

from cloudpolicy.config import NAME
from cloudpolicy.scaffold.survey import PIPELINES, PRE_COMMIT
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.scaffold.origin import Origin
    from cloudpolicy.scaffold.survey import Survey
    from cloudpolicy.texts import Language

_PLAIN_PATH = re.compile(r"[\w./ -]+")  # what stands in a shell's, YAML's and a glob's quotes without a second thought

_CONFIG_HEAD = Text(
    "# Settings of cloudpolicy. Every key: `cloudpolicy schema config`; the policies: `cloudpolicy policies`.",
    "# cloudpolicy の設定。すべての項目は `cloudpolicy schema config`、ポリシーの一覧は `cloudpolicy policies` で確認できます。",
)
_PROFILE = Text(
    "# or closed-network (systems on LGWAN), fisc (financial systems), advisory (the baseline and advice beyond it)",
    "# 他に closed-network(LGWAN 接続系など)、fisc(金融機関)、advisory(baseline に推奨事項を加えたもの)",
)
_FAIL_ON = Text(
    "# least severity that fails the hook and the pipeline: low, medium, high, critical",
    "# フックとパイプラインを失敗とする最小の重大度: low、medium、high、critical",
)
_REGION = Text(
    "# CloudFormation templates name no region: name the one that they are deployed to",
    "# CloudFormation のテンプレートにはリージョンの記載がありません。デプロイ先を書いてください",
)
_REGION_FOUND = Text(
    "# CloudFormation templates name no region; this is the one that Terraform's provider names",
    "# CloudFormation のテンプレートにはリージョンの記載がないため、Terraform の provider に書かれたものを使います",
)


class Proposal:
    """One file.

    path  relative to the repository, with "/"
    text  its whole text; where `there`, only the part that the user adds
    there whether a file of this name stands in the way: then it is shown, never written
    done  whether it names cloudpolicy already: then there is nothing to do
    """

    __slots__ = ("done", "path", "text", "there")

    def __init__(self, path: str, text: str, there: bool = False, done: bool = False) -> None:
        self.path = path
        self.text = text
        self.there = there
        self.done = done


def propose(survey: Survey, origin: Origin, lang: Language) -> list[Proposal]:
    """Configuration, hook and one pipeline for each CI server that the repository uses."""
    if survey.config is None:
        proposals = [Proposal(NAME, configuration(survey, lang))]
    else:
        proposals = [Proposal(survey.config, "", True, True)]
    there = survey.present.get(PRE_COMMIT)
    hook = pre_commit(origin)
    proposals.append(_beside(PRE_COMMIT, hook if there is None else hook.removeprefix("repos:\n"), there))
    for server in survey.servers:
        name = PIPELINES[server]
        proposals.append(_beside(name, pipeline(server, survey, origin), survey.present.get(name)))
    return proposals


def _beside(path: str, text: str, there: str | None) -> Proposal:
    return Proposal(path, text, there is not None, there is not None and "cloudpolicy" in there)


def configuration(survey: Survey, lang: Language) -> str:
    """cloudpolicy.toml: the defaults spelled out, and the region where the templates do not tell it."""
    lines = [_CONFIG_HEAD.pick(lang), "", f'profile = "baseline"  {_PROFILE.pick(lang)}', f'fail_on = "low"  {_FAIL_ON.pick(lang)}']
    if survey.without_region:
        known = next(iter(survey.regions)) if len(survey.regions) == 1 else None
        comment = "" if known else "# "
        region = f"{comment}region = {json.dumps(known or 'ap-northeast-1')}"
        lines += ["", (_REGION_FOUND if known else _REGION).pick(lang)]
        if "arm" in survey.roots or "bicep" in survey.roots:  # a region of AWS is none of Azure's
            for folder in sorted({os.path.dirname(root) or root for root in survey.without_region if _PLAIN_PATH.fullmatch(root)}):
                lines += [f"{comment}[[paths]]", f"{comment}path = {json.dumps(folder, ensure_ascii=False)}", region]
        else:
            lines.append(region)
    return "\n".join(lines) + "\n"


def pre_commit(origin: Origin) -> str:
    """.pre-commit-config.yaml; where the repository of cloudpolicy is not known, a hook that runs the installed one."""
    if origin.url is not None:
        return f"repos:\n  - repo: {origin.url}\n    rev: {origin.revision}\n    hooks:\n      - id: cloudpolicy\n"
    return (
        "repos:\n  - repo: local\n    hooks:\n      - id: cloudpolicy\n        name: cloudpolicy\n        entry: cloudpolicy hook\n"
        "        language: system\n        always_run: true\n        require_serial: true\n"
    )


def pipeline(server: str, survey: Survey, origin: Origin) -> str:
    """The recipe for one of PIPELINES with the names of this repository in it."""
    if server == "github":
        text = recipe("github" if origin.action else "github-plain", origin, survey.branch)
        return _with_terraform(text, survey.unfetched)
    return recipe({"azure-devops": "azure-pipelines", "codebuild": "buildspec"}.get(server, server), origin, survey.branch)


def recipe(name: str, origin: Origin, branch: str) -> str:
    """A file of recipes/ with its names filled in."""
    from importlib import resources

    text = resources.files("cloudpolicy.scaffold").joinpath(f"recipes/{name}.yml").read_text("utf-8")
    names = {"@BRANCH@": json.dumps(branch, ensure_ascii=False), "@ACTION@": origin.action or "", "@INSTALL@": origin.requirement}
    for mark, value in names.items():
        text = text.replace(mark, value)
    return text


def _with_terraform(text: str, unfetched: list[str]) -> str:
    """Modules that are not in the repository are fetched first; the scan itself never does."""
    roots = [root for root in unfetched if _PLAIN_PATH.fullmatch(root)]
    if not roots:
        return text
    steps = ["      - uses: hashicorp/setup-terraform@v3\n"]
    for root in roots:
        command = f"terraform -chdir='{root}' init -backend=false -input=false"
        steps.append(f"      - run: {command}\n")
    begin, mark, rest = text.partition("          persist-credentials: false\n")
    return begin + mark + "".join(steps) + rest
