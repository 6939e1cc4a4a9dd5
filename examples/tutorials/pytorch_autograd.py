"""Autograd: automatic differentiation, after the PyTorch tutorial.

The code is PyTorch's; what records is the block `with tape():`, so the computations stand inside one.
"""

import tapegrad
from tapegrad import tape

# 1. Tensor ------------------------------------------------------------------------------------------------------

# Create a tensor. With requires_grad=True, tapes record the operations on it.
x = tapegrad.ones(2, 2, requires_grad=True)
print(x)

with tape():
    # Do a tensor operation:
    y = x + 2
    print(y)

    # y was created as a result of an operation, so it has a grad_fn. x was created by us: it has none.
    print(y.grad_fn)
    print(x.grad_fn)

    # Do more operations on y
    z = y * y * 3
    out = z.mean()
print(z)
print(out)

# Assignments: 1. create a tensor that requires grad of size (5, 5); 2. sum the values in it.
ones = tapegrad.ones(5, 5, requires_grad=True)
with tape():
    total = ones.sum()
print(total)

# 2. Gradients ---------------------------------------------------------------------------------------------------

# out contains a single scalar, so out.backward() is equivalent to out.backward(tapegrad.tensor([1.0])).
out.backward()

# d(out)/dx is a matrix of 4.5: out = ¼ Σ zᵢ, zᵢ = 3 (xᵢ + 2)², hence ∂out/∂xᵢ = 3/2 (xᵢ + 2) = 9/2.
print(x.grad)
gradient_of_mean = x.grad

x.grad = None
with tape():
    (3 * (x + 2) * (x + 2)).mean().backward(tapegrad.tensor([1.0]))
print(x.grad)  # the same
gradient_with_seed = x.grad

# You can do many crazy things with autograd!
tapegrad.manual_seed(0)
x = tapegrad.randn(3, requires_grad=True)
with tape():
    y = x * 2
    doublings = 1
    while y.data.norm() < 1000:
        y = y * 2
        doublings += 1
print(y)

gradients = tapegrad.FloatTensor([0.1, 1.0, 0.0001])
y.backward(gradients)
print(x.grad)  # the vector-Jacobian product: 2^doublings times the gradients

# Assignments ----------------------------------------------------------------------------------------------------

# 1. Define a tensor and set requires_grad to True. 3. Multiply it by 2 and assign the result to a new variable.
# 4. Sum that variable's elements and assign to a new variable.
v = tapegrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
with tape():
    doubled = v * 2
    doubled.retain_grad()  # "for each new variable that you define, call .retain_grad()"
    summed = doubled.sum()
    summed.retain_grad()

# 5. Print the gradients of all the variables: there are none yet.
before = [t.grad for t in (v, doubled, summed)]
print(before)

# 6. Perform a backward pass on the last variable.
summed.backward()

# 7. Print all gradients again. What did you notice? Leaves get theirs by themselves; results only because they asked.
after = [t.grad for t in (v, doubled, summed)]
for gradient in after:
    print(gradient)
