"""Normalisations of channels that learn their number from the first input."""

from .._creation import zeros
from .._dtypes import int64
from ._uninitialized import UninitializedBuffer, UninitializedParameter
from .batch_norm import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Estimating,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from .lazy import LazyModuleMixin


class _Lazy(LazyModuleMixin, Estimating):
    """What the lazy layers share: all arguments of the ordinary one but the first."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__(0, eps, momentum, False, False)
        self.affine, self.track_running_stats = affine, track_running_stats
        where = {"device": device, "dtype": dtype}
        if affine:
            self.weight = UninitializedParameter(**where)
            if bias:
                self.bias = UninitializedParameter(**where)
        if track_running_stats:
            self.running_mean, self.running_var = UninitializedBuffer(**where), UninitializedBuffer(**where)
            self.num_batches_tracked = zeros((), dtype=int64, device=device)

    def initialize_parameters(self, input) -> None:
        """Count the channels of the input."""
        self._check(input)
        self.num_features = c = self._channels(input)
        if self.has_uninitialized_params():  # a loaded state has given them their shapes
            self.materialize(weight=c, bias=c, running_mean=c, running_var=c)
            self.reset_parameters()


class LazyBatchNorm1d(_Lazy, BatchNorm1d):
    """`BatchNorm1d` that learns `num_features` from the first input. The other arguments are the same."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_Lazy, BatchNorm2d):
    """`BatchNorm2d` that learns `num_features` from the first input. The other arguments are the same."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_Lazy, BatchNorm3d):
    """`BatchNorm3d` that learns `num_features` from the first input. The other arguments are the same."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_Lazy, InstanceNorm1d):
    """`InstanceNorm1d` that learns `num_features` from the first input.

    The other arguments are the same, but `affine` and `track_running_stats` are True by default, as in PyTorch.
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_Lazy, InstanceNorm2d):
    """`InstanceNorm2d` that learns `num_features` from the first input. Arguments: see `LazyInstanceNorm1d`."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_Lazy, InstanceNorm3d):
    """`InstanceNorm3d` that learns `num_features` from the first input. Arguments: see `LazyInstanceNorm1d`."""

    cls_to_become = InstanceNorm3d
