"""What the tests share: isolation, kernels, a driven JupyterLab."""
