"""Asks SSBTEK questions over SHS from a relational outbox, and keeps the answers."""
