variable "name" {
  description = "バケットの名称"
  type        = string
}

variable "customer_key" {
  description = "暗号化に使う顧客管理鍵。書かなければ SSE-S3（顧客管理鍵を使えないログの受け口に限る）"
  type        = object({ arn = string })
  default     = null
}

variable "extra_policy" {
  description = "バケットポリシーに加える文（JSON）"
  type        = string
  default     = null
}

variable "access_logs" {
  description = "アクセスログを書くバケット。書かなければ記録しない（アクセスログのバケット自身に限る）"
  type        = object({ id = string })
  default     = null
}

variable "log_retention" {
  description = "ログのバケットの保存日数。書かなければ消さない"
  type        = number
  default     = null
}
