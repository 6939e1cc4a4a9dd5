"""The graph, its functions, and gradients of vectors.

Nodes of the graph are operators. a and the weights are made by us (leaves); b, c, d and L are made by operations.
"""

import tapegrad
import tapegrad.nn as nn
import tapegrad.nn.functional as F
from tapegrad import TapeError, tape

# requires_grad can be said when a tensor is made, or later; only real numbers can have it.
a = tapegrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
w1 = tapegrad.tensor([2.0, 2.0, 2.0])
w1.requires_grad = True
w2 = tapegrad.tensor([3.0, 3.0, 3.0]).requires_grad_(True)
w3 = tapegrad.tensor([4.0, 4.0, 4.0], requires_grad=True)
w4 = tapegrad.tensor([5.0, 5.0, 5.0], requires_grad=True)
constant = tapegrad.tensor([1.0, 1.0, 1.0])

with tape() as t:
    b = w1 * a
    c = w2 * a
    d = w3 * b + w4 * c
    L = 10 - d
print(t)

# requires_grad is contagious: one input that has it is enough. Without it there is nothing to record.
print(b.requires_grad, (constant * constant).requires_grad)
contagious = b.requires_grad, (constant * constant).requires_grad

# grad_fn is the operator that made a tensor: None for leaves, and for tensors without requires_grad.
print("a:", a.grad_fn, " constant:", constant.grad_fn)
print("d:", d.grad_fn, " L:", L.grad_fn)
makers = a.grad_fn, constant.grad_fn, type(d.grad_fn).__name__, type(L.grad_fn).__name__


# A function knows its forward and its backward. One of our own, with the two methods:
class Cube(tapegrad.autograd.Function):
    """The third power."""

    @staticmethod
    def forward(ctx, x):
        """Compute the output from the input."""
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        """Take the gradient that comes from above on to the input."""
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


with tape():
    cube = Cube.apply(a)
cube.backward(tapegrad.ones(3))
print(a.grad)
gradient_of_cube = a.grad
a.grad = None

# backward() on a vector is an error: its derivative is a matrix, the Jacobian.
try:
    L.backward()
except TapeError as error:
    message = str(error)
    print("TapeError:", message)

# Cure one: make it a scalar, the sum of all the errors.
with tape():
    L = (10 - (w3 * (w1 * a) + w4 * (w2 * a))).sum()
L.backward()
print(a.grad)
by_sum = a.grad, w1.grad, w4.grad

# Cure two: pass ones of the shape of the vector.
for leaf in (a, w1, w2, w3, w4):
    leaf.grad = None
with tape():
    L = 10 - (w3 * (w1 * a) + w4 * (w2 * a))
L.backward(tapegrad.ones(L.shape))
print(a.grad)
by_ones = a.grad, w1.grad, w4.grad

# nn.Module against nn.functional: an object that holds its parameters, or a function that is handed them.
tapegrad.manual_seed(0)
layer = nn.Linear(3, 2)
x = tapegrad.randn(4, 3)
print((layer(x) == F.linear(x, layer.weight, layer.bias)).all())
same_layer = (layer(x) == F.linear(x, layer.weight, layer.bias)).all()

# Statefulness: a module may behave differently in training and in evaluation; a function has to be told.
drop = nn.Dropout(0.5)
drop.eval()
print((drop(x) == F.dropout(x, 0.5, training=False)).all())
same_dropout = (drop(x) == F.dropout(x, 0.5, training=False)).all()
