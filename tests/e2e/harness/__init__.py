"""What the cases stand on: real servers, real clients, webhooks, and peers that misbehave."""
