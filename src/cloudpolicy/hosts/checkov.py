"""The policies as Checkov graph checks: one check per policy and framework, one evaluation per graph.

Checkov hands every graph check the same graph. Before the first one is asked, the files behind it are read and judged by our own engine
(docs/adr/0007), and every check then gives its own share of the verdicts as the graph's vertices. What Checkov has no place for is told beside it:
see `checkov_report`. One more check loses nothing: CP_UNREAD fails where something could not be read.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading

from checkov.common.bridgecrew.severities import get_severity
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.graph.checks_infra.base_check import BaseGraphCheck
from checkov.common.models.enums import CheckResult
from checkov.common.parallelizer import parallel_runner
from checkov.runner_filter import RunnerFilter

from cloudpolicy.config import ConfigError
from cloudpolicy.hosts import checkov_report
from cloudpolicy.hosts.checkov_asked import Asked, asked, suppressions
from cloudpolicy.hosts.checkov_judge import UNREAD, Judged, judge
from cloudpolicy.hosts.scanners import page, told, types_by_policy
from cloudpolicy.policy import pack as packs
from cloudpolicy.texts import Text, locale_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.policy.pack import Pack

FORMATS = {"terraform": "terraform", "terraform_plan": "terraform", "cloudformation": "cloudformation", "arm": "arm", "bicep": "arm"}
_UNREAD = Text("What could not be read", "読み取れなかったもの")


class PolicyCheck(BaseGraphCheck):
    """One policy in one framework; its verdicts come from the evaluation that all policies share."""

    def __init__(self, id: str, name: str, severity: str, types: list[str], framework: str) -> None:
        super().__init__()
        self.id = id
        self.name = name
        self.category = "CLOUDPOLICY"
        self.severity = get_severity(severity)
        self.guideline = page(id if id != UNREAD else "README")
        self.check_path = self.guideline
        self.resource_types = types
        self.frameworks = [framework]
        self.framework = framework

    def run(self, graph_connector: Any) -> tuple[list[Any], list[Any], list[Any]]:
        """The vertices that pass, fail and are unknown."""
        return _evaluated(graph_connector, self.framework, None).share(self.id)


def register() -> None:
    """Add every policy to the frameworks that it speaks of; raises RuntimeError where one is missing afterwards. May be called again."""
    language = locale_language()
    pack = packs.load()
    if pack.diagnostics:
        raise RuntimeError(pack.diagnostics[0].text.pick(language))
    for framework in FORMATS:
        registry = get_graph_checks_registry(framework)
        if any(isinstance(check, PolicyCheck) for check in registry.checks):
            continue
        for id, types in types_by_policy(pack, FORMATS[framework]).items():
            check = PolicyCheck(id, pack.text(id).title.pick(language), pack.policies[id]["severity"], types, framework)
            registry.checks.append(check)
            RunnerFilter.notify_external_check(id)
        registry.checks.append(PolicyCheck(UNREAD, _UNREAD.pick(language), "high", ["all"], framework))
        RunnerFilter.notify_external_check(UNREAD)
        registry.run_checks = _around(registry, registry.run_checks, framework)
    confirm(pack)


def confirm(pack: Pack) -> None:
    """Raises RuntimeError unless every policy of every profile is registered for every framework that it declares."""
    for framework, format in FORMATS.items():
        registered = {check.id for check in get_graph_checks_registry(framework).checks if isinstance(check, PolicyCheck)}
        missing = [id for id in types_by_policy(pack, format) if id not in registered]
        if missing:
            raise RuntimeError(f"cloudpolicy: not registered for {framework}: {', '.join(missing)}")


def _around(registry: Any, run_checks: Callable[..., Any], framework: str) -> Callable[..., Any]:
    """Checkov's own `run_checks` between our evaluation and what is told beside it.

    It is here, in the runner's own thread, that it can be seen what Checkov was asked to scan, and that an exception stops the run: one
    that a check raises in Checkov's pool of threads is dropped, and the policy would silently not have run.
    """

    def run(graph_connector: Any, runner_filter: Any, report_type: str) -> Any:
        try:
            return judged_run(graph_connector, runner_filter, report_type)
        except Exception as error:
            end_older_run(error)
            raise

    def judged_run(graph_connector: Any, runner_filter: Any, report_type: str) -> Any:
        ours = [c for c in registry.checks if isinstance(c, PolicyCheck) and runner_filter.should_run_check(c, report_type=report_type)]
        if not ours:
            return run_checks(graph_connector, runner_filter, report_type)
        named = report_type if report_type in FORMATS else framework
        judged = _evaluated(graph_connector, named, asked(runner_filter))
        results = run_checks(graph_connector, runner_filter, report_type)
        missing = [check.id for check in ours if check not in results]
        if missing:
            raise RuntimeError(f"cloudpolicy: did not run: {', '.join(missing)}")
        for check in ours:
            for result in results[check]:
                _finish(result, check.id, judged)
        try:
            checkov_report.tell(named, judged, {check.id for check in ours})
        except OSError as error:
            said = Text(f"cannot be written: {error}", f"書き込めません: {error}")
            raise stopped(f"cloudpolicy: {checkov_report.VARIABLE} {said.pick(locale_language())}") from None
        return results

    return run


def _finish(result: dict[str, Any], policy: str, judged: Judged) -> None:
    """The attributes that decided, approved waivers, and the skip comments that Checkov does not look for on graph checks of ARM and Bicep."""
    result["evaluated_keys"] = judged.keys(policy, result["entity"])
    waiver = judged.waiver(policy, result["entity"])
    if waiver is not None:
        result["result"] = CheckResult.SKIPPED
        result["suppress_comment"] = waiver.pick(locale_language())
    if judged.framework in ("arm", "bicep"):
        reason = suppressions(judged.asked, result["entity"]).get(policy)
        if reason is not None:
            result["result"] = CheckResult.SKIPPED
            result["suppress_comment"] = reason


_lock = threading.Lock()
_last: tuple[Any, Judged] | None = None  # all checks of one graph follow each other


def _evaluated(graph: Any, framework: str, given: Asked | None) -> Judged:
    """The verdicts on a graph, evaluated once."""
    global _last
    with _lock:
        if given is not None or _last is None or _last[0] is not graph:
            gc.disable()
            try:
                _last = graph, judge(framework, _vertices(graph), given)
            except ConfigError as error:
                raise stopped(told(error)) from None
            finally:
                # Checkov's graph and our verdicts stay to the end of the run. The collector need not walk them again and again: 1.33 × Checkov's
                # time with as many checks of its own becomes 1.04 × (60 modules).
                gc.freeze()
                gc.enable()
        return _last[1]


def stopped(message: str) -> BaseException:
    """What ends Checkov's run with a message: quietly in its own process, and by an error in one of its workers, whose exit nobody sees."""
    if multiprocessing.parent_process() is not None:
        return RuntimeError(message)
    print(message, file=sys.stderr)
    return SystemExit(2)


def end_older_run(error: Exception) -> None:
    """Older Checkov (3.2.250, say) drops what is raised in one of its workers and ends with status 0: there the run itself is ended."""
    if multiprocessing.parent_process() is not None and not hasattr(parallel_runner, "ParallelRunException"):
        print(error, file=sys.stderr, flush=True)
        os.kill(os.getppid(), signal.SIGTERM)


def _vertices(graph: Any) -> list[dict[str, Any]]:
    """The attributes of every vertex, for both graph libraries that Checkov works with."""
    nodes = graph.nodes()
    if not isinstance(nodes, list):  # networkx
        nodes = graph.nodes(data=True)
    return [node[1] if isinstance(node, tuple) else node for node in nodes]
