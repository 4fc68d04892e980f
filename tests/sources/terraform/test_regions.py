"""Provider configurations, regions and versions."""

from __future__ import annotations

from typing import Any

from cloudpolicy.model import Unknown

PROVIDERS = 'provider "aws" {\n region = "ap-northeast-1"\n}\nprovider "aws" {\n alias = "us"\n region = "us-${local.r}"\n}\nlocals {\n r = "east-1"\n}\n'


def regions(estate: Any) -> dict[str, Any]:
    return {resource.address: resource.region for resource in estate.resources if not resource.type.startswith(("provider.", "terraform."))}


def test_default_alias_and_own_region(world: Any) -> None:
    estate = world.read(
        PROVIDERS
        + (
            'resource "aws_x" "d" {}\nresource "aws_x" "a" {\n provider = aws.us\n}\nresource "aws_x" "q" {\n provider = "aws.us"\n}\n'
            'resource "aws_x" "o" {\n region = "eu-west-1"\n}\nresource "aws_x" "n" {\n provider = aws.none\n}\nresource "azurerm_x" "z" {}\n'
            'variable "u" {}\nresource "aws_x" "u" {\n region = var.u\n}\n'
        )
    )
    assert regions(estate) == {
        "aws_x.d": "ap-northeast-1",
        "aws_x.a": "us-east-1",
        "aws_x.q": "us-east-1",
        "aws_x.o": "eu-west-1",
        "aws_x.n": Unknown("region-not-given", "aws.none"),
        "azurerm_x.z": None,
        "aws_x.u": Unknown("variable-without-value", "var.u"),
    }
    assert estate.region == "ap-northeast-1"


def test_modules_inherit_the_default_and_take_what_they_are_handed(world: Any) -> None:
    inner = (
        'terraform {\n required_providers {\n  aws = {\n   configuration_aliases = [aws.other]\n  }\n }\n}\nresource "aws_x" "d" {}\n'
        'resource "aws_x" "o" {\n provider = aws.other\n}\n'
    )
    estate = world.read(
        PROVIDERS
        + 'module "i" {\n source = "./m"\n}\nmodule "h" {\n source = "./m"\n providers = {\n  aws = aws.us\n  aws.other = aws\n }\n}\n',
        files={"m/main.tf": inner},
    )
    assert regions(estate) == {
        "module.i.aws_x.d": "ap-northeast-1",
        "module.i.aws_x.o": Unknown("region-not-given", "aws.other"),
        "module.h.aws_x.d": "us-east-1",
        "module.h.aws_x.o": "ap-northeast-1",
    }
    assert estate.diagnostics == []


def test_a_region_that_no_provider_names_comes_from_the_options(world: Any) -> None:
    text = 'resource "aws_x" "y" {}\n'
    assert world.read(text).region == Unknown("region-not-given", "region")
    assert world.read(text, environment={"AWS_DEFAULT_REGION": "b"}).resources[0].region == "b"
    assert world.read(text, environment={"AWS_DEFAULT_REGION": "b", "AWS_REGION": "a"}).resources[0].region == "a"
    assert world.read(text, environment={"AWS_REGION": "a"}, region="o").region == "o"
    assert world.read(PROVIDERS + text, region="o").region == "ap-northeast-1"
    assert world.read('resource "google_x" "y" {}\n', region="o").region is None


def test_data_sources_that_the_text_answers(world: Any) -> None:
    estate = world.read(
        PROVIDERS + 'data "aws_region" "r" {}\ndata "aws_partition" "p" {}\ndata "aws_caller_identity" "c" {}\n'
        'data "aws_iam_policy_document" "d" {\n statement {\n  actions = ["s3:*"]\n  resources = ["*"]\n }\n}\n'
        'resource "aws_x" "y" {\n a = data.aws_region.r.name\n b = "arn:${data.aws_partition.p.partition}:x"\n c = data.aws_caller_identity.c.account_id\n'
        " d = jsondecode(data.aws_iam_policy_document.d.json).Statement\n}\n"
    )
    values = estate.at("aws_x.y").values
    assert values["a"] == "ap-northeast-1" and values["b"] == "arn:aws:x"
    assert values["c"] == Unknown("data-source", "data.aws_caller_identity.c.account_id", ("data.aws_caller_identity.c",))
    statement = values["d"][0] if isinstance(values["d"], list) else values["d"]
    assert statement["Action"] == "s3:*" and statement["Effect"] == "Allow"
    assert estate.at("data.aws_region.r").type == "data.aws_region"


def test_versions_from_constraints_and_the_lock_file(world: Any) -> None:
    text = (
        'terraform {\n required_providers {\n  aws = {\n   source = "hashicorp/aws"\n   version = "~> 5.0"\n  }\n'
        '  az = {\n   source = "hashicorp/azurerm"\n   version = ">= 3.1, < 5"\n  }\n  no = "< 2"\n }\n}\n'
    )
    assert world.read(text).versions == {"aws": (5, 0), "az": (3, 1)}
    lock = 'provider "registry.terraform.io/hashicorp/aws" {\n version = "5.100.0"\n}\nprovider "registry.terraform.io/hashicorp/azurerm" {\n version = "4.2.0"\n}\n'
    assert world.read(text, files={".terraform.lock.hcl": lock}).versions == {"aws": (5, 100, 0), "az": (4, 2, 0)}


def test_provider_blocks_are_resources_of_their_own(tmp_path):
    """So that a policy can look at credentials written in them."""
    (tmp_path / "main.tf").write_text(
        'provider "aws" {\n  region = "ap-northeast-1"\n}\nprovider "aws" {\n  alias      = "us"\n  access_key = "AK"\n}\n'
    )
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform import hcl

    estate = hcl.read(str(tmp_path), Options(str(tmp_path)))
    assert [(r.type, r.address) for r in estate.resources] == [("provider.aws", "provider.aws"), ("provider.aws", "provider.aws.us")]
    assert estate.at("provider.aws.us").values["access_key"] == "AK"
    assert estate.at("provider.aws.us").locate(("access_key",)).line == 6


def test_backends_are_resources_of_their_own(tmp_path):
    (tmp_path / "main.tf").write_text('terraform {\n  backend "s3" {\n    bucket  = "state"\n    encrypt = true\n  }\n}\n')
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform import hcl

    (backend,) = hcl.read(str(tmp_path), Options(str(tmp_path))).resources
    assert (backend.type, backend.address, backend.values["encrypt"]) == ("terraform.backend_s3", "terraform.backend_s3", True)
    assert backend.locate(("encrypt",)).line == 4
    (tmp_path / "main.tf").write_text('terraform {\n  cloud {\n    organization = "city"\n  }\n}\n')
    assert [r.type for r in hcl.read(str(tmp_path), Options(str(tmp_path))).resources] == ["terraform.cloud"]
