"""Who keeps the private keyring wrapped: AWS KMS or Vault transit. No Django, no database.

Docs: docs/operations.md, "Keys in KMS or Vault"; docs/decisions/0031-key-providers.md.
"""
