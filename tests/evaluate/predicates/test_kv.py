"""Key Vault access policies."""

from __future__ import annotations

import pytest

from cloudpolicy.evaluate.predicates.kv import policy_least
from cloudpolicy.model import ABSENT, Unknown

VAR = Unknown("variable-without-value", "var.x")
SECRETS = ["Backup", "Delete", "get", "List", "Purge", "Recover", "Restore", "Set"]


@pytest.mark.parametrize(
    ("keys", "secrets", "certificates", "expected"),
    [
        (ABSENT, ABSENT, ABSENT, True),
        (["Get"], ["Get", "List"], ABSENT, True),
        (["Get"], SECRETS, ABSENT, False),
        (["all"], ABSENT, ABSENT, False),
        (VAR, SECRETS, ABSENT, False),
        (VAR, ["Get"], ABSENT, "unknown"),
        (ABSENT, [*SECRETS[:-1], VAR], ABSENT, "unknown"),
        (ABSENT, Unknown("variable-without-value", "x", partial=SECRETS), ABSENT, False),
    ],
)
def test_no_list_holds_everything(keys: object, secrets: object, certificates: object, expected: object) -> None:
    result = policy_least(None, keys, secrets, certificates)
    assert ("unknown" if isinstance(result, Unknown) else result) == expected
