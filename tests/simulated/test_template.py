"""Templates of kernels: what is known is written out, what is not stays as it is."""

from tapegrad.kernels.cuda._template import registers, specialise, splice, unroll


def sums(x, *, COUNT, TWICE, PART):
    """The sums of neighbours, doubled on demand, and their total."""
    s = registers
    for i in unroll(COUNT):
        s[i] = x[i] + x[i + 1]
        if TWICE:
            s[i] *= 2
    total = 0
    splice(PART, "s")
    return s[:COUNT], total


def added(o, total, *, COUNT):
    """Add up, in a loop that only the part knows."""
    o_step = 1
    for i in unroll(0, COUNT, 2):
        total += o[i] * o_step
        o_step += 1
    while total > 1000:
        total -= 1000


def test_loops_registers_branches_and_parts_are_written_out():
    f = specialise(sums, COUNT=3, TWICE=1, PART=added)
    assert f([1, 2, 3, 4]) == ((6, 10, 14), 6 + 28)
    assert set(f.__code__.co_varnames) == {"x", "s_0", "s_1", "s_2", "s_step", "total"}
    assert specialise(sums, COUNT=1, TWICE=0, PART=added)([1000, 2]) == ((1002,), 2)
