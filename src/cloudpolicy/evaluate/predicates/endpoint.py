"""What an endpoint speaks: listeners, integrations and their addresses."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of, choose
from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path


@predicate
def internal_too(context: Context) -> bool:
    """True when balancers that only the own network reaches are judged as well (parameter `internal_too`)."""
    return context.parameters.get("internal_too") is not False


@predicate
def websites_permitted(context: Context) -> bool:
    """True when S3 website endpoints, which speak plain HTTP only, are permitted (parameter `allow_website`)."""
    return context.parameters.get("allow_website") is True


@predicate
def not_plain_http(context: Context, value: Any) -> Truth:
    """True when the address `value` is not one of plain HTTP."""
    if isinstance(value, Unknown) and value.choices is not None:
        return choose((_not_http(choice) for choice in value.choices), value)
    return _not_http(value)


def _not_http(value: Any) -> Truth:
    if isinstance(value, Unknown):
        start = value.partial if isinstance(value.partial, str) else ""
        if start.casefold().startswith("http://"):
            return False
        # "https://${…}" and "arn:…${…}" are told by their beginning; what begins with the unknown is not
        return True if start.casefold().startswith(("https://", "arn:")) else value
    return value is ABSENT or not str(value).strip().casefold().startswith("http://")


@predicate
def gateway_redirects_http(context: Context) -> Located:
    """True when every HTTP listener of an application gateway only redirects to HTTPS."""
    values = context.resource.values
    arm = "/" in context.resource.type
    if arm:
        values = _gateway_of_arm(values)
    root: Path = ("properties", "httpListeners") if arm else ("http_listener",)
    listeners = _blocks(values.get("http_listener"))
    if isinstance(listeners, Unknown):
        return Located(listeners, root)
    undecided: Located | None = None
    faulty: list[tuple[Path, Any]] = []
    for position, listener in enumerate(listeners):
        truth = _listener_encrypts(listener, values)
        path: Path = (*root, position, "properties", "protocol") if arm else (*root, position, "protocol")
        if truth is False:
            faulty.append((path, _get(listener, "protocol")))
        if isinstance(truth, Unknown) and undecided is None:
            undecided = Located(truth, path, truth)
    if faulty:
        return Located(False, *faulty[0], also=faulty[1:])
    return undecided or Located(True, root)


def _gateway_of_arm(values: dict[str, Any]) -> dict[str, Any]:
    """An application gateway of ARM under the names that Terraform has for its parts: there they are named by id, here by name."""
    properties = values.get("properties")
    if not isinstance(properties, dict):
        return {"http_listener": properties} if isinstance(properties, Unknown) else {}
    path_rules = {"redirect_configuration_name": "redirectConfiguration"}
    return {
        "http_listener": _parts(properties.get("httpListeners"), {"protocol": "protocol"}),
        "request_routing_rule": _parts(
            properties.get("requestRoutingRules"),
            {
                "http_listener_name": "httpListener",
                "redirect_configuration_name": "redirectConfiguration",
                "url_path_map_name": "urlPathMap",
            },
        ),
        "redirect_configuration": _parts(
            properties.get("redirectConfigurations"), {"target_url": "targetUrl", "target_listener_name": "targetListener"}
        ),
        "url_path_map": _parts(
            properties.get("urlPathMaps"),
            {"default_redirect_configuration_name": "defaultRedirectConfiguration"},
            {"path_rule": path_rules},
        ),
    }


def _parts(given: Any, names: dict[str, str], inner: dict[str, dict[str, str]] | None = None) -> Any:
    if not isinstance(given, list):
        return given
    found: list[Any] = []
    for part in given:
        properties = part.get("properties") if isinstance(part, dict) else part
        if not isinstance(properties, dict):
            found.append(properties if isinstance(properties, Unknown) else {})
            continue
        made = {name: _named_by_id(properties.get(arm)) for name, arm in names.items()}
        for name, own in (inner or {}).items():
            made[name] = _parts(properties.get("pathRules"), own)
        found.append({**made, "name": _get(part, "name")})
    return found


def _named_by_id(value: Any) -> Any:
    """The name at the end of `{id: …}`; a plain value stays."""
    id = value.get("id") if isinstance(value, dict) else value
    text = id.partial if isinstance(id, Unknown) else id
    last = text.rpartition("/")[2] if isinstance(text, str) and isinstance(value, dict) else ""
    return last if last and "${" not in last else id


def _listener_encrypts(listener: Any, values: dict[str, Any]) -> Truth:
    protocol = _get(listener, "protocol")
    if isinstance(protocol, Unknown):
        return protocol
    if str(protocol).casefold() == "https":
        return True
    rules = _blocks(values.get("request_routing_rule"))
    name = _get(listener, "name")
    if isinstance(rules, Unknown) or isinstance(name, Unknown):
        return rules if isinstance(rules, Unknown) else name
    own = [rule for rule in rules if isinstance(rule, Unknown) or _get(rule, "http_listener_name") == name]
    return all_of(_rule_redirects(rule, values) for rule in own) if own else False


def _rule_redirects(rule: Any, values: dict[str, Any]) -> Truth:
    if isinstance(rule, Unknown):
        return rule
    redirect = _get(rule, "redirect_configuration_name")
    if redirect is not ABSENT:
        return _leads_to_https(redirect, values)
    map_name = _get(rule, "url_path_map_name")
    maps = _blocks(values.get("url_path_map"))
    if map_name is ABSENT or isinstance(maps, Unknown) or isinstance(map_name, Unknown):
        return next((part for part in (maps, map_name) if isinstance(part, Unknown)), False)
    own = [found for found in maps if _get(found, "name") == map_name]
    names = [_get(found, "default_redirect_configuration_name") for found in own]
    for found in own:
        paths = _blocks(_get(found, "path_rule"))
        if isinstance(paths, Unknown):
            return paths
        names += [_get(path, "redirect_configuration_name") for path in paths]
    return all_of(False if name is ABSENT else _leads_to_https(name, values) for name in names) if names else False


def _leads_to_https(name: Any, values: dict[str, Any]) -> Truth:
    """Whether the redirect configuration `name` sends visitors to an HTTPS listener or address."""
    redirects, listeners = _blocks(values.get("redirect_configuration")), _blocks(values.get("http_listener"))
    if isinstance(name, Unknown):
        return name
    if isinstance(redirects, Unknown):
        return redirects
    if isinstance(listeners, Unknown):
        return listeners
    own = [found for found in redirects if _get(found, "name") == name]
    return any_of(_target_encrypts(found, listeners) for found in own)


def _target_encrypts(redirect: Any, listeners: list[Any]) -> Truth:
    url, target = _get(redirect, "target_url"), _get(redirect, "target_listener_name")
    if isinstance(url, Unknown):
        start = url.partial if isinstance(url.partial, str) else ""
        return start.casefold().startswith("https://") or url
    if url is not ABSENT:
        return str(url).casefold().startswith("https://")
    if isinstance(target, Unknown):
        return target
    return any_of(str(_get(listener, "protocol")).casefold() == "https" for listener in listeners if _get(listener, "name") == target)


def _blocks(value: Any) -> list[Any] | Unknown:
    if isinstance(value, Unknown):
        return value
    return value if isinstance(value, list) else []


def _get(block: Any, name: str) -> Any:
    if isinstance(block, Unknown):
        return block
    value = block.get(name) if isinstance(block, dict) else None
    return ABSENT if value is None or value == "" else value


# What is the case when a predicate holds, and when it does not.
WORDS = {
    "internal_too": Text("internal balancers are judged too", "内部のロードバランサーも判定の対象です"),
    "websites_permitted": Text("website endpoints are permitted", "ウェブサイトエンドポイントが許可されています"),
    "gateway_redirects_http": Text("redirects HTTP to HTTPS", "HTTPをHTTPSへ転送します"),
    "not_plain_http": Text("is not reached over plain HTTP", "平文のHTTPでの接続先ではありません"),
}
WORDS_FALSE = {
    "internal_too": Text("internal balancers are not judged", "内部のロードバランサーは判定の対象外です"),
    "websites_permitted": Text("a website endpoint speaks plain HTTP only", "ウェブサイトエンドポイントは平文のHTTPのみを提供します"),
    "gateway_redirects_http": Text("the listener serves HTTP without redirecting to HTTPS", "HTTPSへ転送せずHTTPで応答するリスナーです"),
    "not_plain_http": Text("is reached over plain HTTP", "平文のHTTPで接続されます"),
}
