"""Kimi K2 Thinking inside Jupyter."""
