variable "municipality" {
  description = "団体の名称（資源名の先頭に付ける）"
  type        = string
}

variable "environment" {
  description = "環境の名称"
  type        = string
  default     = "production"

  validation {
    condition     = contains(["production", "staging"], var.environment)
    error_message = "environment は production 又は staging とする。"
  }
}

variable "account_id" {
  description = "このシステムを置く AWS アカウントの番号"
  type        = string
}

variable "region" {
  description = "資源を置く国内リージョン"
  type        = string
  default     = "ap-northeast-1"
}

variable "vpc_cidr" {
  description = "VPC のアドレス範囲"
  type        = string
}

variable "office_cidrs" {
  description = "庁内ネットワーク（閉域接続の先）のアドレス範囲"
  type        = list(string)
}

variable "business_ami_id" {
  description = "業務サーバのマシンイメージ（団体で検証済みのもの）"
  type        = string
}

variable "web_certificate_arn" {
  description = "公開サイトの証明書（ACM）"
  type        = string
}

variable "business_certificate_arn" {
  description = "庁内向け業務システムの証明書（ACM）"
  type        = string
}

variable "log_retention_days" {
  description = "ログの保存日数（団体の規程による）"
  type        = number
  default     = 400
}

variable "maintenance_account_id" {
  description = "保守事業者の AWS アカウントの番号"
  type        = string
  default     = "444455556666"
}

variable "database" {
  description = "業務データベースの大きさと世代"
  type = object({
    instance_class        = string
    allocated_storage     = number
    backup_retention_days = number
  })
}
