"""Terraform: HCL and its JSON syntax evaluated by cloudpolicy itself, and plans as Terraform shows them."""
