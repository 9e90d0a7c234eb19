"""Telling people: the ledger of what they were told, the outbox, the words, the delivery."""
