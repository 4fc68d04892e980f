"""What `cfn-lint --append-rules "$(cloudpolicy path cfn-lint)"` is pointed at: one rule per policy."""

import sys

try:
    from cloudpolicy.hosts import cfn_lint
except ModuleNotFoundError as error:
    name = (error.name or "").partition(".")[0]
    print(
        f"cloudpolicy: {name} is not installed in cfn-lint's environment; install both in one: pipx inject cfn-lint cloudpolicy\n"
        f"cloudpolicy: cfn-lint と同じ環境に {name} がありません。pipx inject cfn-lint cloudpolicy で同じ環境に入れてください",
        file=sys.stderr,
    )
    raise SystemExit(2) from None

globals().update({rule.__name__: rule for rule in cfn_lint.rules()})
