"""The agent: conversation, tools, gate and the loop. Imports neither IPython nor ipywidgets nor comm."""
