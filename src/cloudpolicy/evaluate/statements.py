"""What a policy statement says: which actions and resources it reaches, whom it names, and what narrows it. Three-valued throughout.

An unknown part *inside* a name ("role/${var.app}") stands for a name, never for a wildcard: who writes a path around a variable does not
mean "everything". A value that is unknown as a whole may be anything, unless it is made from a resource.
"""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import all_of, any_of, choose, negate
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Condition, Document, Item, Statement
    from cloudpolicy.evaluate.logic import Truth

SAMPLE = "x0sample"  # a name that no pattern spells out: only wildcards match it
_HOLE = r"\$\{[^}]*\}"
_STARS = r"[*?:]*\*[*?:]*\Z"
_APPLIED = frozenset({"known-after-apply", "known-after-deploy", "data-source"})
_MADE_BY_RESOURCE = r"(arn|id|name|unique_id|Arn|Id|Name)\b\W*\Z"
_ARBITRARY = ("data.terraform_remote_state.", "data.external.", "data.http.")  # these hand on whatever somebody wrote
_patterns: dict[str, re.Pattern[str]] = {}


def any_statement(document: Document, test: Callable[[Statement], Truth], hits: list[Statement] | None = None) -> Truth:
    """True when some statement meets `test`; what cannot be read keeps it open. Lazy, unless all that meet it are to be added to `hits`."""

    def truths() -> Iterator[Truth]:
        for statement in document.statements:
            truth = test(statement)
            if truth is True and statement.maybe is not None:
                truth = statement.maybe
            if truth is True and hits is not None:
                hits.append(statement)
            yield truth
        yield from document.unread

    return any_of(truths() if hits is None else list(truths()))


def allows(statement: Statement) -> Truth:
    return statement.effect if isinstance(statement.effect, Unknown) else statement.effect == "allow"


def denies(statement: Statement) -> Truth:
    return statement.effect if isinstance(statement.effect, Unknown) else statement.effect == "deny"


def is_identifier(item: Unknown) -> bool:
    """True for what is made from a resource or looked up by its name: an ARN or an id, never a wildcard."""
    if item.reason not in _APPLIED or item.choices is not None:
        return False
    if not item.references:
        return "AWS::" in item.expression  # a pseudo parameter: an account, a stack
    if any(name in reference for reference in item.references for name in _ARBITRARY):
        return False
    if any(".data." in f".{reference}" for reference in item.references):
        return re.search(_MADE_BY_RESOURCE, item.expression) is not None
    return True


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards, without case. A variable ${…} stands for a name: it matches nothing that is spelled out."""
    compiled = _patterns.get(pattern)
    if compiled is None:
        parts = [".*" if char == "*" else "." if char == "?" else re.escape(char) for char in re.sub(_HOLE, "\0", pattern)]
        compiled = _patterns[pattern] = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return compiled.fullmatch(text) is not None


def _over(item: Item, test: Callable[[str], Truth], identifier: Truth) -> Truth:
    """`test` on the text of an item, on each of its choices, or on its known part."""
    if isinstance(item, str):
        return test(item)
    if item.choices is not None:
        return choose((_over(choice, test, identifier) if isinstance(choice, (str, Unknown)) else False for choice in item.choices), item)
    if isinstance(item.partial, str) and re.sub(_HOLE, "", item.partial):
        return test(item.partial)
    return identifier if is_identifier(item) else item


# -- actions ------------------------------------------------------------------------------------------------------------------------------


def every_action(item: Item) -> Truth:
    """True for "*"."""
    return _over(item, lambda text: re.match(_STARS, text) is not None, False)


def covers(item: Item, action: str) -> Truth:
    """True when the action pattern matches `action`; an unknown part in it may be any text."""

    def test(text: str) -> Truth:
        if matches(text, action):
            return True
        if isinstance(item, Unknown) and matches(re.sub(_HOLE, "*", text), action):
            return item
        return False

    return _over(item, test, False)


def reaches_action(statement: Statement, action: str) -> Truth:
    if statement.actions is not None:
        return any_of(covers(item, action) for item in statement.actions)
    if statement.not_actions is not None:
        return negate(any_of(covers(item, action) for item in statement.not_actions))
    return False


# -- resources ----------------------------------------------------------------------------------------------------------------------------


def reaches_every(item: Item, service: str, resource: str = "") -> Truth:
    """True when a resource pattern reaches every resource of a service, or every one whose name begins with `resource` ("role/")."""

    def test(text: str) -> Truth:
        if re.match(_STARS, text):
            return True
        if not text.lower().startswith("arn"):
            bare = re.sub(_HOLE, "", text)
            return item if isinstance(item, Unknown) and re.match(_STARS, bare) and not item.references else False
        parts = text.split(":", 5) if "${" not in text else re.sub(_HOLE, "\0", text).split(":", 5)
        while len(parts) < 6:
            if not parts[-1].endswith("*"):
                return False
            parts.append("*")
        kind, region, account, name = parts[2], parts[3], parts[4], parts[5]
        del region, account  # one region or account is still every resource there is in it
        if not (matches(kind, service) if service else re.match(_STARS, kind) is not None):
            return False
        if "\0" in name and not name.strip("\0"):
            return item if isinstance(item, Unknown) and not is_identifier(item) else False
        return matches(name, resource + SAMPLE)

    return _over(item, test, False)


def on_everything(statement: Statement, service: str, resource: str = "") -> Truth:
    """True when the statement reaches every resource of the service; NotResource does unless it names everything itself."""
    if statement.resources is not None:
        return any_of(reaches_every(item, service, resource) for item in statement.resources)
    if statement.not_resources is not None:
        return negate(any_of(reaches_every(item, service, resource) for item in statement.not_resources))
    return False


# -- principals ---------------------------------------------------------------------------------------------------------------------------


_NEVER_EVERYONE = frozenset({"Service", "Federated", "CanonicalUser"})  # IAM takes no "*" there


def is_everyone(kind: str, item: Item) -> Truth:
    """True for the principal "*"; what is not known of a service or an identity provider is still one of these."""
    if kind == "*":
        return True
    truth = _over(item, lambda text: text == "*" or text.startswith("arn:aws:iam::*"), False)
    return False if kind in _NEVER_EVERYONE and isinstance(truth, Unknown) else truth


def names_everyone(statement: Statement) -> Truth:
    """True for Principal "*", and for NotPrincipal, which leaves everybody else in."""
    if statement.not_principals is not None:
        return True
    return any_of(is_everyone(kind, item) for kind, item in statement.principals or ())


_ACCOUNT = r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?\Z"
_ACCOUNT_HOLE = r"(?:arn:(?:[^:$]|\$\{[^}]*\})*:iam::)?(\$\{[^}]*\})(?::root)?\Z"


def whole_account(item: Item) -> str | Unknown | None:
    """The account that a principal names as a whole (its id or root ARN): "own", twelve digits, an Unknown, or None when it names none."""
    if isinstance(item, str):
        found = re.match(_ACCOUNT, item)
        return found[1] if found else None
    text = item.partial if isinstance(item.partial, str) else "${" + item.expression + "}"
    found = re.match(_ACCOUNT_HOLE, text)
    if found is None:
        return None
    if _is_own(found[1], item):
        return "own"
    if isinstance(item.partial, str) or any("aws_organizations_" in reference for reference in item.references):
        return item
    return None if is_identifier(item) else item


def _is_own(hole: str, item: Unknown) -> bool:
    """The account that the template is deployed to: Terraform's caller identity, CloudFormation's AWS::AccountId."""
    if "caller_identity" in hole or "AWS::AccountId" in hole or "AWS::AccountId" in item.expression:
        return True
    if item.reason == "known-after-deploy":
        return not item.references  # a pseudo parameter; of these only AWS::AccountId fits the place
    looked_up = [reference for reference in item.references if "data.aws_partition" not in reference and "data.aws_region" not in reference]
    return bool(looked_up) and "var." not in hole and all("data.aws_caller_identity" in reference for reference in looked_up)


# -- conditions ---------------------------------------------------------------------------------------------------------------------------

_NARROW = frozenset(
    {
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceip",
        "aws:vpcsourceip",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:userid",
        "aws:username",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "elasticfilesystem:accesspointarn",
        "elasticfilesystem:accessedviamounttarget",
    }
)
_POSITIVE = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "bool"})
_LITERAL = frozenset({"stringequals", "stringequalsignorecase"})


def narrowed(statement: Statement, extra: frozenset[str] = frozenset()) -> Truth:
    """True when a condition limits who can use the statement: to an organisation, account, network, or the resource that calls."""
    truth = any_of(narrows(condition, extra) for condition in statement.conditions)
    return truth if truth is True or statement.doubt is None else statement.doubt


def narrows(condition: Condition, extra: frozenset[str] = frozenset()) -> Truth:
    """True when one condition by itself limits who can use the statement."""
    operator, key = condition.operator, condition.key
    if operator.startswith("foranyvalue:"):
        operator = operator[12:]
    if key == "aws:principalisawsservice":
        return operator == "bool" and condition.values == ["true"]
    if operator.endswith("ifexists") and key == "aws:sourceip":
        operator = operator[: -len("ifexists")]  # every request has an address
    if operator not in _POSITIVE or not (key in _NARROW or key in extra or key.startswith("aws:principaltag/")):
        return False
    if not condition.values:
        return False
    if operator in _LITERAL:
        return True  # a wildcard is no wildcard here
    return all_of(_is_narrow(key, item) for item in condition.values)


def _is_narrow(key: str, item: Item) -> Truth:
    return _over(item, lambda text: _narrow_text(key, text), True)


def _narrow_text(key: str, text: str) -> bool:
    if key.endswith("sourceip"):
        _, _, bits = text.partition("/")
        wide = 16 if ":" in text else 8
        return not bits.isdigit() or int(bits) >= wide
    if text.lower().startswith("arn:"):
        parts = [*text.split(":", 5), "", "", "", "", ""][:6]
        # A named account is narrow; so is a named resource of a service whose ARNs carry no account (buckets).
        return bool(parts[4].strip("*?")) or bool(re.sub(r"[*?]|(?<![^:/])[a-z-]+/(?=[*?])", "", parts[5]))
    return bool(text.strip("*?:"))


def has_bool(statement: Statement, key: str, expected: str, operators: tuple[str, ...]) -> Truth:
    """True when one of the `operators` holds `key` against `expected` ("true", "false") and nothing else."""

    def truths() -> Iterator[Truth]:
        for condition in statement.conditions:
            if condition.key == key and condition.operator in operators:
                yield all_of(_equals(item, expected) for item in condition.values) if condition.values else False

    truth = any_of(truths())
    return truth if truth is True or statement.doubt is None else statement.doubt


def _equals(item: Any, expected: str) -> Truth:
    return item if isinstance(item, Unknown) else item.casefold() == expected
