"""Containers: what stands in the JSON text of a task or job definition, which image is meant, and which Kubernetes is still supported."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of, choose, negate
from cloudpolicy.evaluate.matchers import same
from cloudpolicy.evaluate.predicates import Located, image_names, predicate
from cloudpolicy.evaluate.predicates.secret import kept_in_the_open
from cloudpolicy.evaluate.predicates.secret_marks import KEY, PASSWORD, name_class
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path

    Test = Callable[[Any], Truth]  # of one container

_AZURE_REGISTRY = (".azurecr.", "azurerm_container_registry.", "loginserver", "microsoft.containerregistry/")

# -- task and job definitions: arguments are JSON text, a list of containers, or one container --------------------------------------------


@predicate
def unprivileged(context: Context, definitions: Any) -> Truth | Located:
    """True when no container runs privileged, that is with the host's rights."""
    return _every(context, definitions, ("privileged",), lambda container: negate(_is(_get(container, "privileged"), True)))


@predicate
def read_only(context: Context, definitions: Any) -> Truth | Located:
    """True when the root file system of every container is read-only; it is writable when nothing is written."""
    name = "readonlyRootFilesystem"
    return _every(context, definitions, (name,), lambda container: _is(_get(container, name), True))


@predicate
def not_root(context: Context, definitions: Any) -> Truth | Located:
    """True when every container names a user other than root; unknown where it leaves that to its image."""
    return _every(context, definitions, ("user",), lambda container: _other_user(_get(container, "user")))


@predicate
def adds_no_capability(context: Context, definitions: Any, forbidden: Any) -> Truth | Located:
    """True when no container is given one of the `forbidden` Linux capabilities."""

    def test(container: Any) -> Truth:
        added = _get(_get(_get(container, "linuxParameters"), "capabilities"), "add")
        return negate(any_of(_one_of(capability, forbidden) for capability in _items(added)))

    return _every(context, definitions, ("linuxParameters", "capabilities", "add"), test)


@predicate
def pinned(context: Context, definitions: Any) -> Truth | Located:
    """True when every container names its image with a digest, or a tag other than latest."""
    return _every(context, definitions, ("image",), lambda container: image_names.pinned(_get(container, "image")))


@predicate
def from_registries(context: Context, definitions: Any, registries: Any) -> Truth | Located:
    """True when the image of every container comes from one of the `registries`."""
    return _every(context, definitions, ("image",), lambda container: image_names.comes_from(_get(container, "image"), registries))


@predicate
def secrets_by_reference(context: Context, definitions: Any) -> Truth | Located:
    """True when no password, token or key from elsewhere in the estate is handed over in a container's environment.

    One that is written out is what CP_KEY_005 reports.
    """
    return _every(context, definitions, ("environment",), lambda container: _hands_over_none(context, _get(container, "environment")))


@predicate
def variables_without_secrets(context: Context, variables: Any = ABSENT) -> Truth:
    """True when a map of environment variables holds no password, token or key from elsewhere in the estate."""
    if isinstance(variables, Unknown):
        return variables if not isinstance(variables.partial, dict) else variables_without_secrets(context, variables.partial)  # type: ignore[return-value]
    entries = variables.items() if isinstance(variables, dict) else ()
    return _hands_over_none(context, [{"name": name, "value": value} for name, value in entries])


@predicate
def registry_login_by_reference(context: Context, definitions: Any) -> Truth | Located:
    """True when every container that logs in to a private registry names the secret that holds its credentials."""

    def test(container: Any) -> Truth:
        login = _get(container, "repositoryCredentials")
        if login is ABSENT:
            return True
        named = _get(login, "credentialsParameter")
        if isinstance(named, str):
            return named.startswith(("arn:", "${"))
        return negate(_is(named, ABSENT)) if not isinstance(named, Unknown) else True  # a reference to a secret

    return _every(context, definitions, ("repositoryCredentials",), test)


# -- one value -----------------------------------------------------------------------------------------------------------------------------


@predicate
def image_pinned(context: Context, value: Any) -> Truth:
    """True when an image is named with a digest, or a tag other than latest ("DOCKER|registry/app:1.2", too)."""
    return image_names.pinned(value)


@predicate
def image_from(context: Context, value: Any, registries: Any) -> Truth:
    """True when an image comes from one of the `registries`: "111122223333.dkr.ecr.ap-northeast-1.amazonaws.com", or a name's beginning."""
    return image_names.comes_from(value, registries)


@predicate
def in_azure_registry(context: Context, value: Any) -> Truth:
    """True when an image or a registry's address belongs to an Azure Container Registry: by its name, or by a reference to one."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((in_azure_registry(context, choice) for choice in value.choices), value)  # type: ignore[misc]
        known = value.partial if isinstance(value.partial, str) else ""
        named = (value.expression, known, *value.references)
        return True if any(mark in text.casefold() for text in named for mark in _AZURE_REGISTRY) else value
    return isinstance(value, str) and ".azurecr." in value.casefold()


@predicate
def keeps_registry_password_safe(context: Context, settings: Any = ABSENT) -> Truth | Located:
    """True when an app's settings hold no password of a registry, or only a reference to Key Vault. No report may quote the value."""
    value = _get(settings, "DOCKER_REGISTRY_SERVER_PASSWORD")
    if isinstance(value, Unknown):
        return Located(value, (), None) if value is settings else Located(value, ("app_settings", "DOCKER_REGISTRY_SERVER_PASSWORD"), value)
    safe = value is ABSENT or str(value).casefold().startswith("@microsoft.keyvault(")
    return safe or Located(False, ("app_settings", "DOCKER_REGISTRY_SERVER_PASSWORD"), "****")


@predicate
def tag_pinned(context: Context, value: Any) -> Truth:
    """True when the tag of an image, written by itself, is not latest."""
    if isinstance(value, Unknown):
        return choose((tag_pinned(context, choice) for choice in value.choices), value) if value.choices is not None else value  # type: ignore[misc]
    return value is not ABSENT and not same(value, "latest")


@predicate
def kubernetes_at_least(context: Context, value: Any, oldest: Any) -> Truth:
    """True when a Kubernetes version ("1.33", "1.33.5") is not older than `oldest`."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((kubernetes_at_least(context, choice, oldest) for choice in value.choices), value)  # type: ignore[misc]
        return value
    version, wanted = _version(value), _version(oldest)
    return version is not None and wanted is not None and version >= wanted


# -- walking the definitions ---------------------------------------------------------------------------------------------------------------


def _every(context: Context, definitions: Any, route: Path, test: Test) -> Truth | Located:
    """Whether every container meets the test; the places are those of all that do not, else that of the first that cannot be told."""
    at = next(((name,) for name, value in context.resource.values.items() if value is definitions), None)
    doubt: tuple[Unknown, Path] | None = None
    faulty: list[tuple[Path, Any]] = []
    for container, position in _containers(context, definitions):
        truth = _of_one(container, test)
        if truth is True:
            continue
        place: Path = () if at is None else (*at, *position, *_spelt(container, route))
        if truth is False:
            faulty.append((place, _at(container, route)))
        elif doubt is None:
            doubt = truth, place
    if faulty:
        return Located(False, *faulty[0], also=faulty[1:])
    return True if doubt is None else Located(doubt[0], doubt[1], doubt[0])


def _of_one(container: Any, test: Test) -> Truth:
    if isinstance(container, Unknown):
        if container.choices is not None:
            return choose((True if choice is ABSENT else _of_one(choice, test) for choice in container.choices), container)
        return container if container.partial is None else _of_one(container.partial, test)
    if isinstance(container, list):
        return all_of(_of_one(item, test) for item in container)
    if isinstance(container, str):
        return _of_one(_parsed(container), test)
    return test(container) if isinstance(container, dict) else True


def _containers(context: Context, value: Any) -> Iterator[tuple[Any, Path]]:
    """(container, its path from the value): a mapping, or an Unknown for what cannot be told of one or of all of them."""
    if isinstance(value, str):
        slot = ("containers", value)  # several checks read the same text
        cache = context.estate.links
        if slot not in cache:
            cache[slot] = _parsed(value)
        value = cache[slot]
    if isinstance(value, list):
        for position, item in enumerate(value):
            if isinstance(item, (dict, Unknown)):
                yield item, (position,)
    elif isinstance(value, Unknown) and value.choices is None and value.partial is not None:
        yield from _containers(context, value.partial)
    elif isinstance(value, (dict, Unknown)):
        yield value, ()


def _parsed(text: str) -> Any:
    """What a JSON text holds, its half-known texts made Unknown; Unknown when it is not to be read."""
    import json

    try:
        return _with_unknowns(json.loads(text))
    except (ValueError, RecursionError):
        return Unknown("unsupported-expression" if "${" in text else "invalid-expression", text[:80])


def _with_unknowns(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_unknowns(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_with_unknowns(item) for item in value if item is not None]
    if isinstance(value, str) and "${" in value:
        return Unknown("unsupported-expression", value, (), value)
    return value


def _get(container: Any, name: str) -> Any:
    """The attribute in whatever case: Terraform's JSON writes `privileged`, CloudFormation `Privileged`."""
    if isinstance(container, Unknown):
        if container.choices is not None:
            found = tuple(_get(choice, name) for choice in container.choices)
            return (
                found[0]
                if found and all(one == found[0] for one in found)
                else Unknown(container.reason, container.expression, (), None, found)
            )
        return container if container.partial is None else _get(container.partial, name)
    if isinstance(container, dict):
        for key in (name, name[0].upper() + name[1:]):
            value = container.get(key)
            if value is not None:
                return value
        lower = name.casefold()
        for key, value in container.items():
            if value is not None and isinstance(key, str) and key.casefold() == lower:
                return value
    return ABSENT


def _at(container: Any, route: Path) -> Any:
    for name in route:
        container = _get(container, str(name))
    return container


def _spelt(container: Any, route: Path) -> Path:
    """The route as the template spells it."""
    found: list[str] = []
    for name in route:
        keys = container if isinstance(container, dict) else ()
        key = next((key for key in keys if isinstance(key, str) and key.casefold() == str(name).casefold()), str(name))
        found.append(key)
        container = container.get(key) if isinstance(container, dict) else None
    return tuple(found)


def _items(value: Any) -> list[Any]:
    if isinstance(value, Unknown) and isinstance(value.partial, list):
        return value.partial
    return [] if value is ABSENT else value if isinstance(value, list) else [value]


def _is(value: Any, expected: Any) -> Truth:
    if isinstance(value, Unknown):
        return choose((_is(choice, expected) for choice in value.choices), value) if value.choices is not None else value
    return value is expected or (value is not ABSENT and expected is not ABSENT and same(value, expected))


def _one_of(value: Any, options: Any) -> Truth:
    return any_of(_is(value, option) for option in options)


# -- what is asked of one ------------------------------------------------------------------------------------------------------------------


def _other_user(value: Any) -> Truth:
    if value is ABSENT:
        return Unknown("provider-default")
    if isinstance(value, Unknown):
        return choose((_other_user(choice) for choice in value.choices), value) if value.choices is not None else value
    return str(value).split(":")[0].strip().casefold() not in ("root", "0")


def _hands_over_none(context: Context, environment: Any) -> Truth:
    if isinstance(environment, Unknown) and environment.partial is None:
        return environment
    outside = getattr(context.estate, "outside", None) or ()
    for entry in _items(environment):
        name, value = _get(entry, "name"), _get(entry, "value")
        if kept_in_the_open(context, name, value) is True:
            return False
        # a plan shows what it was given from outside like a literal
        if isinstance(value, str) and value and value in outside and isinstance(name, str) and name_class(name) in (PASSWORD, KEY):
            return False
    return True


def _version(value: Any) -> tuple[int, ...] | None:
    parts = str(value).strip().removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in parts) if len(parts) == 2 and all(part.isdigit() for part in parts) else None


WORDS = {
    "unprivileged": Text("no container runs privileged", "特権コンテナはありません"),
    "read_only": Text("every root file system is read-only", "ルートファイルシステムは読取専用です"),
    "not_root": Text("no container runs as root", "rootで動くコンテナはありません"),
    "adds_no_capability": Text("no far-reaching capability is added", "強い権限(capability)を追加していません"),
    "pinned": Text("every image is pinned", "イメージの版が固定されています"),
    "from_registries": Text("every image comes from a permitted registry", "許可したレジストリのイメージです"),
    "secrets_by_reference": Text("secrets are handed over by reference", "秘密情報を参照で渡しています"),
    "variables_without_secrets": Text("no secret stands in the environment", "環境変数に秘密情報はありません"),
    "registry_login_by_reference": Text("the registry's credentials are a reference", "レジストリの認証情報は参照です"),
    "image_pinned": Text("the image is pinned", "イメージの版が固定されています"),
    "image_from": Text("the image comes from a permitted registry", "許可したレジストリのイメージです"),
    "in_azure_registry": Text("the image is in an Azure Container Registry", "Azure Container Registryのイメージです"),
    "keeps_registry_password_safe": Text("no registry password stands in the settings", "設定にレジストリのパスワードはありません"),
    "tag_pinned": Text("the image's tag is pinned", "イメージのタグが固定されています"),
    "kubernetes_at_least": Text("the Kubernetes version is supported", "サポートされているKubernetesのバージョンです"),
}
WORDS_FALSE = {
    "unprivileged": Text("a container runs privileged, with the host's rights", "ホストと同じ権限を持つ特権コンテナがあります"),
    "read_only": Text("a container's root file system is writable", "コンテナのルートファイルシステムが書込可能です"),
    "not_root": Text("a container runs as root", "コンテナがrootで動きます"),
    "adds_no_capability": Text("a container is given a far-reaching capability", "コンテナに強い権限(capability)を追加しています"),
    "pinned": Text("an image has the tag latest, or none", "イメージのタグがlatestであるか、書かれていません"),
    "from_registries": Text("an image comes from a registry that is not permitted", "許可していないレジストリのイメージです"),
    "secrets_by_reference": Text(
        "a password, token or key stands in a container's environment", "パスワード、トークン又は鍵を環境変数(environment)で渡しています"
    ),
    "variables_without_secrets": Text(
        "a password, token or key stands in environment_variables", "パスワード、トークン又は鍵をenvironment_variablesで渡しています"
    ),
    "registry_login_by_reference": Text("the registry's credentials are no reference", "レジストリの認証情報が参照ではありません"),
    "image_pinned": Text("the image has the tag latest, or none", "イメージのタグがlatestであるか、書かれていません"),
    "image_from": Text("the image comes from a registry that is not permitted", "許可していないレジストリのイメージです"),
    "in_azure_registry": Text("the image is not in an Azure Container Registry", "Azure Container Registryのイメージではありません"),
    "keeps_registry_password_safe": Text("the registry's password stands in the settings", "設定にレジストリのパスワードが書かれています"),
    "tag_pinned": Text("the image's tag is latest", "イメージのタグがlatestです"),
    "kubernetes_at_least": Text("the Kubernetes version is no longer supported", "サポートが終了したKubernetesのバージョンです"),
}
