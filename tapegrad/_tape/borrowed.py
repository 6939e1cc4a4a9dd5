"""What the engine needs of the operations above it; `tapegrad.ops` fills it in when it is imported.

- ``lift(args, p)``: the arguments as Tensors, or None if none is one;
- ``promote(args, p)``: the same, in the one dtype that PyTorch's table gives them;
- ``settle(y, forward, arrays)``: a floating function of integers, computed in the default dtype;
- ``sum_to(g, shape)``: a cotangent summed over the axes that broadcasting made, and its transpose ``expand``;
- ``scatter``, ``region``: the primitives that writes through views record;
- ``conjugate(g)``, ``real(g)``: of an array or a Tensor;
- ``ones_like(array)``, ``copy(array)``: on any kind of array;
- ``beside(g, x)``: a gradient on the device of its tensor.
"""

from types import SimpleNamespace

lent = SimpleNamespace()
