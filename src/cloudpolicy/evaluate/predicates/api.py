"""Who may call an API: what an OpenAPI definition and the events of SAM functions ask of callers."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_METHODS = frozenset(
    {"get", "put", "post", "delete", "patch", "head", "trace", "x-amazon-apigateway-any-method"}
)  # OPTIONS is asked without
_SIZE_LIMIT = 1_000_000
_EVENTS = ("Events",)


@predicate
def openapi_secured(context: Context, body: Any = ABSENT) -> Truth:
    """True when every operation of an OpenAPI definition asks for authorisation (`security` or `x-amazon-apigateway-auth`).

    body  the definition as a mapping, or as JSON or YAML text
    """
    return _secured(body)


@predicate
def sam_api_authorised(context: Context, authorizer: Any = ABSENT, body: Any = ABSENT, uri: Any = ABSENT) -> Truth:
    """True when a SAM API has a default authorizer, its definition asks for authorisation, or every function's event on it does."""
    if isinstance(authorizer, Unknown):
        return authorizer
    if authorizer is not ABSENT and str(authorizer).upper() != "NONE":
        return True
    own = context.resource
    events = [
        event
        for function in context.estate.of_type("AWS::Serverless::Function")
        for event in _events(function.values.get("Events", ABSENT))
        if not isinstance(event, Unknown) and own.address in _references(_within(event, "Properties", "RestApiId"))
    ]
    truths: list[Truth] = [all_of(_names_authorizer(event) for event in events)] if events else []
    if body is not ABSENT:
        truths.append(_secured(body))
    elif uri is not ABSENT:
        truths.append(Unknown("not-in-estate", uri if isinstance(uri, str) else ""))
    return any_of(truths)


@predicate
def sam_events_authorised(context: Context, events: Any = ABSENT) -> Truth | Located:
    """True when no API event of a SAM function goes without authorisation of its own accord; what its own API asks is judged with the API.

    An event of the implicit API holds what that takes from Globals (see sources.cloudformation.serverless).
    """
    truths = [(name, event, _event_authorised(event)) for name, event in _named_events(events)]
    open_ = [((*_EVENTS, name), event) for name, event, truth in truths if truth is False]
    if open_:
        return Located(False, *open_[0], also=open_[1:])
    return all_of(truth for _, _, truth in truths)


def _event_authorised(event: Any) -> Truth:
    if isinstance(event, Unknown):
        return event
    kind = event.get("Type")
    if kind not in ("Api", "HttpApi") or str(_within(event, "Properties", "Method")).casefold() == "options":
        return True
    authorizer = _within(event, "Properties", "Auth", "Authorizer")
    if isinstance(authorizer, Unknown):
        return authorizer
    if authorizer is not ABSENT and str(authorizer).upper() != "NONE":
        return True
    key = _within(event, "Properties", "Auth", "ApiKeyRequired")  # it tells applications apart, if not people
    if isinstance(key, Unknown) or str(key).casefold() == "true":
        return key if isinstance(key, Unknown) else True
    return authorizer is ABSENT and _within(event, "Properties", "RestApiId" if kind == "Api" else "ApiId") is not ABSENT


def _names_authorizer(event: Any) -> Truth:
    authorizer = _within(event, "Properties", "Auth", "Authorizer")
    return authorizer if isinstance(authorizer, Unknown) else authorizer is not ABSENT and str(authorizer).upper() != "NONE"


def _events(value: Any) -> Iterator[Any]:
    return (event for _, event in _named_events(value))


def _named_events(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Unknown):
        if not isinstance(value.partial, dict):
            yield "", value
            return
        value = value.partial
    for name, event in value.items() if isinstance(value, dict) else ():
        if isinstance(event, (dict, Unknown)):
            yield name, event


def _references(value: Any) -> tuple[str, ...]:
    return value.references if isinstance(value, Unknown) else (value,) if isinstance(value, str) else ()


def _within(value: Any, *names: str) -> Any:
    for name in names:
        if isinstance(value, Unknown):
            if not isinstance(value.partial, dict):
                return value
            value = value.partial
        value = value.get(name, ABSENT) if isinstance(value, dict) else ABSENT
        if value is None:
            return ABSENT
    return value


def _secured(body: Any) -> Truth:
    document = _definition(body)
    if isinstance(document, Unknown):
        return document
    paths = _within(document, "paths")
    if isinstance(paths, Unknown):
        return paths
    default = _asks(_within(document, "security"))
    operations = (_operation_secured(item, default) for item in (paths.values() if isinstance(paths, dict) else ()))
    return all_of(operations)


def _operation_secured(item: Any, default: Truth) -> Truth:
    if isinstance(item, Unknown) and not isinstance(item.partial, dict):
        return item
    methods = item.partial if isinstance(item, Unknown) else item
    truths: list[Truth] = []
    for name, operation in methods.items() if isinstance(methods, dict) else ():
        if str(name).casefold() not in _METHODS:
            continue
        security, auth = _within(operation, "security"), _within(operation, "x-amazon-apigateway-auth", "type")
        own = default if security is ABSENT else _asks(security)
        typed: Truth = auth if isinstance(auth, Unknown) else auth is not ABSENT and str(auth).upper() != "NONE"
        truths.append(any_of((own, typed)))
    return all_of(truths)


def _asks(security: Any) -> Truth:
    """Whether a list of alternatives asks for something: an empty list or an empty alternative lets everybody in."""
    if isinstance(security, Unknown):
        return security if not isinstance(security.partial, list) else _asks(security.partial)
    if not isinstance(security, list) or not security:
        return False
    return all_of(item if isinstance(item, Unknown) else bool(item) for item in security)


def _definition(body: Any) -> Any:
    """The mapping that a value is or holds as JSON or YAML text; an Unknown where it is none."""
    if isinstance(body, Unknown):
        return body if not isinstance(body.partial, dict) else body.partial
    if isinstance(body, str) and len(body) <= _SIZE_LIMIT:
        import json

        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            body = _yaml(body)
    return body if isinstance(body, dict) else Unknown("unsupported-expression")


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


# What is the case when a predicate holds, and when it does not.
WORDS = {
    "openapi_secured": Text("every operation asks for authorisation", "全ての操作が認可を求めています"),
    "sam_api_authorised": Text("callers are authorised", "呼出しに認可を求めています"),
    "sam_events_authorised": Text("callers are authorised", "呼出しに認可を求めています"),
}
WORDS_FALSE = {
    "openapi_secured": Text("an operation can be called without authorisation", "認可なしに呼び出せる操作があります"),
    "sam_api_authorised": Text(
        "the API has no default authorizer and can be called by anybody", "既定のオーソライザーがなく、誰でも呼び出せます"
    ),
    "sam_events_authorised": Text(
        "anybody can call it: it names no Authorizer, and Globals none either, or it says NONE",
        "誰でも呼び出せます(イベントにもGlobalsにもAuthorizerの指定がないか、NONEです)",
    ),
}
