"""What `checkov --external-checks-dir "$(cloudpolicy path checkov)"` is pointed at: one graph check per policy."""

from checkov.common.checks_infra.registry import get_graph_checks_registry

try:
    from cloudpolicy.hosts import checkov

    checkov.register()
except Exception as error:
    # Checkov only logs what an external check raises and goes on: a gate that passes. What is raised when the checks are due stops it.
    message = f"the policies of cloudpolicy cannot run: {error} / cloudpolicy のポリシーを実行できません"
    if isinstance(error, ModuleNotFoundError):
        message = (
            f"{error.name} is not installed in Checkov's environment; install cloudpolicy there: pipx inject checkov cloudpolicy\n"
            f"Checkov と同じ環境に {error.name} がありません。pipx inject checkov cloudpolicy で cloudpolicy を同じ環境に入れてください"
        )

    def refuse(*_args, **_options):
        raise RuntimeError(message)

    for framework in ("terraform", "cloudformation", "arm", "bicep"):
        get_graph_checks_registry(framework).run_checks = refuse
