municipality = "sakura-city"
account_id   = "111122223333"
vpc_cidr     = "10.20.0.0/16"
office_cidrs = ["10.200.0.0/16"]

business_ami_id          = "ami-0123456789abcdef0"
web_certificate_arn      = "arn:aws:acm:ap-northeast-1:111122223333:certificate/0b1c2d3e-0000-4000-8000-000000000001"
business_certificate_arn = "arn:aws:acm:ap-northeast-1:111122223333:certificate/0b1c2d3e-0000-4000-8000-000000000002"

log_retention_days = 30

database = {
  instance_class        = "db.m6i.large"
  allocated_storage     = 200
  backup_retention_days = 14
}
