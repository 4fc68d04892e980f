"""VPC endpoints: which services of AWS a VPC reaches without the internet."""

from __future__ import annotations

from cloudpolicy.evaluate.links import may_be_elsewhere, pointing_at
from cloudpolicy.evaluate.logic import all_of, any_of, choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Estate, Resource

# endpoint type -> (attribute that names the VPC, attribute that names the service)
_ENDPOINTS = {"aws_vpc_endpoint": ("vpc_id", "service_name"), "AWS::EC2::VPCEndpoint": ("VpcId", "ServiceName")}


@predicate
def reaches(context: Context, services: Any) -> Truth:
    """True when the VPC has an endpoint for each of `services`, named as at the end of a service name: s3, ecr.api."""
    estate, vpc = context.estate, context.resource
    names: list[Any] = []
    doubts: list[Truth] = []
    for type, (by, attribute) in _ENDPOINTS.items():
        certain, possible = pointing_at(estate, vpc, [type], by, ("id",))
        for endpoint in certain:
            name = endpoint.values.get(attribute, ABSENT)
            if endpoint.conditional and not vpc.conditional:
                name = Unknown("condition-undetermined", endpoint.address)
            names.append(name)
        doubts += [Unknown("known-after-apply", endpoint.address) for endpoint in possible]
    if may_be_elsewhere(estate, vpc):
        doubts.append(Unknown("missing-module", vpc.address))
    return all_of(any_of([*(_serves(estate, name, str(service)) for name in names), *doubts]) for service in services)


def _serves(estate: Estate, name: Any, service: str) -> Truth:
    """Whether a service name, "com.amazonaws.ap-northeast-1.s3" or a part of one, is that of `service`."""
    if isinstance(name, str):
        return name == service or name.endswith(f".{service}")
    if not isinstance(name, Unknown):
        return False
    if name.choices is not None:
        return choose((_serves(estate, choice, service) for choice in name.choices), name)
    if isinstance(name.partial, str) and not name.partial.endswith("}"):
        return _serves(estate, name.partial, service)
    for reference in name.references:
        found: Resource | None = estate.at(reference)
        if found is not None and found.type == "data.aws_vpc_endpoint_service":
            return _serves(estate, found.values.get("service", found.values.get("service_name", ABSENT)), service)
    return Unknown(name.reason, name.expression)


# What is the case when the predicate is false, for messages.
WORDS_FALSE = {
    "reaches": Text(
        "the VPC has no endpoint for a service of AWS that is required", "必要とされるAWSサービスのVPCエンドポイントがVPCにありません"
    ),
}
