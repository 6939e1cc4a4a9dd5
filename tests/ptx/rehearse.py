"""Which kernels a GPU would run: everything is called, as on a GPU, and the kernels are listed in place of being run.

    TAPEGRAD_CUDA=rehearse NUMBA_ENABLE_CUDASIM=1 python -m tests.ptx.rehearse launches.json

The list has (module, factory, its arguments, types of the kernel's arguments, grid, block) of each kernel. Results are
zeros, so what depends on them may fail; how often is said at the end.
"""

import json
import sys
from collections import Counter

import numpy as np


def main(path: str) -> None:
    """Call everything, and write the list."""
    from tapegrad.kernels.cuda import _driver, _memory

    take = _memory.Pool.take

    def taken(pool, size):
        """Memory of zeros: what it held before might be read as places that do not exist."""
        lease = take(pool, size)
        lease.block.memory[: 1 << 16] = 0
        return lease

    _memory.Pool.take, _memory.SIMULATED_BYTES = taken, 1 << 40  # host memory that is not written costs nothing
    _driver.launches = {}
    failures: Counter[str] = Counter()
    for what, call in everything():
        try:
            call()
        except Exception as error:
            failures[f"{type(error).__name__}: {str(error).partition(chr(10))[0][:90]}"] += 1
            if "-v" in sys.argv:
                print(what, failures.most_common(1))
    with open(path, "w") as file:
        json.dump([[*kernel, *shape] for kernel, shape in sorted(_driver.launches.items(), key=str)], file, indent=0)
    print(f"{len(_driver.launches)} kernels; {failures.total()} calls failed")
    for reason, count in failures.most_common(40):
        print(f"{count:5} {reason}")


def everything():
    """Pairs of a text and a function to call."""
    import tapegrad as tg
    from tests.bench import device
    from tests.golden.operators import OPERATORS, resolve
    from tests.golden.test_device import run
    from tests.golden.test_golden import CASES
    from tests.nn import test_frozen_modules
    from tests.nn.module_cases import judge

    def on_device(dtype):
        def make(a):
            narrow = dtype and np.asarray(a).dtype == np.float64
            return tg.tensor(np.asarray(a).astype(dtype) if narrow else a).to("cuda")

        return make

    for op in OPERATORS:
        for case in CASES[op]:
            for dtype in (None, "f4"):
                yield op, lambda op=op, case=case, dtype=dtype: run(resolve(op), case, on_device(dtype))
    for dtype in (tg.float16, tg.float32, tg.float64):
        yield "rand", lambda dtype=dtype: tg.rand(5, device="cuda", dtype=dtype)
        yield "randn", lambda dtype=dtype: tg.randn(5, device="cuda", dtype=dtype)
        yield "randint", lambda: tg.randint(0, 5, (5,), device="cuda")
        x = tg.ones(2, 3, 3, device="cuda", dtype=dtype)
        yield "dropout", lambda x=x: tg.nn.functional.dropout(x, 0.5, True)
        yield "cholesky", lambda x=x: tg.kernels.cholesky(x._array)
    for ndim in range(1, 5):
        yield "nonzero", lambda ndim=ndim: found(ndim)
    for name, cases in test_frozen_modules.CASES.items():
        for case in cases:
            yield name, lambda case=case: judge(case, "cuda", compares=False)
    for name, problem in device.ROWS.items():
        if not name.endswith("cupy"):
            yield name, lambda problem=problem: problem(tg, device.placing(tg))()


def found(ndim: int) -> None:
    """Write coordinates, as `nonzero` does if it counts any."""
    from tapegrad.kernels.cuda import indexing
    from tapegrad.kernels.cuda._array import DeviceArray

    numbers = DeviceArray.from_host(np.zeros(8, np.int64)).buffer
    indexing.compact(ndim).over(8, 8, (2,) * ndim, 8, numbers, numbers)


if __name__ == "__main__":
    main(sys.argv[1])
