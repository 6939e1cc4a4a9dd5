"""How many warps a multiprocessor holds at once, from what a kernel uses: NVIDIA's occupancy calculation."""

from dataclasses import dataclass

WARP = 32


@dataclass(frozen=True)
class Processor:
    """What a multiprocessor has (CUDA C++ Programming Guide, technical specifications by compute capability)."""

    threads: int
    blocks: int
    shared: int  # bytes
    kept: int  # bytes of it that each block costs beside its own
    registers: int = 65536


PROCESSORS = {
    (7, 5): Processor(1024, 16, 65536, 0),
    (8, 0): Processor(2048, 32, 167936, 1024),
    (9, 0): Processor(2048, 32, 233472, 1024),
    (10, 0): Processor(2048, 32, 233472, 1024),
}


def occupancy(capability, threads: int, registers: int, shared: int) -> float:
    """Warps that are resident, of those that could be."""
    processor = PROCESSORS[capability]
    warps = -(-threads // WARP)
    each = -(-max(registers, 1) * WARP // 256) * 256  # registers of a warp come in units of 256
    by_registers = processor.registers // each // warps
    used = -(-shared // 128) * 128 + processor.kept if shared else 0
    by_shared = processor.shared // used if used else processor.blocks
    blocks = min(processor.blocks, processor.threads // (warps * WARP), by_registers, by_shared)
    return blocks * warps * WARP / processor.threads
