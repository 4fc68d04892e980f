output "id" {
  description = "バケットの名称"
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "バケットの ARN"
  value       = aws_s3_bucket.this.arn
}
