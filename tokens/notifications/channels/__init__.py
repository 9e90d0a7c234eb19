"""Telling channels and webhooks: addresses, words, payloads, and the two ways out."""
