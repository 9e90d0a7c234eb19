"""Coolset over HTTP: address, client, strict reading of answers. Never the database."""
