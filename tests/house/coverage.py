"""What of NumPy and of PyTorch is here: `tests/coverage.md`.

``python -m tests.house.coverage`` writes it, and so does `tests.house.stubs`; a test compares it with what is there.
The names to cover are frozen in numpy.txt (functions of numpy 2.4, numpy.linalg and numpy.fft) and torch.txt (the
operators of PyTorch 2.13's own test database, aliases included).
"""

import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

import tapegrad
from tapegrad._numpy.protocol import HANDLED, operation_of
from tests.house.tree import ROOT

PATH = ROOT / "tests" / "coverage.md"
WORDS = {"break_long_words": False, "break_on_hyphens": False}

CONSTANT_IN_BOTH = """
    all allclose any arange argmax argmin argpartition argsort argwhere array_equal bitwise_and bitwise_count
    bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor broadcast_shapes bucketize
    count_nonzero digitize empty empty_like equal eye flatnonzero full full_like gcd greater greater_equal
    invert isclose isfinite isin isinf isnan isneginf isposinf isreal lcm left_shift less less_equal lexsort linspace
    logical_and logical_not logical_or logical_xor logspace nanargmax nanargmin nonzero not_equal ones ones_like
    right_shift searchsorted signbit tril_indices triu_indices unravel_index zeros zeros_like"""
CONSTANT_IN_NUMPY = """
    array array2string array_equiv array_repr array_str asanyarray asarray asarray_chkfinite ascontiguousarray
    asfortranarray asmatrix bartlett base_repr binary_repr blackman bmat busday_count busday_offset can_cast
    common_type datetime_as_string datetime_data diag_indices diag_indices_from einsum_path fft.fftfreq fft.rfftfreq
    format_float_positional format_float_scientific from_dlpack frombuffer fromfile fromfunction fromiter frompyfunc
    fromregex fromstring genfromtxt geomspace get_include get_printoptions getbufsize geterr geterrcall hamming hanning
    histogram_bin_edges identity indices info is_busday iscomplex iscomplexobj isdtype isfortran isnat isrealobj
    isscalar issubdtype iterable ix_ kaiser linalg.matrix_rank load loadtxt mask_indices may_share_memory
    min_scalar_type mintypecode ndim nested_iters packbits printoptions promote_types ravel_multi_index require
    result_type save savetxt savez savez_compressed set_printoptions setbufsize seterr seterrcall shape shares_memory
    show_config show_runtime size spacing tri tril_indices_from triu_indices_from typename unpackbits"""
CONSTANT_IN_TORCH = """
    bernoulli bool broadcast_shapes byte cauchy char empty_permuted empty_strided eq equal exponential gcd ge
    geometric gt hash_tensor histc int item lcm le linalg.matrix_rank log_normal long lt masked.argmax
    masked.argmin multinomial ne new_empty new_empty_strided new_full new_ones new_zeros nn.functional.one_hot
    nonzero_static normal rand_like randint randint_like randn randn_like scalar_tensor short
    signal.windows.bartlett signal.windows.blackman signal.windows.cosine signal.windows.exponential
    signal.windows.gaussian signal.windows.general_cosine signal.windows.general_hamming signal.windows.hamming
    signal.windows.hann signal.windows.kaiser signal.windows.nuttall tril_indices triu_indices uniform unique
    unique_consecutive unravel_index zero_"""

WITHOUT = {  # why PyTorch's operators that are not here stay out
    "PyTorch's own parts: what autograd, `nn` or a compiler calls, under names that users do not": """
        _batch_norm_with_update _chunk_cat _native_batch_norm_legit _segment_reduce _softmax_backward_data
        _unsafe_masked_index _unsafe_masked_index_put_accumulate _upsample_bilinear2d_aa
        max_pool2d_with_indices_backward native_batch_norm native_dropout_backward native_group_norm native_layer_norm
        nn.functional.multi_head_attention_forward scalar_tensor slice torch.ops.aten._safe_softmax.default""",
    "random approximations of `linalg.svd`": "pca_lowrank svd_lowrank",
    "GPU kernels, or made of them": """
        jiterator_2inputs_2outputs jiterator_4inputs_with_extra_args jiterator_binary jiterator_binary_return_by_ref
        jiterator_unary torch._scaled_mm torch._scaled_mm_v2 torch.ops.aten._efficient_attention_forward
        torch.ops.aten._flash_attention_forward""",
    "dtypes that NumPy does not have": "bfloat16 chalf",
    "Python 2's division": "__rdiv__",
    "sparse tensors, which are not here": "sparse.mm sparse.sampled_addmm to_sparse",
    "memory under a tensor changed, or laid out by hand: `np.ndarray` and `from_numpy` do that": """
        empty_permuted empty_strided new_empty_strided resize_ resize_as_""",
    "no decomposition of LAPACK's in NumPy; `lu` and `cholesky` solve these equations": """
        linalg.ldl_factor linalg.ldl_factor_ex linalg.ldl_solve""",
    "a fingerprint of memory, for PyTorch's debugging": "hash_tensor",
}

HEAD = """\
# What of NumPy and PyTorch is here

Written by `python -m tests.house.coverage`. "Differentiable": the function records and has a rule. "Constant by
nature": its answers are whole numbers, truths, words, fresh or random arrays; there is nothing to differentiate.
"Missing": not here, or, of NumPy, for tensors that are not tracked alone.
"""


def path_of(home: object, name: str) -> object:
    """The thing a dotted name leads to, or None."""
    for part in name.split("."):
        home = getattr(home, part, None)
    return home


def numpy_here(name: str) -> bool:
    function = path_of(np, name)
    return function in HANDLED or (isinstance(function, np.ufunc) and operation_of(function) is not None)


def torch_here(name: str) -> bool:
    """Whether it is a function, a method, or a method that writes in place."""
    ways = (name.removeprefix("torch."), f"{name}_")
    return any(path_of(home, way) is not None for home in (tapegrad, tapegrad.Tensor) for way in ways)


def reasons(missing: Iterable[str]) -> str:
    """Why what is missing is: a line for each reason; what has none is listed last."""
    left, lines = set(missing), []
    for why, names in WITHOUT.items():
        found = sorted(left & set(names.split()))
        left -= set(found)
        if found:
            lines.append(textwrap.fill(f"- {why}: {' '.join(found)}", 118, subsequent_indent="  ", **WORDS))
    return "\n".join([*lines, *([f"- to be done: {' '.join(sorted(left))}"] if left else [])])


def table(title: str, names: Iterable[str], constant: set[str], here: Callable[[str], bool], always: bool) -> str:
    """One section: the names of each status. `always`: what is constant needs nothing of ours."""
    status: dict[str, list[str]] = {"Differentiable": [], "Constant by nature": [], "Missing": []}
    for name in names:
        if name in constant and (always or here(name)):
            status["Constant by nature"].append(name)
        else:
            status["Differentiable" if here(name) else "Missing"].append(name)
    parts = [f"## {title}"]
    for kind, found in status.items():
        listed = textwrap.fill(" ".join(found), 110, **WORDS)
        parts.append(f"### {kind}: {len(found)}\n\n```text\n{listed}\n```" if found else f"### {kind}: none")
    if status["Missing"]:
        parts.append(f"Why:\n\n{reasons(status['Missing'])}")
    return "\n\n".join(parts)


def coverage() -> str:
    """The text of `tests/coverage.md`."""
    numpys, torchs = (Path(__file__).with_name(f"{n}.txt").read_text("utf-8").split() for n in ("numpy", "torch"))
    in_numpy, in_torch = (set((CONSTANT_IN_BOTH + more).split()) for more in (CONSTANT_IN_NUMPY, CONSTANT_IN_TORCH))
    sections = []
    for home in ("", "linalg", "fft"):
        names = [name for name in numpys if name.rpartition(".")[0] == home]
        sections.append(table(f"numpy.{home}".strip("."), names, in_numpy, numpy_here, True))
    sections.append(table("PyTorch's operators", torchs, in_torch, torch_here, False))
    return "\n\n".join([HEAD.strip(), *sections]) + "\n"


if __name__ == "__main__":
    PATH.write_text(coverage(), "utf-8")
