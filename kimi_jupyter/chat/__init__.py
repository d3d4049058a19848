"""The wire: messages, events, and the client that streams them. Knows nothing of tools, kernels or notebooks."""
