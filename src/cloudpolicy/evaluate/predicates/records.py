"""Records: where audit logs are kept, what a trail writes down of data, and what the customer's own settings ask for."""

from __future__ import annotations

import re

from cloudpolicy.evaluate import links
from cloudpolicy.evaluate.documents import Document, Name, each_document
from cloudpolicy.evaluate.logic import all_of, any_of, choose
from cloudpolicy.evaluate.matchers import same
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.storage import NAMES, POLICIES, known_text, mentions
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

# what records operations, configuration or traffic -> the attribute that names the store it writes to
_BUCKET_WRITERS = (
    ("aws_cloudtrail", "s3_bucket_name"),
    ("aws_config_delivery_channel", "s3_bucket_name"),
    ("aws_flow_log", "log_destination"),
    ("AWS::CloudTrail::Trail", "S3BucketName"),
    ("AWS::Config::DeliveryChannel", "S3BucketName"),
    ("AWS::EC2::FlowLog", "LogDestination"),
)
_ACCOUNT_WRITERS = (
    ("azurerm_monitor_diagnostic_setting", "storage_account_id"),
    ("azurerm_monitor_log_profile", "storage_account_id"),
    ("azurerm_network_watcher_flow_log", "storage_account_id"),
    ("Microsoft.Insights/diagnosticSettings", "properties.storageAccountId"),
    ("Microsoft.Network/networkWatchers/flowLogs", "properties.storageId"),
)
_AUDIT_SERVICES = ("cloudtrail.amazonaws.com", "config.amazonaws.com")
_STORAGE_CATEGORIES = ("StorageRead", "StorageWrite", "StorageDelete")
_WHOLE_SERVICE = r"arn:[a-z-]+:[a-z0-9]+:*"
_HOLE = r"\$\{[^}]*\}"
_NETWORK_KEYS = frozenset({"aws:sourcevpce", "aws:sourcevpc", "aws:sourcevpcarn", "aws:vpcsourceip", "kms:viaservice"})


@predicate
def is_audit_store(context: Context) -> Truth:
    """True when a trail, configuration recorder, flow log or diagnostic setting writes into this bucket or storage account.

    A bucket whose policy lets CloudTrail or Config write is one too: the trail may stand in another stack. No arguments.
    """
    slot = ("is_audit_store", context.resource.address)
    if slot not in context.estate.links:  # several policies ask it of every store
        context.estate.links[slot] = _is_audit_store(context)
    answer: Truth = context.estate.links[slot]
    return answer


def _is_audit_store(context: Context) -> Truth:
    store, estate = context.resource, context.estate
    if store.type in POLICIES and _lets_audit_service_write(context):
        return True
    doubt: Truth = False
    for type, attribute in _BUCKET_WRITERS if store.type in NAMES else _ACCOUNT_WRITERS:
        certain, possible = links.pointing_at(estate, store, (type,), attribute, NAMES.get(store.type, ("id",)))
        if certain:
            return True
        doubt = next((Unknown("condition-undetermined", one.address) for one in possible if mentions(one, attribute, store)), doubt)
    return doubt


def _lets_audit_service_write(context: Context) -> bool:
    bucket = context.resource
    type, by, document = POLICIES[bucket.type]
    companions, _ = links.pointing_at(context.estate, bucket, (type,), by, NAMES[bucket.type])
    documents = [companion.values.get(document, ABSENT) for companion in companions]
    return any(service in known_text(text) for text in documents for service in _AUDIT_SERVICES)


@predicate
def setting_is(context: Context, setting: Any, to: Any) -> bool:
    """True when the customer's `setting` (a parameter of the policy) is `to`, or holds it."""
    return any(same(one, to) for one in (setting if isinstance(setting, list) else [setting]))


@predicate
def holds_all(context: Context, wanted: Any, values: Any = ABSENT) -> Truth:
    """True when the `values`, gathered through blocks, hold every one of `wanted`."""
    return all_of(any_of(_same(value, str(one)) for value in _blocks(values)) for one in wanted)


@predicate
def records_data_of(context: Context, kind: Any, selectors: Any = ABSENT, advanced: Any = ABSENT, every: Any = False) -> Truth:
    """True when a trail records reading and writing of a kind of data.

    kind       "AWS::S3::Object"
    selectors  its event selectors: read_write_type (All unless written) and data_resource, or CloudFormation's names
    advanced   its advanced event selectors: field eventCategory equals Data, resources.type equals the kind, and no readOnly field
    every      whether it has to be recorded of every bucket, table or function, not only of those that are listed
    """
    classic = (_classic(block, kind, bool(every)) for block in _blocks(selectors))
    return any_of((*classic, *(_advanced(block, kind, bool(every)) for block in _blocks(advanced))))


def _classic(block: Any, kind: str, every: bool) -> Truth:
    if not isinstance(block, dict):
        return block if isinstance(block, Unknown) else False
    both = _get(block, "read_write_type", "ReadWriteType")
    if not isinstance(both, Unknown):
        both = both is ABSENT or same(both, "All")
    return all_of((both, any_of(_names_data(one, kind, every) for one in _blocks(_get(block, "data_resource", "DataResources")))))


def _names_data(one: Any, kind: str, every: bool) -> Truth:
    if not isinstance(one, dict):
        return one if isinstance(one, Unknown) else False
    named = _same(_get(one, "type", "Type"), kind)
    if not every:
        return named
    return all_of((named, any_of(_is_whole_service(value) for value in _blocks(_get(one, "values", "Values")))))


def _is_whole_service(value: Any) -> Truth:
    """True for "arn:aws:s3", "arn:aws:s3:::" and "arn:aws:lambda", in every partition."""
    if isinstance(value, Unknown):
        if isinstance(value.partial, str) and value.choices is None and (value.references or value.partial.startswith("arn:")):
            return re.fullmatch(_WHOLE_SERVICE, re.sub(_HOLE, "aws", value.partial, count=1)) is not None
        return choose((_is_whole_service(choice) for choice in value.choices), value) if value.choices is not None else value
    return isinstance(value, str) and re.fullmatch(_WHOLE_SERVICE, value) is not None


def _advanced(block: Any, kind: str, every: bool) -> Truth:
    if not isinstance(block, dict):
        return block if isinstance(block, Unknown) else False
    fields = _blocks(_get(block, "field_selector", "FieldSelectors"))
    narrowing = ("readOnly", "resources.ARN", "eventName") if every else ("readOnly",)
    return all_of(
        (
            any_of(_field_is(field, "eventCategory", "Data") for field in fields),
            any_of(_field_is(field, "resources.type", kind) for field in fields),
            *(_is_not_field(field, name) for field in fields for name in narrowing),
        )
    )


def _field_is(field: Any, name: str, value: str) -> Truth:
    if not isinstance(field, dict):
        return field if isinstance(field, Unknown) else False
    values = _blocks(_get(field, "equals", "Equals"))
    return all_of((_same(_get(field, "field", "Field"), name), any_of(_same(one, value) for one in values)))


def _is_not_field(field: Any, name: str) -> Truth:
    truth = _same(_get(field, "field", "Field"), name) if isinstance(field, dict) else field
    return truth if isinstance(truth, Unknown) else not truth


def _same(value: Any, expected: str) -> Truth:
    if isinstance(value, Unknown):
        return choose((_same(choice, expected) for choice in value.choices), value) if value.choices is not None else value
    return value is not ABSENT and same(value, expected)


@predicate
def exports_logs(context: Context, categories: Any, enabled_log: Any = ABSENT, log: Any = ABSENT) -> Truth:
    """True when a diagnostic setting exports every one of the `categories`, or a whole category group.

    enabled_log  its `enabled_log` blocks (azurerm 3 and later)
    log          its `log` blocks (azurerm 2 and 3) or ARM's `logs`, each on unless `enabled` is false
    """
    blocks = [*_blocks(enabled_log), *_blocks(log)]
    group = any_of(_switched_on(block, ("category_group", "categoryGroup"), ("allLogs", "audit")) for block in blocks)
    return any_of((group, all_of(any_of(_switched_on(block, ("category",), (name,)) for block in blocks) for name in categories)))


@predicate
def is_of_storage(context: Context, scope: Any = ABSENT, logs: Any = ABSENT) -> Truth:
    """True when a diagnostic setting of ARM is that of a storage account's service, by its scope or by the categories of its `logs`."""
    by_category = any_of(_same(_get(block, "category"), name) for block in _blocks(logs) for name in _STORAGE_CATEGORIES)
    if by_category is True or scope is ABSENT:
        return by_category
    if isinstance(scope, Unknown):
        text = scope.partial if isinstance(scope.partial, str) else ""
        if "/providers/microsoft." not in text.lower():
            return scope
        scope = text
    return isinstance(scope, str) and "/microsoft.storage/storageaccounts/" in scope.lower()


def _switched_on(block: Any, attribute: tuple[str, ...], names: tuple[str, ...]) -> Truth:
    if not isinstance(block, dict):
        return block if isinstance(block, Unknown) else False
    enabled = _get(block, "enabled")
    named = any_of(_same(_get(block, *attribute), name) for name in names)
    return all_of((named, enabled if isinstance(enabled, Unknown) else enabled is ABSENT or not same(enabled, False)))


@predicate
def is_endpoint_of(context: Context, service: Any, names: Any) -> Truth:
    """True when an endpoint's service name ends in one of the `names`: "com.amazonaws.ap-northeast-1.kms" in "kms"."""
    return _ends_in(service, [str(name) for name in names])


def _ends_in(service: Any, names: list[str]) -> Truth:
    if isinstance(service, Unknown):
        if service.choices is not None:
            return choose((_ends_in(choice, names) for choice in service.choices), service)
        last = service.partial.rpartition(".")[2] if isinstance(service.partial, str) else "${"
        return service if "${" in last or "}" in last else last in names
    return isinstance(service, str) and service.rpartition(".")[2] in names


@predicate
def limits_network(context: Context, policy: Any) -> Truth:
    """True when some statement of a key policy is bound to a network or a calling service: aws:SourceVpce, aws:SourceVpc, kms:ViaService …"""

    def test(document: Document | Name) -> Truth:
        if isinstance(document, Name):
            return False
        found = any(condition.key in _NETWORK_KEYS for statement in document.statements for condition in statement.conditions)
        return found or next(iter(document.unread), False)

    return each_document(policy, test, context.estate.links, any_of)


@predicate
def matches_event(context: Context, value: Any, sources: Any) -> Truth:
    """True when an event pattern or a filter pattern names one of the `sources`: event sources or names of API calls."""
    return names_one(value, [str(source) for source in sources])


def names_one(value: Any, sources: list[str]) -> Truth:
    """True when the known text inside `value` holds one of the `sources`."""
    if isinstance(value, Unknown) and value.choices is not None:
        return choose((names_one(choice, sources) for choice in value.choices), value)
    text = known_text(value)
    return True if any(source in text for source in sources) else _first_unknown(value) or False


def _first_unknown(value: Any) -> Unknown | None:
    if isinstance(value, Unknown):
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for item in items if (found := _first_unknown(item)) is not None), None)


def _blocks(value: Any) -> list[Any]:
    """The items of a list; an Unknown stands for any number of them, with those that are known of it."""
    if isinstance(value, Unknown):
        return [*value.partial, value] if isinstance(value.partial, list) else [value]
    if value is ABSENT or value is None:
        return []
    return value if isinstance(value, list) else [value]


def _get(block: Any, *names: str) -> Any:
    return next((block[name] for name in names if isinstance(block, dict) and block.get(name) is not None), ABSENT)


WORDS = {
    "is_audit_store": Text("audit logs are written into it", "監査ログの出力先です"),
    "setting_is": Text("the setting asks for it", "設定値で求められています"),
    "holds_all": Text("it holds everything that is asked for", "求められるものをすべて含んでいます"),
    "records_data_of": Text("it records reading and writing of the data", "データの読み取りと書き込みを記録しています"),
    "exports_logs": Text("it exports the logs", "ログを出力しています"),
    "is_of_storage": Text("it is the setting of a storage service", "ストレージのサービスの診断設定です"),
    "is_endpoint_of": Text("it is an endpoint of keys or secrets", "鍵又は秘密情報のサービスのエンドポイントです"),
    "limits_network": Text(
        "the key policy is bound to a network or a calling service", "キーポリシーで利用元のネットワーク又はサービスを限定しています"
    ),
    "matches_event": Text("it matches a security event", "セキュリティに関する事象を対象としています"),
}
WORDS_FALSE = {
    "is_audit_store": Text("no audit logs are written into it", "監査ログの出力先ではありません"),
    "setting_is": Text("the setting does not ask for it", "設定値では求められていません"),
    "holds_all": Text("it does not hold everything that is asked for", "求められるものをすべて含んではいません"),
    "records_data_of": Text(
        "it does not record both reading and writing of the data", "データの読み取りと書き込みの両方を記録する設定がありません"
    ),
    "exports_logs": Text(
        "it does not export every log category that is asked for", "求められる種別のログがすべて出力されているわけではありません"
    ),
    "is_of_storage": Text("it is not the setting of a storage service", "ストレージのサービスの診断設定ではありません"),
    "is_endpoint_of": Text("it is an endpoint of something else", "別のサービスのエンドポイントです"),
    "limits_network": Text(
        "no statement of the key policy names aws:SourceVpce, aws:SourceVpc or kms:ViaService",
        "キーポリシーにaws:SourceVpce、aws:SourceVpc又はkms:ViaServiceの条件がありません",
    ),
    "matches_event": Text("it matches no security event", "セキュリティに関する事象を対象としていません"),
}
