"""Property names of Azure resources, read from the wheel of pulumi-azure-native (`pip download --no-deps pulumi-azure-native`).

Its classes are made from Azure's own API descriptions and, but for RENAMED, keep the names of the wire. What they do not keep is the wrapper
`properties` where the description flattens it: at the resource it is put back here, within nested objects it is not, so a look-up steps over
`properties` where an object has none.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

Tree = dict[str, Any]
DEPTH = 8
# What may stand beside `properties` in a resource; those that any may have are EVERYWHERE.
TOP = frozenset(
    [
        "name",
        "location",
        "sku",
        "kind",
        "identity",
        "tags",
        "zones",
        "scope",
        "apiVersion",
        "plan",
        "parent",
        "deploymentScope",
        "extendedLocation",
        "managedBy",
        "type",
        "id",
        "etag",
        "placement",
    ]
)
EVERYWHERE = frozenset(["name", "location", "tags", "scope", "apiVersion", "parent", "deploymentScope", "type", "id", "dependsOn"])
_MODULES = {
    "cache": "redis",
    "devices": "iothub",
    "documentdb": "cosmosdb",
    "insights": "monitor",
    "redhatopenshift": "redhatopenshift",
}
# Types whose class is named otherwise than the type.
_CLASSES = {
    "Microsoft.ApiManagement/service": "apimanagement:ApiManagementService",
    "Microsoft.Authorization/locks": "authorization:ManagementLockByScope",
    "Microsoft.Authorization/roleEligibilityScheduleRequests": "authorization:PimRoleEligibilitySchedule",
    "Microsoft.Authorization/policyDefinitions": "authorization:PolicyDefinition",
    "Microsoft.CognitiveServices/accounts/deployments": "cognitiveservices:Deployment",
    "Microsoft.Devices/IotHubs": "iothub:IotHubResource",
    "Microsoft.Cache/Redis": "redis:Redis",
    "Microsoft.Cache/redis": "redis:Redis",
    "Microsoft.DBforMySQL/flexibleServers": "dbformysql:Server",
    "Microsoft.DBforMySQL/servers": "dbformysql:SingleServer",
    "Microsoft.DBforMySQL/servers/firewallRules": "dbformysql:SingleServerFirewallRule",
    "Microsoft.DBforPostgreSQL/flexibleServers": "dbforpostgresql:Server",
    "Microsoft.DBforPostgreSQL/servers": "dbforpostgresql:SingleServer",
    "Microsoft.DBforPostgreSQL/servers/configurations": "dbforpostgresql:SingleServerConfiguration",
    "Microsoft.DBforPostgreSQL/servers/firewallRules": "dbforpostgresql:SingleServerFirewallRule",
    "Microsoft.SignalRService/webPubSub": "webpubsub:WebPubSub",
    "Microsoft.DevTestLab/schedules": "devtestlab:GlobalSchedule",
    "Microsoft.EventHub/namespaces/networkRuleSets": "eventhub:NamespaceNetworkRuleSet",
    "Microsoft.KeyVault/managedHSMs": "keyvault:ManagedHsm",
    "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies": "network:WebApplicationFirewallPolicy",
    "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies": "frontdoor:Policy",
    "Microsoft.Network/dnsZones": "dns:Zone",
    "Microsoft.Network/frontDoors": "frontdoor:FrontDoor",
    "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules": "network:AdminRule",
    "Microsoft.Network/trafficManagerProfiles": "trafficmanager:Profile",
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems": "recoveryservices:ProtectedItem",
    "Microsoft.Search/searchServices": "search:Service",
    "Microsoft.Sql/servers/auditingSettings": "sql:ServerBlobAuditingPolicy",
    "Microsoft.Sql/servers/databases/auditingSettings": "sql:DatabaseBlobAuditingPolicy",
    "Microsoft.Sql/servers/extendedAuditingSettings": "sql:ExtendedServerBlobAuditingPolicy",
    "Microsoft.Storage/storageAccounts/blobServices": "storage:BlobServiceProperties",
    "Microsoft.Storage/storageAccounts/fileServices": "storage:FileServiceProperties",
    "Microsoft.Storage/storageAccounts/queueServices": "storage:QueueServiceProperties",
    "Microsoft.Storage/storageAccounts/tableServices": "storage:TableServiceProperties",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "storage:BlobContainer",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies": "storage:BlobContainerImmutabilityPolicy",
    "Microsoft.Storage/storageAccounts/queueServices/providers/diagnosticSettings": "monitor:DiagnosticSetting",
    "Microsoft.Storage/storageAccounts/queueServices/providers/diagnosticsettings": "monitor:DiagnosticSetting",
    "Microsoft.Synapse/workspaces/azureADOnlyAuthentications": "synapse:AzureADOnlyAuthentication",
    "Microsoft.Web/serverfarms": "web:AppServicePlan",
    "Microsoft.Web/sites": "web:WebApp",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": "web:WebAppFtpAllowed",
    "Microsoft.Web/sites/networkConfig": "web:WebAppSwiftVirtualNetworkConnection",
    "Microsoft.Web/sites/slots": "web:WebAppSlot",
}
# One type of Azure's with a class for every name that the resource can bear; what is written there is what each of them takes.
_UNIONS = {
    "Microsoft.Web/sites/config": ("WebAppAuthSettings", "WebAppAuthSettingsV2", "WebAppDiagnosticLogsConfiguration"),
    "Microsoft.Web/sites/slots/config": ("WebAppAuthSettingsSlot", "WebAppAuthSettingsV2Slot", "WebAppDiagnosticLogsConfigurationSlot"),
}
# Hand-made corrections below were read from these.
CORRECTED_BY = ("azure-mgmt-storage 25.3.0", "-keyvault 14.1.0", "-network 33.1.0", "-redis 14.5.0", "-compute 39.0.0")
# Names of the API descriptions' for clients, and those of the wire (azure-mgmt-storage 25.3.0, azure-mgmt-keyvault 14.1.0, or as told).
RENAMED = {
    "Microsoft.Storage/storageAccounts": {
        "networkRuleSet": "networkAcls",
        "enableHttpsTrafficOnly": "supportsHttpsTrafficOnly",
        "enableNfsV3": "isNfsV3Enabled",
        "keyVaultProperties": "keyvaultproperties",
        "keyName": "keyname",
        "keyVersion": "keyversion",
        "keyVaultUri": "keyvaulturi",
    },
    "Microsoft.KeyVault/vaults/secrets": {"expires": "exp", "notBefore": "nbf"},
    # its documentation string
    "Microsoft.Cache/redis": {"aofBackupEnabled": "aof-backup-enabled", "rdbBackupEnabled": "rdb-backup-enabled"},
    "Microsoft.Cache/Redis": {"aofBackupEnabled": "aof-backup-enabled", "rdbBackupEnabled": "rdb-backup-enabled"},
}
# What stands within `properties` though most resources have it beside (azure-mgmt-network 33.1.0, -redis 14.5.0 and -compute 39.0.0).
INSIDE = {
    "Microsoft.Cache/Redis": {"sku"},
    "Microsoft.Cache/redis": {"sku"},
    "Microsoft.Compute/virtualMachineScaleSets/extensions": {"type"},
    "Microsoft.Compute/virtualMachines/extensions": {"type"},
    "Microsoft.Network/applicationGateways": {"sku"},
    "Microsoft.Network/azureFirewalls": {"sku"},
    "Microsoft.Network/firewallPolicies": {"sku"},
    "Microsoft.Network/virtualNetworkGateways": {"sku"},
}
# Types that the package has no class for: it follows newer API versions only, or the type has no life of its own there.
NO_SOURCE = {
    "Microsoft.Insights/logprofiles": "retired by Azure",
    "Microsoft.RecoveryServices/vaults/backupconfig": "a setting of the vault, which the package leaves out",
    "Microsoft.ServiceFabric/clusters": "the package has managed clusters only",
    "Microsoft.Synapse/workspaces/azureADOnlyAuthentications": "a setting of the workspace, which the package leaves out",
}
_CLASS = re.compile(r"^class (\w+?)(?:Args)?:\n(.*?)(?=^(?:@pulumi|class |if |elif )|\Z)", re.M | re.S)
_GETTER = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n    def (\w+)\(self\) -> (.*):')
_ENUM = re.compile(r"^class (\w+)\(_builtins\.\w+, Enum\):\n(.*?)(?=^@|^class |\Z)", re.M | re.S)
_SIMPLE = (("bool", "bool"), ("int", "number"), ("float", "number"), ("str", "string"))


class Wheel:
    """The package: trees by resource type."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._names = set(self._archive.namelist())
        self.version = path.name.split("-")[1]
        self._inputs: dict[str, dict[str, str]] = {}
        self._enums: dict[str, dict[str, list[str]]] = {}

    def trees(self, wanted: set[str]) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for type in sorted(wanted):
            if type not in NO_SOURCE and (tree := self._of_type(type)):
                found[type] = _wire(tree, RENAMED.get(type, {}), TOP - INSIDE.get(type, set()))
        return found

    def _of_type(self, type: str) -> Tree:
        if type in _UNIONS:
            tree: Tree = self._resource("web", "WebApp", only="siteConfig")
            for name in _UNIONS[type]:
                tree |= self._resource("web", name)
            return tree
        # the package's class is its own invention; azure-mgmt-keyvault: as in the vault
        if type == "Microsoft.KeyVault/vaults/accessPolicies":
            vault = self._resource("keyvault", "Vault")["properties"]
            return {"properties": {"accessPolicies": vault["accessPolicies"]}}
        if type in _CLASSES:
            module, _, name = _CLASSES[type].partition(":")
            return self._resource(module, name)
        namespace, *segments = type.split("/")
        module = namespace.removeprefix("Microsoft.").lower()
        single = [_single(segment) for segment in segments]
        for start in range(len(single)):  # Server + FirewallRule, then FirewallRule alone
            if tree := self._resource(_MODULES.get(module, module), "".join(single[start:])):
                return tree
        return {}

    def _text(self, name: str) -> str:
        path = f"pulumi_azure_native/{name}"
        return self._archive.read(path).decode("utf-8") if path in self._names else ""

    def _resource(self, module: str, name: str, only: str = "") -> Tree:
        files = {path.lower().replace("_", ""): path for path in self._names if path.startswith(f"pulumi_azure_native/{module}/")}
        path = files.get(f"pulumiazurenative/{module}/{name}.py".lower())
        if path is None:
            return {}
        if module not in self._inputs:
            self._inputs[module] = dict(_CLASS.findall(self._text(f"{module}/_inputs.py")))
            self._enums[module] = {
                enum: re.findall(r'^    \w+ = "(.*)"$', body, re.M) for enum, body in _ENUM.findall(self._text(f"{module}/_enums.py"))
            }
        body = max((body for _, body in _CLASS.findall(self._archive.read(path).decode("utf-8"))), key=len, default="")
        tree = self._properties(body, module, DEPTH, ())
        if only:
            inner = tree.get(only)
            return inner if isinstance(inner, dict) else {}
        return {key: value for key, value in tree.items() if key != "resourceGroupName"}

    def _properties(self, body: str, module: str, depth: int, within: tuple[str, ...]) -> Tree:
        return {name or plain: self._node(kind, module, depth, within) for name, plain, kind in _GETTER.findall(body)}

    def _node(self, kind: str, module: str, depth: int, within: tuple[str, ...]) -> Any:
        names = re.findall(r"'(?:\w+\.)?(\w+)'", kind)
        classes = [
            name.removesuffix("Args") for name in names if name.endswith("Args") and name.removesuffix("Args") in self._inputs[module]
        ]
        if "Mapping[" in kind:
            return "map of any"
        if classes:
            tree: Tree = {}
            for name in classes:  # several: the variants of a polymorphic object
                if name in within or depth == 0:
                    return "…"
                tree |= self._properties(self._inputs[module][name], module, depth - 1, (*within, name))
            return tree
        values = [value for name in names for value in self._enums[module].get(name, ())]
        if values:
            return {"": "string", "enum": sorted(set(values))}
        simple = next((ours for theirs, ours in _SIMPLE if f"_builtins.{theirs}" in kind), "any")
        return f"list of {simple}" if "Sequence[" in kind else simple


def _wire(tree: Tree, renamed: dict[str, str], top: frozenset[str]) -> Tree:
    """The resource as a template writes it."""
    tree = _rename(tree, renamed)
    if "properties" in tree:
        return tree
    beside = {name: value for name, value in tree.items() if name in top}
    return beside | {"properties": {name: value for name, value in tree.items() if name not in top}}


def _rename(node: Any, renamed: dict[str, str]) -> Any:
    return {renamed.get(name, name): _rename(value, renamed) for name, value in node.items()} if isinstance(node, dict) else node


def _single(segment: str) -> str:
    name = segment[0].upper() + segment[1:]
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches")):
        return name[:-2]
    return name if name.endswith("ss") or not name.endswith("s") else name[:-1]
