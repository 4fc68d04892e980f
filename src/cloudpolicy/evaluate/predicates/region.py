"""Where a resource and its copies stand: regions, zones, ARNs, buckets and Azure locations held against the permitted ones.

Permitted are the policy's parameters `aws_regions` and `azure_locations`. Regions of the China and GovCloud partitions are never in them.
"""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import all_of, choose
from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.evaluate.predicates.aws_global import regional_service, serves_a_global_service
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path

# Attributes that name an availability zone of the resource itself: a literal one tells the region where nothing else does.
_ZONES = ("availability_zone", "availability_zones", "AvailabilityZone", "AvailabilityZones", "availability_zone_id", "AvailabilityZoneId")
_ZONE = r"([a-z]{2,4}(?:-[a-z]+)+-\d+)(?:[a-z]|-wl\d+-([a-z]{3})-wlz-\d+|-([a-z]{3})-\d+[a-z])\Z"
_ZONE_ID = r"([a-z]+\d+)-(?:az\d+|([a-z]{3})\d+-az\d+|wl\d+-([a-z]{3})\w*)\Z"
_DOMESTIC_CITIES = frozenset({"nrt", "hnd", "tyo", "kix", "itm", "osa"})  # Local Zones of a region may stand abroad: ap-northeast-1-tpe-1a
_ARN = r"arn:([\w-]+):([\w-]*):([a-z0-9-]*):"
_HOLE = r"\$\{[^}]*\}"
_OWN_REGION = r"(?:!Ref\s+)?['\"]?(?:\$\{)?AWS::Region\}?['\"]?\Z"
_BUCKETS = ("aws_s3_bucket", "AWS::S3::Bucket")
# The pairs that geo-redundant services copy within; any other location has its pair abroad.
_AZURE_PAIRS = {"japaneast": "japanwest", "japanwest": "japaneast"}


@predicate
def regional(context: Context) -> bool:
    """True when the resource stands in a region that can be chosen: not a global service, nor something that serves one."""
    resource = context.resource
    if not regional_service(resource.type, resource.values):
        return False
    return not serves_a_global_service(context.estate, resource)


@predicate
def domestic(context: Context) -> Located:
    """True when the resource goes to a permitted AWS region, by its own region, its provider's, the stack's, or its zone's."""
    resource = context.resource
    permitted = _permitted(context)
    region = resource.region
    zone, path = _literal_zone(resource.values)
    if isinstance(region, str):
        if region.casefold() not in permitted:
            return Located(False, ("region",), region)
        if zone is not None and not _zone_in(zone, permitted):
            return Located(False, path, zone)
        return Located(True, ("region",), region)
    if zone is not None:
        return Located(_zone_in(zone, permitted), path, zone)
    if region is None:
        return Located(Unknown("region-not-given"), ("region",))
    return Located(_over(region, lambda text: text.strip().casefold() in permitted), ("region",), region)


@predicate
def by_default(context: Context) -> bool:
    """True when the resource goes where its estate goes, or nobody knows where: one sentence then speaks for all of them."""
    resource = context.resource
    region = resource.region
    zone, _ = _literal_zone(resource.values)
    if isinstance(region, str):
        return region == context.estate.region and (zone is None or _zone_in(zone, frozenset({region.casefold()})))
    return zone is None and (region is None or region.choices is None)


@predicate
def name_domestic(context: Context, value: Any) -> Truth:
    """True when `value` names a permitted AWS region, or the stack's own."""
    return _name_truth(value, _permitted(context))


@predicate
def zone_domestic(context: Context, value: Any) -> Truth:
    """True when `value`, an availability zone's name or id, stands in a permitted AWS region."""
    permitted = _permitted(context)

    def known(text: str) -> Truth:
        return _zone_in(text, permitted)

    return _over(value, known)


@predicate
def arn_domestic(context: Context, value: Any) -> Truth:
    """True when `value` is an ARN in a permitted region, an ARN without one, or an identifier of the resource's own region."""
    permitted = _permitted(context)

    def known(text: str) -> Truth:
        found = re.match(_ARN, text)
        if found is None:
            return True  # a plain identifier means the same region
        partition, _, region = found.groups()
        return partition == "aws" and (not region or region in permitted)

    return _referenced(context, value, known, lambda region: _name_truth(region, permitted))


@predicate
def bucket_domestic(context: Context, value: Any) -> Truth:
    """True when the bucket that `value` names (a name or an ARN, which tells no region) is declared here and goes to a permitted region."""
    permitted = _permitted(context)

    def known(text: str) -> Truth:
        found = re.match(_ARN, text)
        if found is not None and found.group(1) != "aws":
            return False
        name = text.rsplit(":", 1)[-1]
        for type in _BUCKETS:
            for bucket in context.estate.of_type(type):
                if bucket.values.get("bucket", bucket.values.get("BucketName")) == name:
                    return _where(bucket.region, permitted)
        return Unknown("not-in-estate", text)

    return _referenced(context, value, known, lambda region: _where(region, permitted))


@predicate
def azure_domestic(context: Context, value: Any) -> Truth:
    """True when `value` names a permitted Azure location ("Japan East" and "japaneast" are the same), or "global".

    Services that know whole countries only, such as Azure AD B2C, say "japan".
    """
    permitted = {_azure(location) for location in context.parameters["azure_locations"]} | {"global"}
    if {"japaneast", "japanwest"} <= permitted:
        permitted.add("japan")

    def known(text: str) -> Truth:
        return _azure(text) in permitted

    return _over(value, known)


@predicate
def resolved(context: Context, value: Any) -> bool:
    """True when `value` is known; used to tell what one sentence can say for a whole estate."""
    return not isinstance(value, Unknown)


@predicate
def multi_region_permitted(context: Context) -> bool:
    """True when the customer permits multi-Region keys (parameter `allow_multi_region_key`)."""
    return context.parameters.get("allow_multi_region_key") is True


@predicate
def pair_domestic(context: Context, value: Any) -> Truth:
    """True when Azure's paired region of the location `value`, which geo-redundant copies go to, is permitted as well."""
    permitted = {_azure(location) for location in context.parameters["azure_locations"]}

    def known(text: str) -> Truth:
        return _AZURE_PAIRS.get(_azure(text), "") in permitted

    return _over(value, known)


def _permitted(context: Context) -> frozenset[str]:
    return frozenset(str(region).strip().casefold() for region in context.parameters["aws_regions"])


def _azure(location: Any) -> str:
    return re.sub(r"[\s_-]", "", str(location)).casefold()


def _where(region: str | Unknown | None, permitted: frozenset[str]) -> Truth:
    return Unknown("region-not-given") if region is None else _name_truth(region, permitted)


def _name_truth(value: Any, permitted: frozenset[str]) -> Truth:
    def known(text: str) -> Truth:
        found = re.match(_ARN, text)  # a snapshot policy takes a region or the ARN of an Outpost
        return (found.group(3) if found else text.strip().casefold()) in permitted

    if isinstance(value, Unknown):
        if value.choices is None and re.match(_OWN_REGION, value.expression):
            return True  # the stack's own region: the resource itself answers for it
        if isinstance(value.partial, str) and value.choices is None:
            pattern = re.compile(".*".join(re.escape(part) for part in re.split(_HOLE, value.partial)))
            return value if any(pattern.fullmatch(region) for region in permitted) else False
    return _over(value, known)


def _over(value: Any, known: Callable[[str], Truth]) -> Truth:
    """`known` over one value, every element of a list, or every possible value of an unknown."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((True if choice is ABSENT else _over(choice, known) for choice in value.choices), value)
        return value
    if isinstance(value, list):
        return all_of(_over(item, known) for item in value)
    return value is ABSENT or value is None or known(str(value))


def _referenced(context: Context, value: Any, known: Callable[[str], Truth], by_region: Callable[[Any], Truth]) -> Truth:
    """Like `_over`, but a reference to a resource of the estate is answered by that resource's region."""
    if isinstance(value, Unknown) and value.choices is None:
        if value.references:
            return all_of(_region_of(context, reference, value, by_region) for reference in value.references)
        if isinstance(value.partial, str) and re.match(_ARN, value.partial):
            return known(value.partial) if re.match(_ARN, value.partial).group(3) else value  # type: ignore[union-attr]
        return value
    if isinstance(value, Unknown):
        choices: Sequence[Any] = value.choices or ()
        return choose((choice is ABSENT or _referenced(context, choice, known, by_region) for choice in choices), value)
    if isinstance(value, list):
        return all_of(_referenced(context, item, known, by_region) for item in value)
    return _over(value, known)


def _region_of(context: Context, address: str, value: Unknown, by_region: Callable[[Any], Truth]) -> Truth:
    target = context.estate.at(address)
    if target is not None:
        return _of(target.region, by_region)
    instances = [resource for resource in context.estate.resources if resource.address.startswith(f"{address}[")]
    return all_of(_of(resource.region, by_region) for resource in instances) if instances else value


def _of(region: str | Unknown | None, by_region: Callable[[Any], Truth]) -> Truth:
    return Unknown("region-not-given") if region is None else by_region(region)


def _literal_zone(values: dict[str, Any]) -> tuple[str | None, Path]:
    for name in _ZONES:
        value = values.get(name)
        if isinstance(value, str) and value:
            return value, (name,)
        if isinstance(value, list):
            for position, item in enumerate(value):
                if isinstance(item, str) and item:
                    return item, (name, position)
    return None, ()


def _zone_in(zone: str, permitted: frozenset[str]) -> bool:
    """Whether a zone stands in one of the regions; a city of a Local or Wavelength Zone must lie in the country too."""
    zone = zone.strip().casefold()
    found = re.match(_ZONE, zone)
    if found is not None:
        return found.group(1) in permitted and _city_domestic(found.group(2) or found.group(3))
    found = re.match(_ZONE_ID, zone)
    if found is not None:
        return found.group(1) in {_short(region) for region in permitted} and _city_domestic(found.group(2) or found.group(3))
    return zone in permitted


def _city_domestic(city: str | None) -> bool:
    return city is None or city in _DOMESTIC_CITIES


def _short(region: str) -> str:
    """'ap-northeast-1' -> 'apne1': how zone ids abbreviate a region."""
    words = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c", "northeast": "ne", "northwest": "nw"}
    words |= {"southeast": "se", "southwest": "sw", "gov": "g", "iso": "i", "isob": "ib"}
    head, *middle, number = region.split("-")
    return head + "".join(words.get(part, part[:1]) for part in middle) + number


# What is the case when a predicate holds, and when it does not.
WORDS = {
    "domestic": Text("goes to a permitted region", "許可されたリージョンに配置されます"),
    "name_domestic": Text("names a permitted region", "許可されたリージョンを指しています"),
    "zone_domestic": Text("stands in a permitted region", "許可されたリージョンにあります"),
    "arn_domestic": Text("stands in a permitted region", "許可されたリージョンにあります"),
    "bucket_domestic": Text("is a bucket in a permitted region", "許可されたリージョンのバケットです"),
    "azure_domestic": Text("is a permitted location", "許可されたリージョンです"),
    "pair_domestic": Text("has its paired region among the permitted ones", "ペアリージョンも許可されたリージョンです"),
    "multi_region_permitted": Text("multi-Region keys are permitted", "マルチリージョンキーが許可されています"),
    "resolved": Text("is known", "値が定まっています"),
    "regional": Text("stands in a region", "リージョンに属します"),
    "by_default": Text("goes where the whole estate goes", "全体の既定のリージョンに配置されます"),
}
WORDS_FALSE = {
    "domestic": Text("goes to a region that is not permitted", "許可されていないリージョンに配置されます"),
    "name_domestic": Text("names a region that is not permitted", "許可されていないリージョンを指しています"),
    "zone_domestic": Text("stands in a region that is not permitted", "許可されていないリージョンにあります"),
    "arn_domestic": Text("stands in a region that is not permitted", "許可されていないリージョンにあります"),
    "bucket_domestic": Text("is a bucket in a region that is not permitted", "許可されていないリージョンのバケットです"),
    "azure_domestic": Text("is a location that is not permitted", "許可されていないリージョンです"),
    "pair_domestic": Text(
        "has its paired region, where the copies go, outside the permitted ones",
        "複製先のペアリージョンが許可されたリージョンではありません",
    ),
    "multi_region_permitted": Text("multi-Region keys are not permitted", "マルチリージョンキーは許可されていません"),
    "resolved": Text("is not known", "値が定まっていません"),
    "regional": Text("belongs to a global service", "グローバルサービスに属します"),
    "by_default": Text("goes to a region of its own", "個別のリージョンに配置されます"),
}
