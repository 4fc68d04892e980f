"""What `cfn-lint --append-rules "$(cloudpolicy path cfn-lint)"` is pointed at: one rule per policy."""

try:
    from cloudpolicy.hosts import cfn_lint
except ModuleNotFoundError as error:
    if error.name != "cloudpolicy":
        raise
    raise SystemExit(
        "cloudpolicy is not installed in cfn-lint's environment; install both in one: pipx inject cfn-lint cloudpolicy\n"
        "cfn-lint と同じ環境に cloudpolicy がありません。pipx inject cfn-lint cloudpolicy で同じ環境に入れてください"
    ) from None

globals().update({rule.__name__: rule for rule in cfn_lint.rules()})
