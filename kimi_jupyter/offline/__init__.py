"""The offline endpoint: a real HTTP server on loopback that speaks the protocol, and its rule-based analyst."""
