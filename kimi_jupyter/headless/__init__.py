"""Notebooks with nobody there: a question over one, and the code in one that may run unasked.

What runs in the kernel is ``kernel.headless``; here are the commands of the shell. Imports no IPython, and nbclient
only when a notebook is run.
"""
