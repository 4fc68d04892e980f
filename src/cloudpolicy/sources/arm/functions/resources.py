"""Functions that look something up: parameters, variables, copyIndex, resource ids, reference, list…, and the scopes of the deployment."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm import ids
from cloudpolicy.sources.arm.handles import Handle
from cloudpolicy.sources.arm.nodes import Bad, Call, resolve
from cloudpolicy.sources.arm.values import HOLE, Fields, Unresolved, combine, identity, references, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope

_SUFFIXES = {
    "acrLoginServer": ".azurecr.io",
    "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
    "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
    "azureFrontDoorEndpointSuffix": "azurefd.net",
    "keyvaultDns": ".vault.azure.net",
    "sqlServerHostname": ".database.windows.net",
    "storage": "core.windows.net",
}


def parameters(node: Call, scope: Scope) -> Any:
    name = _name(node, scope)
    if isinstance(name, Unknown):
        return Unresolved(name.reason, node.text)
    inner = scope.locals.get("parameters()")  # inside a function that the template defines
    if inner is not None:
        if name in inner:
            return inner[name]
        raise Bad(f"the function has no parameter “{name}”", f"関数にパラメータ「{name}」はありません")
    return scope.module.parameter(name, node)


def variables(node: Call, scope: Scope) -> Any:
    name = _name(node, scope)
    if isinstance(name, Unknown):
        return Unresolved(name.reason, node.text)
    return scope.module.variable(name, node)


def _name(node: Call, scope: Scope) -> Any:
    (argument,) = node.arguments
    name = resolve(argument, scope)
    if isinstance(name, (str, Unknown)):
        return name
    raise Bad("a name is needed", "名前が必要です")


def copy_index(node: Call, scope: Scope) -> Any:
    values = [resolve(argument, scope) for argument in node.arguments]
    name = values.pop(0) if values and isinstance(values[0], str) else ""
    index = scope.locals.get(f"copy:{name.lower()}")
    if index is None:
        raise Bad("there is no such loop around it", "対応する copy がありません")
    if isinstance(index, Unknown) or not values:
        return index
    if isinstance(values[0], Unknown):
        return Unresolved(values[0].reason, node.text)
    return index + values[0]


def _id(node: Call, scope: Scope, above: str, outer: str) -> Any:
    """resourceId([subscription], [group], type, name, …). `outer` is the id of the scope when one is named."""
    values = [resolve(argument, scope) for argument in node.arguments]
    for index, value in enumerate(values):
        if isinstance(value, str) and "/" in value and "." in value.split("/", 1)[0]:
            type, names = value, values[index + 1 :]
            break
    else:
        return Unresolved("known-after-deploy", node.text, references(values))
    if not names:
        raise Bad("a name is needed", "名前が必要です")
    parts: list[Any] = [names[0]]
    for name in names[1:]:
        parts += ["/", name]
    name = combine(parts, node.text) if len(parts) > 1 else parts[0]
    if not isinstance(name, (str, Unknown)):
        raise Bad("the name must be text", "名前は文字列でなければなりません")
    if index and outer:  # in another subscription or resource group
        texts = [value if isinstance(value, str) else HOLE for value in values[:index]]
        above = outer.format(*([HOLE, *texts] if index == 1 and outer.count("{}") == 2 else texts))
        return ids.of_name(scope.module, type, name, node.text, above)
    return ids.of_name(scope.module, type, name, node.text, above)


def resource_id(node: Call, scope: Scope) -> Any:
    above = ids.LEVEL_PREFIX[scope.module.template.level] or ""
    return _id(node, scope, above, "/subscriptions/{}/resourceGroups/{}")


def subscription_resource_id(node: Call, scope: Scope) -> Any:
    return _id(node, scope, ids.SUBSCRIPTION, "/subscriptions/{}")


def tenant_resource_id(node: Call, scope: Scope) -> Any:
    return _id(node, scope, "", "")


def management_group_resource_id(node: Call, scope: Scope) -> Any:
    return _id(
        node, scope, f"/providers/Microsoft.Management/managementGroups/{HOLE}", "/providers/Microsoft.Management/managementGroups/{}"
    )


def extension_resource_id(node: Call, scope: Scope) -> Any:
    scope_id, type, *names = (resolve(argument, scope) for argument in node.arguments)
    if not isinstance(type, str) or not names:
        return Unresolved("known-after-deploy", node.text, references([scope_id, type, *names]))
    name = combine([part for name in names for part in ("/", name)][1:], node.text)
    above = (
        scope_id.partial
        if isinstance(scope_id, Unknown) and isinstance(scope_id.partial, str)
        else scope_id
        if isinstance(scope_id, str)
        else HOLE
    )
    value = ids.of_name(scope.module, type, name, node.text, above)
    if isinstance(value, Unresolved):
        value.identity = f"{identity(scope_id)}/providers/" + value.identity.rpartition("/providers/")[2]
    return value


def reference(node: Call, scope: Scope) -> Any:
    """reference(symbol, id or name [, version] [, 'Full'])."""
    target, *more = (resolve(argument, scope) for argument in node.arguments)
    full = len(more) == 2 and isinstance(more[1], str) and more[1].lower() == "full"
    instance = None
    module = scope.module
    if isinstance(target, Handle):
        instance = module.instance_at(target.address)
    elif isinstance(target, str) and "/" not in target:
        found = module.symbol(target, node)
        instance = module.alone(target) if found is None else None  # old templates refer to a resource by its name alone
        if isinstance(found, Handle):
            instance = module.instance_at(found.address)
        elif isinstance(found, list):
            return found
    elif isinstance(target, (str, Unknown)):
        found = ids.parse(identity(target)) if "/" in identity(target) else None
        instance = module.find(*found) if found is not None else module.alone(identity(target))
    if instance is None:
        return Unresolved("known-after-deploy", node.text, references([target]), None, None, f"${{reference({identity(target)})}}")
    return Handle(instance, node.text, () if full else ("properties",))


def listed(node: Call, scope: Scope) -> Any:
    """listKeys and its like: what only the deployed resource can answer."""
    target = resolve(node.arguments[0], scope) if node.arguments else None
    return Unresolved("known-after-deploy", node.text, references([target]), None, None, f"${{{node.name}({identity(target)})}}")


def resource_group(node: Call, scope: Scope) -> Any:
    if node.arguments:  # Bicep: the scope of a module or resource elsewhere
        return _elsewhere(node, scope)
    region = scope.module.region or Unresolved("region-not-given", "resourceGroup().location")
    return _facts(
        "resourceGroup()",
        {"location": region, "type": "Microsoft.Resources/resourceGroups"},
        {"id": ids.GROUP, "name": None, "tags": None, "managedBy": None, "properties": None},
    )


def _elsewhere(node: Call, scope: Scope) -> Any:
    values = [resolve(argument, scope) for argument in node.arguments]
    return Unresolved("not-in-estate", node.text, references(values), Fields({"name": values[-1]}))


def _facts(call: str, known: dict[str, Any], unknown: dict[str, str | None]) -> Fields:
    result = Fields(known)
    for name, partial in unknown.items():
        result[name] = Unresolved("known-after-deploy", f"{call}.{name}", (), partial)
    return result


def subscription(node: Call, scope: Scope) -> Any:
    if node.arguments:
        return _elsewhere(node, scope)
    return _facts("subscription()", {}, {"id": ids.SUBSCRIPTION, "subscriptionId": None, "tenantId": None, "displayName": None})


def tenant(node: Call, scope: Scope) -> Any:
    return _facts("tenant()", {}, {"tenantId": None, "displayName": None, "countryCode": None, "id": None})


def management_group(node: Call, scope: Scope) -> Any:
    if node.arguments:
        return _elsewhere(node, scope)
    return _facts(
        "managementGroup()", {"type": "/providers/Microsoft.Management/managementGroups"}, {"id": None, "name": None, "properties": None}
    )


def deployment(node: Call, scope: Scope) -> Any:
    region = scope.module.region or Unresolved("region-not-given", "deployment().location")
    return _facts("deployment()", {"location": region}, {"name": None, "properties": None, "id": None})


def environment(node: Call, scope: Scope) -> Any:
    return Fields(
        {
            "name": "AzureCloud",
            "gallery": "https://gallery.azure.com/",
            "graph": "https://graph.windows.net/",
            "portal": "https://portal.azure.com",
            "graphAudience": "https://graph.windows.net/",
            "activeDirectoryDataLake": "https://datalake.azure.net/",
            "batch": "https://batch.core.windows.net/",
            "media": "https://rest.media.azure.net",
            "sqlManagement": "https://management.core.windows.net:8443/",
            "resourceManager": "https://management.azure.com/",
            "suffixes": Fields(_SUFFIXES),
            "authentication": Fields(
                {
                    "loginEndpoint": "https://login.microsoftonline.com/",
                    "tenant": "common",
                    "identityProvider": "AAD",
                    "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
                }
            ),
        }
    )


def unknowable(node: Call, scope: Scope) -> Any:
    """What only the deployment knows: uniqueString, guid, newGuid, utcNow, deployer …"""
    from cloudpolicy.sources.arm.functions import unresolved

    values = [resolve(argument, scope) for argument in node.arguments]
    result = unresolved(node, node.name.lower(), values)
    if node.name == "getSecret":
        result.reason = "dynamic-reference"
    elif not unknowns(values):
        result.reason = "known-after-deploy"
    result.partial = HOLE
    return result


def name_of(node: Call, scope: Scope) -> Any:
    """Bicep's nameof(x.y) -> "y"."""
    text = node.text.partition("(")[2].rstrip(" )")
    return text.rpartition(".")[2].strip() or text


SPECIAL: dict[str, Callable[..., Any]] = {
    "parameters": parameters,
    "variables": variables,
    "copyindex": copy_index,
    "resourceid": resource_id,
    "subscriptionresourceid": subscription_resource_id,
    "tenantresourceid": tenant_resource_id,
    "extensionresourceid": extension_resource_id,
    "managementgroupresourceid": management_group_resource_id,
    "reference": reference,
    "references": reference,
    "resourcegroup": resource_group,
    "subscription": subscription,
    "tenant": tenant,
    "managementgroup": management_group,
    "deployment": deployment,
    "environment": environment,
    "nameof": name_of,
    **dict.fromkeys(
        (
            "uniquestring",
            "guid",
            "newguid",
            "utcnow",
            "deployer",
            "providers",
            "pickzones",
            "tologicalzone",
            "tologicalzones",
            "tophysicalzone",
            "tophysicalzones",
            "getsecret",
            "readenvironmentvariable",
            "readclioption",
            "fail",
            "externalinput",
        ),
        unknowable,
    ),
}
