"""The recipes: one for each kind of question, from its first step to its answer."""
