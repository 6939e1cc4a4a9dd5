"""How much memory a gradient needs at its peak, on top of the library and the inputs."""

import subprocess
import sys

from tests.bench.measure import measured

CHAIN = """
import sys
from contextlib import nullcontext
from importlib import import_module

lib = import_module(sys.argv[1])
tape = getattr(lib, "tape", nullcontext)


def peak():  # bytes, of this process image alone (ru_maxrss also counts the parent's before exec)
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def gradient(x, y):
    with tape():
        z = x
        for _ in range(25):  # four operations each: both factors, the output, nothing, the input are needed
            z = (z * x).tanh() + y
            z = z.sin()
        loss = z.sum()
    loss.backward()


gradient(lib.ones(4, requires_grad=True), lib.ones(4))  # what is loaded on first use is not the chain's
x, y = lib.full((10**6,), 0.5, requires_grad=True), lib.full((10**6,), 0.25)
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")  # the peak starts again from here
before = peak()
gradient(x, y)
print(peak() - before)
"""


@measured(1.1, unit="B", rounds=3)
def chain_of_100_on_a_million(library):
    done = subprocess.run([sys.executable, "-c", CHAIN, library], capture_output=True, text=True, check=True)
    return float(done.stdout)
