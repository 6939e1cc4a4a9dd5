"""What the kernels find on this machine, in words."""

import os


def host_report():
    """Describe processor, threads, cache and choices, as a mapping from name to text.

    Imports Numba.
    """
    import numba
    from llvmlite import binding

    from ._backend import _HOST
    from .cpu import _numba, _simd

    features = binding.get_host_cpu_features()
    known = [name for name in ("avx512f", "avx2", "fma", "neon", "sve") if features.get(name)]
    vector = _simd.VECTOR
    cache = _numba._directory()
    return {
        "processor": f"{binding.get_host_cpu_name()}, {os.cpu_count()} cores ({' '.join(known) or 'no vector units'})",
        "kernels": f"{_HOST}, vectors of {vector} bytes",
        "threads": f"{numba.get_num_threads()}, threading layer {numba.config.THREADING_LAYER}",
        "cache": str(cache) if cache else "none: no directory that only you can write",
    }
