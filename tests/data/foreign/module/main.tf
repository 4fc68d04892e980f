resource "aws_ebs_volume" "disk" {
  availability_zone = "ap-northeast-1c"
}
