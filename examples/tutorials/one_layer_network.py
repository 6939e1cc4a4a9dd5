"""Automatic differentiation with `tapegrad.autograd`: the simplest one-layer network.

Backpropagation adjusts parameters according to the gradient of the loss with respect to each of them.
"""

import tapegrad
from tapegrad import tape

tapegrad.manual_seed(0)
x = tapegrad.ones(5)  # input tensor
y = tapegrad.zeros(3)  # expected output
w = tapegrad.randn(5, 3, requires_grad=True)
b = tapegrad.randn(3, requires_grad=True)
with tape() as t:
    z = tapegrad.matmul(x, w) + b
    loss = tapegrad.nn.functional.binary_cross_entropy_with_logits(z, y)

# The block defined this computational graph. w and b are the parameters to optimise: they require gradients.
# requires_grad can be set when a tensor is made, or later with x.requires_grad_(True).
print(t)

# The function that made a tensor knows the forward direction and its derivative; grad_fn refers to it.
print("Gradient function for z =", z.grad_fn)
print("Gradient function for loss =", loss.grad_fn)
makers = type(z.grad_fn).__name__, type(loss.grad_fn).__name__

# The derivatives of the loss, at the values of x and y:
loss.backward()
print(w.grad)
print(b.grad)
