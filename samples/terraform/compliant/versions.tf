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

# バックアップの複製を置く第二の拠点。
provider "aws" {
  alias  = "osaka"
  region = "ap-northeast-3"

  default_tags {
    tags = local.tags
  }
}
