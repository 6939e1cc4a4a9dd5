"""Kernels by name to PTX, and PTX to registers."""

import importlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from types import SimpleNamespace

os.environ["TAPEGRAD_CUDA"] = "compile"

CAPABILITIES = ((7, 5), (8, 0), (9, 0), (10, 0))
PTXAS = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")


def missing() -> str:
    """What keeps kernels from being compiled here; empty if nothing does."""
    if PTXAS is None:
        return "there is no ptxas: install the CUDA toolkit, or nvidia-cuda-nvcc"
    try:
        ptx((lambda: None), (), (8, 0))
    except Exception as error:
        return f"numba cannot compile for CUDA: {error}"
    return ""


def find(module: str, factory: str, args):
    """The Python function of a kernel."""
    made = getattr(importlib.import_module(module), factory)(*args)
    return made.run.py_func


def signature_of(kinds):
    """Numba's types of texts such as "float32[::1]" and "UniTuple(int64 x 2)"."""
    from numba import types

    return tuple(_kind(k, types) for k in kinds)


def _kind(text, types):
    if text.endswith("[::1]"):
        return types.Array(_kind(text[:-5], types), 1, "C")
    if found := re.fullmatch(r"UniTuple\((\w+) x (\d+)\)", text):
        return types.UniTuple(_kind(found[1], types), int(found[2]))
    if found := re.fullmatch(r"Tuple\((.*)\)", text):
        return types.Tuple([_kind(part.strip(), types) for part in found[1].split(",") if part.strip()])
    return {"bool": types.boolean, "Tuple()": types.Tuple(())}.get(text) or getattr(types, text)


def ptx(function, kinds, capability) -> str:
    """The PTX of a Python function as a kernel."""
    from numba import cuda
    from numba.cuda import dispatcher

    # functions of the device are compiled for the one at hand: there is none, so it is said here
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=capability)
    return cuda.compile_ptx(function, signature_of(kinds), cc=capability)[0]


def ptx_of_all(function, kinds) -> list[str]:
    """The PTX for all generations: what Numba does before NVVM is done once."""
    from numba.cuda.codegen import CUDACodeLibrary

    libraries, original = [], CUDACodeLibrary.get_asm_str

    def remembering(library, cc=None):
        libraries.append(library)
        return original(library, cc)

    CUDACodeLibrary.get_asm_str = remembering
    try:
        first = ptx(function, kinds, CAPABILITIES[0])
    finally:
        CUDACodeLibrary.get_asm_str = original
    return [first, *(libraries[-1].get_asm_str(c) for c in CAPABILITIES[1:])]


@dataclass
class Figures:
    """What ptxas says of a kernel."""

    registers: int
    spills: int  # bytes, stored and loaded
    stack: int
    shared: int


def assemble(text: str, capability) -> Figures:
    """Machine code of a PTX text."""
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as file:
        file.write(text)
        file.flush()
        arch = f"-arch=sm_{capability[0]}{capability[1]}"
        done = subprocess.run(
            [PTXAS, arch, "-v", file.name, "-o", os.devnull], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    said = done.stderr

    def number(pattern):
        return sum(map(int, re.findall(pattern, said)))

    return Figures(
        number(r"Used (\d+) registers"),
        number(r"(\d+) bytes spill"),
        number(r"(\d+) bytes stack frame"),
        number(r"(\d+) bytes smem"),
    )
