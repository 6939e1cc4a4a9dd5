"""Long sums in shares: several blocks add up parts of one sum, a second kernel adds the parts, in order.

Results must not depend on the device, so how many blocks are wanted is one number, not a GPU's own (`_tile.WANTED`).
"""

from numba import types

from ._array import DeviceArray
from ._driver import cuda, kernel
from ._tile import SHARE, WANTED, summed


def shares_of(blocks: int, k: int, unit: int, least: int = SHARE) -> tuple[int, int]:
    """Into how many shares a sum of k terms is cut where there are so many blocks; their length, a multiple of unit."""
    shares = max(1, min(WANTED // blocks, k // least))
    share = max(1, -(-k // (shares * unit))) * unit
    return max(1, -(-k // share)), share


@kernel
def gathered(total: str, out: str, biased: int, relu: int):
    """The kernel that adds up shares and finishes as a kernel that had none; a thread owns every so-many-th sum."""
    element, target, same = getattr(types, total), getattr(types, out), total == out

    def run(y, n, parts, shares, bias, bias_how):
        for i in range(cuda.grid(1), n, cuda.gridsize(1)):
            value = parts[i]
            for part in range(1, shares):
                value += parts[part * n + i]
            if biased:
                value += element(bias[bias_how[0] + i // bias_how[2] % bias_how[3] * bias_how[1]])
            if relu:
                value = element(0) if value < element(0) else value
            y[i] = value if same else target(value)

    return run


def in_shares(
    y: DeviceArray, shares: int, bias: DeviceArray | None, period: tuple[int, int], relu: bool, launch
) -> None:
    """Fill y by `launch(array, bias, relu)`, which leaves its sums in `array`: y, or the parts of y one by one.

    Element i of y has the bias i // period[0] % period[1].
    """
    if shares == 1:
        launch(y, bias, relu)
        return
    total = summed(y.dtype.name)
    parts = DeviceArray.empty((shares * y.size,), total)
    launch(parts, None, False)
    used = y if bias is None else bias
    run = gathered(total, y.dtype.name, int(bias is not None), int(relu))
    how = (used.offset, used.steps[-1] if used.ndim else 0, *period)
    run.over(y.size, y.buffer, y.size, parts.buffer, shares, used.buffer, how)
