"""The check-up of an endpoint: does it answer, think, call tools and follow schemas, and if not, what is to be set.

``kimi-jupyter doctor`` and ``%kimi doctor`` are two ways into ``command``. Imports errors, settings, providers, chat,
and of the agent the tools' definitions; nothing of kernels, views or the offline endpoint, whose address it is given.
"""
