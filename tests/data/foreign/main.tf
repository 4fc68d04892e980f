resource "aws_ebs_volume" "records" {
  #checkov:skip=CKV_AWS_3:encrypted by the host
  availability_zone = "ap-northeast-1a"
}

resource "aws_ebs_volume" "work" {
  count             = 2
  availability_zone = "ap-northeast-1a"
}

resource "aws_ebs_volume" "kept" {
  availability_zone = "ap-northeast-1a"
  encrypted         = true
}

module "disks" {
  source   = "./module"
  for_each = { a = 1 }
}

resource "aws_s3_bucket" "forms" {
  bucket = "forms"
}
