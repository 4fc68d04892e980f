output "web_endpoint" {
  description = "公開サイトの DNS 名の向き先"
  value       = aws_lb.web.dns_name
}

output "database_endpoint" {
  description = "業務データベースの接続先"
  value       = aws_db_instance.business.endpoint
}
