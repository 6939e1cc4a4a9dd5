"""The inner loops of matrix products and convolutions, as NVIDIA's compilers write them: facts as JSON.

python -m tests.ptx.loops
"""

import json
import re
from collections import Counter

from tests.ptx.compile import CAPABILITIES, assemble, find, missing, ptx

# The 128 × 128 tile of each: module, factory, its arguments, lengths of what says where the result and operands lie.
KERNELS = {
    "matmul": ("_gemm", "tiles", ("float32", "float32", "large", "k", 4, "tile", 4, "", 0, 1), (5, 6, 6)),
    "linear": ("_gemm", "tiles", ("float32", "float32", "large", "k", 4, "k", 4, "column", 1, 1), (5, 6, 6)),
    "conv2d": ("_conv", "forward_tiles", ("float32", "float32", "large", 2, 0, 4, "row", 1), (9, 6, 37)),
    "conv2d_input_grad": ("_conv", "input_tiles", ("float32", "float32", "large", 2, 0, "lattice", 0), (18, 37, 37)),
    "conv2d_weight_grad": ("_conv", "weight_tiles", ("float32", "float32", "large", 2, 0, 4, 1), (5, 9, 37)),
}
OLDEST = CAPABILITIES[0]  # for which all are compiled, to be assembled for the later ones, too: seconds each


def kinds(y: int, a: int, b: int) -> list:
    """The types of the arguments of `_tile.engine`."""
    operands = [("float32[::1]", f"UniTuple(int64 x {n})") for n in (y, a, b, 3)]
    return [*(kind for operand in operands for kind in operand), "UniTuple(int64 x 6)"]


def main_loop(text: str) -> str:
    """The loop with the most multiplications: from a label to the last jump back to it."""
    lines, labels, loops = text.splitlines(), {}, []
    for i, line in enumerate(lines):
        if found := re.match(r"(\$L\w+):", line):
            labels[found[1]] = i
        elif (found := re.search(r"\bbra(?:\.uni)?\s+(\$L\w+)", line)) and found[1] in labels:
            loops.append("\n".join(lines[labels[found[1]] : i + 1]))
    return max(loops, key=lambda body: body.count("fma.rn"))


def instructions(text: str) -> Counter:
    """How often each instruction comes."""
    return Counter(re.findall(r"^\s+(?:@!?%p\d+\s+)?([a-z][\w.]*)", text, re.MULTILINE))


def facts() -> dict:
    """For each kernel: instructions of its main loop and of all of it, and what ptxas says for each generation."""
    found = {}
    for name, (module, factory, args, lengths) in KERNELS.items():
        function = find(f"tapegrad.kernels.cuda.{module}", factory, args)
        text = ptx(function, kinds(*lengths), OLDEST)
        figures = {}
        for capability in CAPABILITIES:
            own = ptx(function, kinds(*lengths), capability) if name == "matmul" and capability != OLDEST else text
            figures["{}.{}".format(*capability)] = vars(assemble(own, capability))
        aligned = [int(n) for n in re.findall(r"\.shared \.align (\d+)", text)]
        found[name] = {"aligned": aligned, "ptxas": figures}
        found[name] |= {"loop": instructions(main_loop(text)), "kernel": instructions(text)}
    return found


if __name__ == "__main__":
    reason = missing()
    print(json.dumps({"missing": reason} if reason else facts()))
