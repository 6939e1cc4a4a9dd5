"""Compile every kernel of a list for four generations of devices, and write the table of what they use.

TAPEGRAD_CUDA=rehearse NUMBA_ENABLE_CUDASIM=1 python -m tests.ptx.rehearse launches.json
python -m tests.ptx launches.json [--only TEXT] [--each N] [--table kernels/cuda/TABLE.md]
"""

import argparse
import json
import os
import time
from collections import defaultdict
from itertools import groupby, islice
from math import prod
from multiprocessing import Pool
from pathlib import Path

from tests.ptx.compile import CAPABILITIES, Figures, assemble, find, missing, ptx_of_all
from tests.ptx.occupancy import occupancy

HEAD = """# What the kernels use

Registers a thread, bytes of shared memory a block, and the share of a multiprocessor's warps that fit at once
(theoretical occupancy), for compute capabilities 7.5, 8.0, 9.0 and 10.0. Of kernels that are generated from formulas
or in many variants one line shows the largest. Spills and stack are bytes a thread in local memory. Compiled and
assembled, not yet run on a device:

    TAPEGRAD_CUDA=rehearse NUMBA_ENABLE_CUDASIM=1 python -m tests.ptx.rehearse launches.json
    python -m tests.ptx launches.json --table kernels/cuda/TABLE.md

| kernel | variants | threads | registers | shared | spills, stack | occupancy |
|---|---|---|---|---|---|---|
"""


def examine(launch) -> list[Figures] | str:
    """The figures of a kernel for each generation, or what went wrong."""
    module, factory, args, kinds = launch[:4]
    try:
        function = find(module, factory, args)
        return [assemble(text, c) for text, c in zip(ptx_of_all(function, kinds), CAPABILITIES, strict=True)]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def row(name: str, launches: list, figures: list[list[Figures]]) -> str:
    """The line of the kernels of one factory: that of the variant with the most registers."""
    worst = max(range(len(launches)), key=lambda k: (figures[k][1].spills, figures[k][1].registers))
    block = launches[worst][5]
    threads = prod(block) if isinstance(block, list) else block
    used = figures[worst]
    local = {(max(f[k].spills for f in figures), max(f[k].stack for f in figures)) for k in range(len(CAPABILITIES))}
    spills, stack = max(s for s, _ in local), max(s for _, s in local)
    fits = [occupancy(c, threads, u.registers, u.shared) for c, u in zip(CAPABILITIES, used, strict=True)]
    cells = (
        f"`{name}`",
        str(len(launches)),
        str(threads),
        " ".join(str(u.registers) for u in used),
        str(used[1].shared),
        f"{spills}, {stack}",
        " ".join(f"{100 * f:.0f} %" for f in fits),
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Compile, complain, tabulate."""
    parser = argparse.ArgumentParser(prog="python -m tests.ptx", description=__doc__)
    parser.add_argument("launches", type=Path)
    parser.add_argument("--only", default="", help="kernels whose module and factory contain this")
    parser.add_argument("--each", type=int, default=0, help="so many variants of each factory only")
    parser.add_argument("--table", type=Path, help="where to write the table")
    options = parser.parse_args()

    if reason := missing():
        print(f"nothing is compiled: {reason}")
        return
    launches = [x for x in json.loads(options.launches.read_text()) if options.only in f"{x[0]}.{x[1]}"]
    if options.each:
        groups = groupby(sorted(launches, key=lambda x: x[:2]), key=lambda x: x[:2])
        launches = [launch for _, group in groups for launch in islice(group, options.each)]
    start, failed = time.monotonic(), 0
    families = defaultdict(lambda: ([], []))
    with Pool(os.cpu_count()) as pool:
        for k, (launch, result) in enumerate(zip(launches, pool.imap(examine, launches, 8), strict=True)):
            name = f"{launch[0].rpartition('.')[2]}.{launch[1]}"
            if isinstance(result, str):
                failed += 1
                print("FAILED", name, launch[2], launch[3], result[:2000])
            else:
                families[name][0].append(launch)
                families[name][1].append(result)
            if k % 200 == 199:
                print(f"{k + 1} of {len(launches)}, {time.monotonic() - start:.0f} s", flush=True)
    rows = [row(name, *families[name]) for name in sorted(families)]
    print(*rows, sep="\n")
    print(f"{len(launches)} kernels for {len(CAPABILITIES)} generations: {failed} failed")
    if options.table:
        options.table.write_text(HEAD + "\n".join(rows) + "\n")
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
