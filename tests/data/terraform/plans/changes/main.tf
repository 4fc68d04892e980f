variable "step" {
  type    = number
  default = 1
}
resource "terraform_data" "kept" {
  input = "same"
}
resource "terraform_data" "updated" {
  input = "step ${var.step}"
}
resource "terraform_data" "replaced" {
  triggers_replace = var.step
  input            = terraform_data.kept.id
}
resource "terraform_data" "gone" {
  count = var.step == 1 ? 1 : 0
  input = "bye"
}
