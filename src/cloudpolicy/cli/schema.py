"""`cloudpolicy schema NAME`: JSON Schemas for editors and for readers of reports."""

from __future__ import annotations

from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

NAMES = ("policy", "profile", "config", "waivers", "baseline", "attestations", "report")

OPTIONS = (Option("name", "NAME", "%(choices)s", "%(choices)s", choices=NAMES), options.LANG)


def main(given: Namespace, parser: Parser) -> int:
    import json

    if given.name == "report":
        from importlib import resources

        schema = json.loads(resources.files("cloudpolicy.reports").joinpath("schemas/report-v1.schema.json").read_text("utf-8"))
    elif given.name == "config":
        from cloudpolicy import config

        schema = config.json_schema()
    elif given.name == "waivers":
        from cloudpolicy.waivers import reading

        schema = reading.json_schema()
    elif given.name == "baseline":
        from cloudpolicy.baseline import reading as baselines

        schema = baselines.json_schema()
    elif given.name == "attestations":
        from cloudpolicy.guidelines import schema as attested

        schema = attested.json_schema()
    else:
        from cloudpolicy.policy import schema as schemas

        schema = schemas.json_schema(given.name)
    print(json.dumps(schema, ensure_ascii=False, indent=2))
    return 0
