"""Choosing policies: profiles, ids, prefixes, setting types, and that a typing error never switches a gate off."""

import pytest

from cloudpolicy.config import ConfigError
from cloudpolicy.policy import selection
from cloudpolicy.policy.pack import Pack, compiled

POLICIES = {
    "CP_NET_001": {"slug": "open-admin-port", "aliases": ["NET-1"], "profiles": ["baseline"], "checks": []},
    "CP_NET_002": {"slug": "open-any-port", "aliases": [], "profiles": ["closed-network"], "checks": []},
    "CP_DB_001": {"slug": "plain-database", "aliases": [], "profiles": ["baseline", "advisory"], "checks": []},
}
PROFILES = {"baseline": {"extends": []}, "closed-network": {"extends": ["baseline"]}, "advisory": {"extends": ["baseline"]}}
PACK = Pack("", compiled(POLICIES, PROFILES), "", [])


@pytest.mark.parametrize(
    ("profile", "chosen", "ignored", "expected"),
    [
        ("baseline", [], [], ["CP_NET_001", "CP_DB_001"]),
        ("closed-network", [], [], ["CP_NET_001", "CP_NET_002", "CP_DB_001"]),
        ("baseline", ["NET"], [], ["CP_NET_001", "CP_NET_002"]),
        ("baseline", ["CP_NET"], ["CP_NET_002"], ["CP_NET_001"]),
        ("baseline", ["cp-net-001"], [], ["CP_NET_001"]),
        ("baseline", ["open-any-port", "NET-1"], [], ["CP_NET_001", "CP_NET_002"]),
        ("baseline", [], ["DB"], ["CP_NET_001"]),
    ],
)
def test_select(profile, chosen, ignored, expected):
    assert selection.select(PACK, profile, chosen, ignored) == expected


@pytest.mark.parametrize("options", [{"profile": "basline"}, {"select": ["CP_NTE_001"]}, {"ignore": ["CP_XXX_999"]}, {"select": ["C"]}])
def test_a_name_that_fits_nothing_is_an_error(options):
    with pytest.raises(ConfigError) as caught:
        selection.select(PACK, **{"profile": "baseline", **options})
    assert caught.value.diagnostic.text.ja


def test_the_error_offers_the_nearest():
    with pytest.raises(ConfigError, match="did you mean CP_NET_001"):
        selection.resolve(PACK, "CP_NTE_001")
