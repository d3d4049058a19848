"""The kernel side: magics, the engine thread, and running code on the main thread."""
