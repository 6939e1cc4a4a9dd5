"""What a fresh process works before it can begin: its processor time, less that of a bare Python."""

import os
import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage

from tests.bench.measure import measured

FIRST_GRADIENT = {
    "tapegrad": """
import tapegrad as lib
from contextlib import nullcontext
tape = lib.tape
""",
    "torch": """
import torch as lib
from contextlib import nullcontext as tape
""",
}
CONVOLVE = """
x, w = lib.ones((8, 1, 28, 28)), lib.ones((10, 1, 5, 5), requires_grad=True)
with tape():
    y = lib.nn.functional.max_pool2d(lib.nn.functional.conv2d(x, w), 2).sum()
y.backward()
"""


ENVIRONMENT = {**os.environ}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its byte code at hand


def seconds(code: str) -> float:
    """Run `code` in a fresh interpreter and return the processor time that took."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=ENVIRONMENT)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@measured(1.5, peer="numpy", rounds=31)
def import_library(library):
    return seconds(f"import {library}") - seconds("pass")


@measured(None)
def first_convolution_gradient(library):
    return seconds(FIRST_GRADIENT[library] + CONVOLVE) - seconds("pass")
