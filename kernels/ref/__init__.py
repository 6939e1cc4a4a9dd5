"""Reference kernels: NumPy, one obvious way each. The oracle of every faster kernel."""
