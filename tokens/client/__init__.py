"""`coolset-tokens`: the command for machines that have nothing of ours but an API key.

It talks to this product's own API and never to Coolset. The standard library, `tokens.leaks` and
`tokens.policy` alone: `make client` packs all of it into one file, which any Python runs.
"""
