"""What tests and trial runs need: a RabbitMQ node and a PostgreSQL of their own, and fixtures for them."""
