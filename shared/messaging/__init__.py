"""Reliable events between services: outbox, relay, topology, inbox, retries, dead letters, over nameko and RabbitMQ.

`docs/reliability.md` says what is promised, and which test shows it.
"""
