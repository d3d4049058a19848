"""What the commands in the Makefile run."""
