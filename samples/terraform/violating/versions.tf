terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

# 災害に備えた控えの置き場。国外のリージョンを選んでいる。
provider "aws" {
  alias  = "archive"
  region = "us-west-2"
}
