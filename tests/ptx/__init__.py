"""What NVIDIA's compilers make of the kernels: PTX, and of that machine code, on a machine without a GPU.

The tests in the simulator can write down every kernel that they start, with the types of its arguments:

    TAPEGRAD_LAUNCHES=launches.json NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/simulated
    python -m tests.ptx launches.json          # compiles them all, for four generations, and writes the table
"""
