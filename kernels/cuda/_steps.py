"""Steps of optimisers on the device: the formula of the reference in one kernel that writes in place."""

from functools import wraps

from ._fuse import compute


def in_place(step):
    """The step of the reference that computes `step.formula` and writes the arguments at `step.places`."""

    def formula(*args):
        values = step.formula(*args)
        return tuple(v for v, k in zip(values, step.places, strict=True) if args[k] is not None)

    @wraps(step)
    def run(*args):
        compute(formula, *args, out=tuple(args[k] for k in step.places if args[k] is not None))

    return run
