"""Keyrings that a provider keeps wrapped: KMS as moto plays it, Vault as its HTTP API says."""
