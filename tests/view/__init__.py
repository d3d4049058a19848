"""How a turn is shown."""
