"""Automatic differentiation step by step: one leaf, many ways to use it.

A computational graph says how values depend on each other; backpropagation applies the chain rule to it.
The three rules: attach gradients to the variables that you want derivatives of; record the computation of the target
inside `with tape():`; call backward and read `.grad`.
"""

import tapegrad
from tapegrad import tape

# Differentiate y = 2 xᵀx with respect to x.
x = tapegrad.arange(0, 5, dtype=tapegrad.float32)
x.requires_grad_(True)
print(x.grad)  # None: the place for the gradient, still empty
no_gradient_yet = x.grad

with tape():
    y = 2 * tapegrad.dot(x, x)
y.backward()
print(x.grad)  # 4x
gradient_of_square = x.grad.clone()

x.grad.zero_()  # gradients accumulate: reset before the next one
print(x.grad)
reset = x.grad.clone()

# A sum: every xᵢ counts once.
x = tapegrad.arange(0, 5, dtype=tapegrad.float32)
x.requires_grad_(True)
with tape():
    y = x.sum()
y.backward()
print(x.grad)
gradient_of_sum = x.grad

# A result that is no scalar: say what flows in.
x = tapegrad.arange(0, 5, dtype=tapegrad.float32)
x.requires_grad_(True)
with tape():
    y = x * x
y.backward(tapegrad.ones_like(x))
print(x.grad)
gradient_of_squares = x.grad.clone()

# Detaching: u has the value of y and counts as a constant.
x.grad.zero_()
with tape():
    y = x * x
    u = y.detach()
    z = u * x
    total = z.sum()
total.backward()
print(x.grad == u)
detached = x.grad == u


# A maze of control flow: the tape holds the steps that were really taken.
def f(a):
    """Double `a` until it is large."""
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c


tapegrad.manual_seed(1)
a = tapegrad.randn(1, requires_grad=True)
with tape():
    d = f(a)
d.backward()
print(a.grad == d / a)  # f is linear along the path taken: d = k a, so the slope is k
slope_is_ratio = a.grad == d / a

# Question 4: the gradient of sin is cos, bit for bit.
x = tapegrad.arange(3, requires_grad=True, dtype=tapegrad.float32)
with tape():
    y = tapegrad.sin(x)
    total = y.sum()
total.backward()
print(x.grad == tapegrad.cos(x))
sine_is_cosine = x.grad == tapegrad.cos(x)

# Question 5: log(0) at x = 0 makes the first element nan.
x = tapegrad.arange(5, requires_grad=True, dtype=tapegrad.float32)
with tape():
    y = tapegrad.dot(tapegrad.log(x * x), tapegrad.sin(x)) + 1 / x
    total = y.sum()
total.backward()
print(x.grad)
gradient_with_nan = x.grad

# What there is to call: requires_grad_(True) tracks, backward() computes, detach() cuts, grad holds, zero_() resets.
