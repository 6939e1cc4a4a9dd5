"""A model of time on paper: what NVIDIA's devices may need for our kernels, beside what their own libraries may.

    python -m tests.ptx.model

Nothing here has been measured. Of each tile of a product it takes the instructions of the main loop as they are in the
PTX, and the slowest of four clocks: the multipliers, the instructions issued, shared memory, and the L2 cache. A whole
launch is rounds of as many blocks as fit at once, each round as long as a full one, or the bytes at the bandwidth of
the memory if that is longer, after the time to start it. Kernels without a tile are their bytes alone.

The libraries' side is the better of 93 % of the peak and 90 % of the bandwidth, after the same start. Sources: NVIDIA's
whitepapers of the A100 (SXM4, 40 GB) and the H100 (SXM5); for the L2 cache of the H100 that of the A100 is taken.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil

from tests.ptx.compile import find, missing, ptx
from tests.ptx.loops import KERNELS, OLDEST, instructions, kinds, main_loop

START = 4e-6  # seconds from one launch to the next, in a queue
WARPS = 4  # that a multiprocessor issues at once


@dataclass(frozen=True)
class Device:
    """What counts here."""

    name: str
    processors: int
    clock: float  # Hz
    lanes: int  # multiplications of a processor in a clock
    memory: float  # bytes a second
    cache: float = 5120  # bytes of the L2 cache in a clock

    @property
    def peak(self) -> float:
        """Floating-point operations a second."""
        return 2 * self.processors * self.lanes * self.clock


DEVICES = (
    Device("A100", 108, 1.41e9, 64, 1.555e12),
    Device("H100", 132, 1.98e9, 128, 3.35e12),
)
KEPT = 0.9  # of the time of a full loop: barriers, and latencies that the warps of two blocks do not hide

PRODUCTS = {  # name: kernel, rows, columns, length of the sums, bytes that must move
    "matmul 4096³": ("matmul", 4096, 4096, 4096, 3 * 4 * 4096**2),
    "matmul 1024³": ("matmul", 1024, 1024, 1024, 3 * 4 * 1024**2),
    "conv2d 64→64, 3×3, 56², batch 32": ("conv2d", 64, 32 * 56**2, 576, 4 * (2 * 32 * 64 * 56**2 + 64 * 576)),
    "conv2d 256→256, 3×3, 14², batch 32": ("conv2d", 256, 32 * 14**2, 2304, 4 * (2 * 32 * 256 * 14**2 + 256 * 2304)),
    "its input gradient": ("conv2d_input_grad", 256, 32 * 14**2, 2304, 4 * (2 * 32 * 256 * 14**2 + 256 * 2304)),
}
STREAMS = {  # name: bytes our kernels move, bytes that must move
    "a + b, 2²⁴ float32": (3 * 4 << 24, 3 * 4 << 24),
    "softmax 4096 × 1000": (2 * 4 * 4096 * 1000, 2 * 4 * 4096 * 1000),
    "layer_norm 4096 × 768": (2 * 4 * 4096 * 768, 2 * 4 * 4096 * 768),
    "Adam, 10⁷ parameters": (7 * 4 * 10**7, 7 * 4 * 10**7),
}


@cache
def loop_of(name: str, tile: str):
    """The instructions of the main loop of a kernel with this tile."""
    module, factory, args, lengths = KERNELS[name]
    args = (*args[:2], tile, *args[3:])
    return instructions(main_loop(ptx(find(f"tapegrad.kernels.cuda.{module}", factory, args), kinds(*lengths), OLDEST)))


def clocks(device: Device, loop, tile: str) -> dict[str, float]:
    """Clocks of a processor for one step of one block, by what it waits for."""
    from tapegrad.kernels.cuda._tile import TILES, threads

    (rows, columns, step), _ = TILES[tile]
    warps = threads(tile) // 32
    shared = sum(n for what, n in loop.items() if "shared" in what)
    loaded = (rows + columns) * step * 4
    return {
        "multipliers": rows * columns * step / device.lanes,
        "issue": warps * sum(loop.values()) / WARPS,
        "shared memory": warps * shared * 2,  # 4 × 8 bands: two passes of 128 bytes each
        "L2 cache": loaded * device.processors / device.cache,
    }


def ours(device: Device, kernel: str, rows: int, columns: int, k: int, moved: int) -> tuple[float, str]:
    """Seconds of a product, and what they are spent on."""
    from tapegrad.kernels.cuda._tile import TILES, blocks_of, choose

    tile = choose("float32", rows, columns, k, 1)
    each = clocks(device, loop_of(kernel, tile), tile)
    slowest = max(each, key=lambda what: each[what])
    rounds = ceil(blocks_of(tile, rows, columns, 1) / device.processors)
    busy = rounds * ceil(k / TILES[tile][0][2]) * each[slowest] / device.clock / KEPT
    memory = moved / (0.9 * device.memory)
    return START + max(busy, memory), f"{tile} tile, {slowest if busy > memory else 'memory'}"


def theirs(device: Device, operations: float, moved: int) -> float:
    """Seconds that the libraries of the maker may need."""
    return START + max(operations / (0.93 * device.peak), moved / (0.9 * device.memory))


def main() -> None:
    """Print the table."""
    if reason := missing():
        print(f"no model: {reason}")
        return
    print("| work | " + " | ".join(f"{d.name}: ms, limit, share of the library's speed" for d in DEVICES) + " |")
    print("|---|" + "---|" * len(DEVICES))
    for name, (kernel, rows, columns, k, moved) in PRODUCTS.items():
        cells = []
        for device in DEVICES:
            seconds, limit = ours(device, kernel, rows, columns, k, moved)
            share = theirs(device, 2 * rows * columns * k, moved) / seconds
            cells.append(f"{seconds * 1e3:.3f}, {limit}, {share:.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |")
    for name, (moved, least) in STREAMS.items():
        cells = []
        for device in DEVICES:
            seconds = START + moved / (0.85 * device.memory)
            cells.append(f"{seconds * 1e3:.3f}, memory, {theirs(device, 0, least) / seconds:.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
