"""What is sent along with a question: cells and values, described within a budget."""
