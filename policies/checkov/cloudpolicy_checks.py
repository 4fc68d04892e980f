"""What `checkov --external-checks-dir "$(cloudpolicy path checkov)"` is pointed at: one graph check per policy."""

import multiprocessing
import os
import signal
import sys

from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.parallelizer import parallel_runner

try:
    from cloudpolicy.hosts import checkov

    checkov.register()
except Exception as error:
    # Checkov only logs what an external check raises and goes on: a gate that passes. So the run is stopped where the checks are due.
    message = f"cloudpolicy: the policies cannot run: {error}\ncloudpolicy: ポリシーを実行できません: {error}"
    if isinstance(error, ModuleNotFoundError):
        name = (error.name or "").partition(".")[0]
        message = (
            f"cloudpolicy: {name} is not installed in Checkov's environment; install both in one: pipx inject checkov cloudpolicy\n"
            f"cloudpolicy: Checkov と同じ環境に {name} がありません。pipx inject checkov cloudpolicy で同じ環境に入れてください"
        )

    def stop(*_args, **_options):
        if multiprocessing.parent_process() is not None:  # one of Checkov's workers: only an error reaches the run itself
            if not hasattr(parallel_runner, "ParallelRunException"):  # an older Checkov drops that error, too, and ends with status 0
                print(message, file=sys.stderr, flush=True)
                os.kill(os.getppid(), signal.SIGTERM)
            raise RuntimeError(message)
        print(message, file=sys.stderr)
        raise SystemExit(2)

    for framework in ("terraform", "cloudformation", "arm", "bicep"):
        get_graph_checks_registry(framework).run_checks = stop
