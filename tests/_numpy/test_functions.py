"""Functions with NumPy's arguments give NumPy's answers, record, and have the slopes of NumPy's functions."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape

A = np.array([[0.5, 1.5, -2.0, 0.75], [3.0, 0.25, 1.0, -0.5], [2.5, -1.25, 0.125, 4.0]])
W = np.array([1.0, 2.0, 0.5, 1.5])

def holed(x):
    return np.where(A == 1.0, np.nan, x * np.roll(A, 1))


CALLS = {
    "sort": np.sort,
    "sort flat": lambda x: np.sort(x, axis=None),
    "partition": lambda x: np.partition(x, 1, axis=1)[:, 1],
    "median": np.median,
    "median of an even number": lambda x: np.median(x, axis=1),
    "median of an odd number": lambda x: np.median(x, 0, keepdims=True),
    "median over axes": lambda x: np.median(x[None], axis=(0, -1)),
    "quantile": lambda x: np.quantile(x, 0.3),
    "quantiles": lambda x: np.quantile(x, [[0.1, 0.5], [0.9, 1.0]], axis=1),
    "quantiles nearby": lambda x: np.quantile(x, [0.2, 0.7], axis=(0, 1), keepdims=True, method="nearest"),
    "quantiles of a method": lambda x: np.quantile(x, [0.2, 0.75], axis=1, method="median_unbiased"),
    "quantiles by steps": lambda x: np.quantile(x, 0.4, axis=None, method="averaged_inverted_cdf"),
    "quantiles with weights": lambda x: np.quantile(x, [0.2, 0.7], axis=1, weights=W, method="inverted_cdf"),
    "percentile": lambda x: np.percentile(x, 40, axis=0),
    "diff": np.diff,
    "diff twice": lambda x: np.diff(x, 2, axis=0),
    "diff from a start": lambda x: np.diff(x, prepend=0.5, append=A[:, :1]),
    "diff of an array": lambda x: np.diff(A, prepend=x),
    "quantiles of an array": lambda x: np.quantile(A, np.abs(x[0]) / 3),
    "cov of an array": lambda x: np.cov(A, x),
    "ediff1d": lambda x: np.ediff1d(x, to_begin=np.array([1.0, 2.0])),
    "trapezoid": lambda x: np.trapezoid(x, dx=0.5, axis=0),
    "trapezoid between places": lambda x: np.trapezoid(x, np.cumsum(W)),
    "cumsum in another dtype": lambda x: np.cumsum(x, axis=0, dtype=np.float64),
    "cumulative_sum": lambda x: np.cumulative_sum(x, axis=1, include_initial=True),
    "cumulative_prod": lambda x: np.cumulative_prod(x[0], include_initial=True),
    "add.accumulate": np.add.accumulate,
    "multiply.accumulate": lambda x: np.multiply.accumulate(x, 1),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1),
    "minimum.accumulate": np.minimum.accumulate,
    "logaddexp.accumulate": np.logaddexp.accumulate,
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=None),
    "subtract.outer": lambda x: np.subtract.outer(x[0], A),
    "power.outer of an array": lambda x: np.power.outer(np.abs(W), x),
    "take": lambda x: np.take(x, [[0, -1], [5, 5]]),
    "take rows": lambda x: np.take(x, [2, 0, 2], axis=0),
    "take around": lambda x: np.take(x, [5, -6], axis=1, mode="wrap"),
    "take at the edge": lambda x: np.take(x, [9, -9], axis=-1, mode="clip"),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(A, axis=1), axis=1),
    "take_along_axis flat": lambda x: np.take_along_axis(x, np.array([3, 1]), axis=None),
    "compress": lambda x: np.compress([True, False, True], x, axis=0),
    "extract": lambda x: np.extract(A > 0.5, x),
    "choose": lambda x: np.choose([0, 2, 1, 1], [x[0], x[1], x[2]]),
    "select": lambda x: np.select([A > 2, A > 0], [x**2, x], -x),
    "append": lambda x: np.append(x, W),
    "append rows": lambda x: np.append(x, W[None], axis=0),
    "delete": lambda x: np.delete(x, [0, 5]),
    "delete a column": lambda x: np.delete(x, -2, axis=1),
    "interp": lambda x: np.interp(x, [-1.1, 0.1, 1.1, 3.1], [0.0, 2.0, -1.0, 5.0], left=-9.0),
    "interp between values": lambda x: np.interp([0.3, 1.7, 9.0], [0.0, 1.0, 2.0, 3.0], x[0]),
    "average": np.average,
    "average weighed": lambda x: np.average(x, axis=1, weights=W),
    "average and weight": lambda x: np.average(A, weights=x, returned=True)[0],
    "ptp": lambda x: np.ptp(x, axis=0),
    "cov": np.cov,
    "cov of columns": lambda x: np.cov(x, x * x, rowvar=False, ddof=0),
    "cov of one": lambda x: np.cov(x[0]),
    "corrcoef": np.corrcoef,
    "fix": lambda x: np.fix(x * 1.1) + x,
    "divmod": lambda x: np.divmod(x, 0.7)[1],
    "modf": lambda x: np.modf(x * 1.1)[0],
    "sinc": np.sinc,
    "i0": np.i0,
    "degrees": np.degrees,
    "radians": np.radians,
    "fabs": np.fabs,
    "polyval": lambda x: np.polyval([2.0, -1.0, 0.5], x),
    "polyval of coefficients": lambda x: np.polyval(x[0], A),
    "convolve": lambda x: np.convolve(x[0], [1.0, 2.0, 3.0]),
    "convolve same": lambda x: np.convolve(W[:2], x[1], "same"),
    "convolve valid": lambda x: np.convolve(x[2], x[0], "valid"),
    "correlate": lambda x: np.correlate(x[2], W[:2]),
    "correlate with the longer": lambda x: np.correlate(W[:2], x[0], "same"),
    "correlate at the same places": lambda x: np.correlate(x[0], x[1], "same"),
    "insert": lambda x: np.insert(x, [1, 5], [7.0, 8.0]),
    "insert one in many places": lambda x: np.insert(W, [0, 2], x[0, 0]),
    "insert many in one place": lambda x: np.insert(x, -1, W),
    "vander": lambda x: np.vander(x[0], 3, increasing=True),
    "cross": lambda x: np.cross(x.T, A.T),
    "block": lambda x: np.block([[x, A], [np.ones((1, 5)), x[:1, :3]]]),
    "meshgrid": lambda x: np.meshgrid(x[0], W[:2])[0],
    "diag": lambda x: np.diag(x[0], -1),
    "diagflat": lambda x: np.diagflat(x, 1),
    "hsplit": lambda x: np.hsplit(x, 2)[1],
    "vsplit": lambda x: np.vsplit(x, [1])[1],
    "dsplit": lambda x: np.dsplit(x[None], [1, 3])[1],
    "unstack": lambda x: np.unstack(x, axis=1)[2],
    "rollaxis": lambda x: np.rollaxis(x[None], 2, 1),
    "rollaxis to the end": lambda x: np.rollaxis(x[None], 1, 3),
    "permute_dims": lambda x: np.permute_dims(x, (1, 0)),
    "astype": lambda x: np.astype(x, np.float64),
    "nansum": lambda x: np.nansum(holed(x), axis=0),
    "nanprod": lambda x: np.nanprod(holed(x), axis=1),
    "nanmean": lambda x: np.nanmean(holed(x)),
    "nanmean keepdims": lambda x: np.nanmean(holed(x), axis=1, keepdims=True),
    "nanvar": lambda x: np.nanvar(holed(x), axis=1),
    "nanstd": lambda x: np.nanstd(holed(x), axis=0, ddof=1, keepdims=True),
    "nanmax": lambda x: np.nanmax(holed(x), axis=1),
    "nanmin": lambda x: np.nanmin(holed(x)),
    "fmax.reduce": lambda x: np.fmax.reduce(holed(x), axis=1),
    "nancumsum": lambda x: np.nancumsum(holed(x), axis=1),
    "nancumprod": lambda x: np.nancumprod(holed(x)),
    "nanmedian": lambda x: np.nanmedian(holed(x), axis=1),
    "nanquantile": lambda x: np.nanquantile(holed(x), [0.2, 0.9], axis=1),
    "nanquantile by rank": lambda x: np.nanquantile(holed(x), [0.2, 0.9], axis=1, method="hazen"),
    "nanquantile of a step": lambda x: np.nanquantile(holed(x), 0.6, axis=1, method="closest_observation"),
    "nanpercentile": lambda x: np.nanpercentile(holed(x), 35, keepdims=True),
    "apply_along_axis": lambda x: np.apply_along_axis(np.cumsum, 0, x),
    "apply_along_axis to numbers": lambda x: np.apply_along_axis(np.prod, 1, x),
    "apply_along_axis to matrices": lambda x: np.apply_along_axis(lambda r: np.outer(r, r), 0, x[:2]),
    "apply_over_axes": lambda x: np.apply_over_axes(np.sum, x[None], [0, -1]),
    "piecewise": lambda x: np.piecewise(x, [A < 0, A > 1], [lambda v: -v, 3.0, lambda v: v * v]),
    "piecewise of one": lambda x: np.piecewise(x, [A > 1], [np.exp]),
    "cov weighed": lambda x: np.cov(x, fweights=[1, 2, 0, 3], aweights=W, ddof=0),
    "gradient": lambda x: np.gradient(x)[1],
    "gradient by one step": lambda x: np.gradient(x, 0.5, axis=-1, edge_order=2),
    "gradient between places": lambda x: np.gradient(x, 2.0, np.cumsum(W), axis=(0, 1))[1],
    "histogram of weights": lambda x: np.histogram(A, 3, weights=x)[0],
    "histogram2d of weights": lambda x: np.histogram2d(A[0], W, [2, 3], weights=x[0])[0],
    "histogramdd of weights": lambda x: np.histogramdd(A.reshape(-1, 2), 2, weights=x.ravel()[::2], density=True)[0],
    "bincount of weights": lambda x: np.bincount([0, 1, 1, 0], x[0]),
    "insert columns": lambda x: np.insert(x, [1, 4], 7.0, axis=1),
    "insert a row": lambda x: np.insert(x, 1, W, axis=0),
    "interp around": lambda x: np.interp(x, [0.1, 2.9, 1.4], [0.0, 2.0, -1.0], period=3.3),
    "interp around between values": lambda x: np.interp([0.3, -7.7, 9.0], [0.0, 1.0, 2.0, 3.0], x[0], period=4.5),
    "meshgrid sparse": lambda x: np.meshgrid(x[0], W[:2], sparse=True)[0],
    "pad symmetric": lambda x: np.pad(x, ((1, 2), (0, 3)), "symmetric"),
    "pad reflect": lambda x: np.pad(x, 2, "reflect"),
    "pad maximum": lambda x: np.pad(x, ((1, 2), (0, 3)), "maximum"),
    "pad minimum": lambda x: np.pad(x, 1, "minimum", stat_length=2),
    "pad mean": lambda x: np.pad(x, (2, 1), "mean", stat_length=((1, 9), (2, 3))),
    "pad median": lambda x: np.pad(x, (0, 2), "median"),
    "pad linear_ramp": lambda x: np.pad(x, ((3, 0), (2, 1)), "linear_ramp", end_values=((1.0, 2.0), (3.0, 4.0))),
    "pad constants": lambda x: np.pad(x, ((1, 2), (1, 0)), constant_values=((1, 2), (3, 4))),
    "pad empty": lambda x: np.pad(x, 1, "empty")[1:-1, 1:-1],
    "frexp": lambda x: np.frexp(x * 1.1)[0],
    "real_if_close": lambda x: np.real_if_close(x * (1 + 0j)),
    "resize": lambda x: np.resize(x, (3, 5)),
    "sort_complex": lambda x: np.sort_complex(x).real,
    "trim_zeros": lambda x: np.trim_zeros(x[0] * [0.0, 1.0, 0.0, 1.0], "f"),
    "unwrap": lambda x: np.unwrap(3 * x, axis=0),
    "unique": np.unique,
    "unique rows": lambda x: np.unique(x[[0, 1, 0]], axis=0, return_counts=True)[0],
    "unique_all": lambda x: np.unique_all(x).values,
    "unique_counts": lambda x: np.unique_counts(x)[0],
    "unique_inverse": lambda x: np.unique_inverse(x)[0],
    "unique_values": np.unique_values,
    "union1d": lambda x: np.union1d(x, [7.0, 0.3]),
    "intersect1d": lambda x: np.intersect1d(x, x[:2]),
    "setdiff1d": lambda x: np.setdiff1d(x, x[1:]),
    "setxor1d": lambda x: np.setxor1d(x[:2], x[1:]),
    "poly": lambda x: np.poly(x[0]),
    "polyadd": lambda x: np.polyadd(x[0], [1.0, 2.0]),
    "polysub": lambda x: np.polysub(W[:2], x[0]),
    "polymul": lambda x: np.polymul(x[0], x[1]),
    "polydiv": lambda x: np.polydiv(x[0], x[1, :2])[0],
    "polydiv, the rest": lambda x: np.polydiv(x[0], x[1, :3])[1],
    "polyder": lambda x: np.polyder(x[0], 2),
    "polyint": lambda x: np.polyint(x[0], 2, [1.0, 3.0]),
    "polyfit": lambda x: np.polyfit(W.cumsum(), x[0], 2),
    "polyfit of columns": lambda x: np.polyfit([0.0, 1.0, 2.5], x, 1, w=[1.0, 2.0, 0.5]),
    "polyfit of places": lambda x: np.polyfit(x[1], W, 1, cov=True)[0],
    "polyfit, its residual": lambda x: np.polyfit(W.cumsum(), x[0], 1, full=True)[1],
    "polyfit, its covariance": lambda x: np.polyfit(W.cumsum(), x[0], 1, cov=True)[1],
    "roots": lambda x: np.abs(np.roots(x[0])),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_has_numpys_values_and_slopes(name):
    call = CALLS[name]
    x = tg.tensor(A, requires_grad=True)
    with tape():
        y = call(x)
    want = call(A)
    assert y.requires_grad and y.shape == np.shape(want) and y.dtype == want.dtype
    np.testing.assert_allclose(y.detach().numpy(), want, rtol=1e-12)
    g, t = np.random.default_rng(0).normal(size=y.shape), np.random.default_rng(1).normal(size=A.shape)
    y.backward(tg.tensor(g))
    step = 1e-6 * t
    slope = np.sum(g * (call(A + step) - call(A - step))) / 2e-6
    np.testing.assert_allclose(np.sum(x.grad.numpy() * t), slope, rtol=1e-6, atol=1e-7)


PLAIN = {  # whole numbers and truths, of tracked tensors too
    "argsort": lambda x: np.argsort(x, axis=0),
    "argpartition": lambda x: np.argpartition(x, 1, axis=None)[1],
    "nanargmax": lambda x: np.nanargmax(holed(x), axis=1),
    "nanargmin": lambda x: np.nanargmin(holed(x)),
    "searchsorted": lambda x: np.searchsorted(np.array([0.0, 1.0]), x),
    "digitize": lambda x: np.digitize(x, [0.0, 1.0]),
    "flatnonzero": lambda x: np.flatnonzero(x > 1),
    "isin": lambda x: np.isin(x, [0.5, 3.0]),
    "isposinf": np.isposinf,
    "frexp, its exponents": lambda x: np.frexp(x)[1],
    "histogram": lambda x: np.histogram(x, 4)[0],
    "histogram2d": lambda x: np.histogram2d(x[0], x[1], [2, 3])[0],
    "histogramdd": lambda x: np.histogramdd(x.reshape(-1, 2), 3)[1][0],
    "spacing": np.spacing,
    "unique_counts": lambda x: np.unique_counts(x > 1).counts,
    "lexsort": lambda x: np.lexsort((x[0], x[1])),
    "zeros_like": np.zeros_like,
    "full_like": lambda x: np.full_like(x, 2, dtype=np.float32, shape=(2, 2)),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_has_no_derivative_is_plain(name):
    with tape():
        found = PLAIN[name](tg.tensor(A, requires_grad=True))
    want = np.asarray(PLAIN[name](A))
    assert not found.requires_grad and found.dtype == want.dtype and found.tolist() == want.tolist()


CONSTANTS = {
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=0),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_what_has_no_rule_works_on_constants_alone(name):
    np.testing.assert_array_equal(CONSTANTS[name](tg.tensor(A)).numpy(), CONSTANTS[name](A))
    with tape() as t, pytest.raises(TypeError, match=r"has no derivative here.*detach\(\)"):
        CONSTANTS[name](tg.tensor(A, requires_grad=True))
    assert len(t) == 0


@pytest.mark.filterwarnings("ignore:All-NaN", "ignore:Mean of", "ignore:Degrees of", "ignore:invalid value")
@pytest.mark.parametrize("name", ["nanmax", "nanmin", "nanmean", "nanvar", "nansum", "nanprod", "nanmedian"])
def test_rows_of_nan_alone_answer_as_in_numpy(name):
    rows = np.array([[np.nan, np.nan], [1.0, np.nan], [np.inf, np.inf]])[: 2 if name == "nanvar" else 3]
    np.testing.assert_array_equal(getattr(np, name)(tg.tensor(rows), axis=1).numpy(), getattr(np, name)(rows, axis=1))


@pytest.mark.parametrize("name", ["median", "quantile"])
def test_the_middle_of_integers_and_of_what_holds_nan(name):
    q = () if name == "median" else (0.5,)
    for values in (np.array([[1, 2, 4, 9], [0, 0, 1, 7]]), np.array([[1.0, np.nan], [2.0, 3.0]])):
        want = getattr(np, name)(values, *q, axis=1)
        found = getattr(np, name)(tg.tensor(values), *q, axis=1)
        np.testing.assert_array_equal(found.numpy(), want)


MISTAKES = {
    "weights of numbers": (lambda x: np.nanquantile(x, 0.5, weights=x, method="inverted_cdf"), "`weights` is not"),
    "weights of a quantile": (lambda x: np.quantile(x, 0.5, weights=W, method="inverted_cdf"), "`weights` .shape"),
    "weights of another length": (lambda x: np.average(x, axis=0, weights=W), r"\[np.average\] `weights` \(shape"),
    "frequencies": (lambda x: np.cov(x, fweights=[1.5, 2, 1, 1]), r"\[np.cov\] `fweights`"),
    "a period": (lambda x: np.interp(x, W, W, period=0), r"\[np.interp\] `period`"),
    "steps": (lambda x: np.gradient(x, 1.0, 2.0, 3.0), r"\[np.gradient\] `varargs` \(3 given\)"),
    "a row of another length": (lambda x: np.polyfit(x[0], x.T[:3], 1), r"\[np.polyfit\] `x` \(shape \(4,\)\)"),
    "a negative order": (lambda x: np.polyder(x[0], -1), r"\[np.polyder\] `m` \(=-1\)"),
    "constants too few": (lambda x: np.polyint(x[0], 3, [1, 2]), r"\[np.polyint\] `k` \(2 given\)"),
    "a polynomial of matrices": (np.roots, r"\[np.roots\] `p`"),
    "functions too few": (lambda x: np.piecewise(x, [A > 0, A < 0], [1]), r"\[np.piecewise\] `funclist` \(1\)"),
    "no such axis of rows": (lambda x: np.apply_along_axis(np.sum, 2, x), r"\[np.apply_along_axis\] `axis` \(=2\)"),
    "places beyond": (lambda x: np.put(x * 1, [99], 1), r"\[np.put\] `ind` must lie in -12 … 11"),
    "an array written": (lambda x: np.copyto(A.copy(), x), r"\[np.copyto\] `dst` \(ndarray\)"),
    "a cast that loses": (lambda x: np.copyto((x > 0).long(), x), r"\[np.copyto\] `src` \(dtype float64\)"),
    "a row's diagonal": (lambda x: np.fill_diagonal(x[0] * 1, 1), r"\[np.fill_diagonal\] `a`"),
    "a mode of padding": (lambda x: np.pad(x, 1, "reflect", reflect_type="odd"), r"\[np.pad\] `mode` \(='reflect'"),
    "no such axis": (lambda x: np.median(x, axis=2), r"\[np.median\] axis"),
    "no such row": (lambda x: np.take(x, [0], axis=2), r"\[np.take\] `axis` \(=2\)"),
    "a choice too few": (lambda x: np.select([A > 0, A > 1], [x]), r"\[np.select\] `condlist` \(2\)"),
    "a sum of no axis": (np.cumulative_sum, r"\[np.cumulative_sum\] `axis` \(=None\)"),
    "an unknown mode": (lambda x: np.convolve(x[0], W, "half"), r"\[np.convolve\] `mode` \(='half'\)"),
    "nothing but NaN": (lambda x: np.nanargmax(x * np.nan), r"\[np.nanargmax\] `a` must not be NaN everywhere"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name):
    call, message = MISTAKES[name]
    with tape(), pytest.raises((TypeError, ValueError, IndexError), match=message):
        call(tg.tensor(A, requires_grad=True))


WRITES = {
    "copyto": lambda y, v: np.copyto(y, v),
    "copyto where": lambda y, v: np.copyto(y, v, where=A > 0),
    "fill_diagonal": lambda y, v: np.fill_diagonal(y, v[0]),
    "place": lambda y, v: np.place(y, A > 0, v[1]),
    "put": lambda y, v: np.put(y, [0, -1, 13], v[0, :2], mode="wrap"),
    "put_along_axis": lambda y, v: np.put_along_axis(y, np.array([[0], [3], [1]]), v[:, :1], axis=1),
    "put_along_axis flat": lambda y, v: np.put_along_axis(y, np.array([5, 2]), v[0, :2], axis=None),
    "putmask": lambda y, v: np.putmask(y, A > 0, v[0]),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_is_numpys_and_recorded(name):
    write, wanted = WRITES[name], A.copy()
    write(wanted, 10 * A)
    x = tg.tensor(A, requires_grad=True)
    with tape():
        y, v = x * 1, 10 * x
        write(y, v)
        y.sum().backward()
    np.testing.assert_array_equal(y.detach().numpy(), wanted)
    changed = wanted != A
    assert x.grad.sum().item() == (~changed).sum() + 10 * changed.sum()
