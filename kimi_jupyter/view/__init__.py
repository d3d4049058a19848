"""How a turn is shown: in a notebook, in a terminal, and as the record that stays."""
