provider "aws" {
  region                      = "ap-northeast-1"
  access_key                  = "a"
  secret_key                  = "b"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
data "aws_iam_policy_document" "empty" {}
data "aws_iam_policy_document" "a" {
  policy_id = "Id1"
  statement {
    sid       = "one"
    actions   = ["s3:GetObject", "s3:PutObject", "a:b"]
    resources = ["arn:aws:s3:::b/&{aws:username}/*", "arn:aws:s3:::a<>&"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::777788889999:root"]
    }
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = ["b", "a"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = ["c"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:X"
      values   = ["&{aws:username}"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
  statement {
    effect      = "Deny"
    not_actions = ["iam:*"]
    not_resources = ["*"]
    not_principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  statement {
    actions   = []
    resources = ["x","x"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "old" {
  version = "2008-10-17"
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
    principals {
      type        = "*"
      identifiers = ["*", "b"]
    }
  }
}
data "aws_iam_policy_document" "twostar" {
  statement {
    actions   = ["s3:*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "merged" {
  source_policy_documents   = [data.aws_iam_policy_document.a.json, data.aws_iam_policy_document.old.json]
  override_policy_documents = [jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "one", Effect = "Deny", Action = ["x:y"], Resource = "*", Principal = { AWS = ["q"] }, Condition = { Bool = { "aws:x" = ["true"] } } }, { Effect = "Allow", Action = "n:n", Resource = ["z", "y"], Principal = "*" }] })]
  statement {
    sid       = "two"
    actions   = ["two:two"]
    resources = ["*"]
  }
}
