variable "name" { type = string }
variable "key_id" { type = string }
resource "aws_s3_bucket" "b" {
  bucket = var.name
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key_id
    }
  }
}
output "bucket_id" { value = aws_s3_bucket.b.id }
output "bucket_arn" { value = aws_s3_bucket.b.arn }
