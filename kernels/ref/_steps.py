"""What the steps of optimisers share."""

import inspect
from functools import wraps

import numpy as np


def writes(*names):
    """Make a step that writes its arguments `names`, those that are not None, of a formula for their new values.

    The formula stays within reach as `step.formula`: it is pure, and so can be differentiated.
    """

    def decorate(formula):
        places = [[*inspect.signature(formula).parameters].index(name) for name in names]

        @wraps(formula)
        def step(*args):
            with np.errstate(all="ignore"):
                values = formula(*args)
            for place, value in zip(places, values, strict=True):
                if args[place] is not None:
                    args[place][...] = value

        step.formula, step.places = formula, places
        return step

    return decorate


def decayed(g, p, decay):
    """The gradient with weight decay in it."""
    return g + p * like(p, decay) if decay else g


def like(p, number):
    """A number in the dtype of `p`."""
    return p.dtype.type(number)
