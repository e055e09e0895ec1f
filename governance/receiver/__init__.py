"""Where messages go: webhooks and mail, reached without trust."""
