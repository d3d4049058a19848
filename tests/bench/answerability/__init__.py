"""Does a text about a table hold what the solution of a question needs? A check without a model.

``python -m tests.bench.answerability`` prints the table; ``test_answerability.py`` holds the digest to its floors.
"""
