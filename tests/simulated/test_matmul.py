"""Matrix products on the device against those of NumPy, with tiles of a few elements: many tiles, edges, shares."""

import numpy as np
import pytest

import tapegrad as tg
from tapegrad import tape
from tapegrad.kernels import einsum, linear, matmul
from tapegrad.kernels.cuda import DeviceArray, _gemm, _shares, _tile
from tapegrad.kernels.ref import matmul as ref

DTYPES = ["float16", "float32", "float64", "complex64", "int8", "uint16", "int64", "bool"]


def host(*shape, dtype="float32", seed=0):
    x = np.random.default_rng(seed).normal(size=shape) * 3
    return x.astype(dtype) if np.dtype(dtype).kind != "c" else (x + 1j * x[::-1]).astype(dtype)


def laid(x, way):
    """The same numbers on the device, lying in memory another way, and the same view of the host's."""
    if way == "columns":
        return DeviceArray.from_host(np.ascontiguousarray(x.mT)).mT
    if way == "every other":
        wide = np.zeros((*x.shape[:-2], 2 * x.shape[-2], 3 * x.shape[-1]), x.dtype)
        wide[..., ::2, ::3] = x
        return DeviceArray.from_host(wide)[..., ::2, ::3]
    if way == "backwards":
        return DeviceArray.from_host(np.ascontiguousarray(x[..., ::-1, ::-1]))[..., ::-1, ::-1]
    if way == "beside":  # a start that is not aligned
        return DeviceArray.from_host(np.concatenate([x[..., :1], x], -1))[..., 1:]
    return DeviceArray.from_host(x)


def close(got, want, terms=16):
    got = got.to_host()
    assert got.shape == want.shape and got.dtype == want.dtype
    accuracy = np.finfo(want.dtype).eps * terms if want.dtype.kind in "fc" else 0
    np.testing.assert_allclose(got, want, rtol=accuracy, atol=accuracy * 8)


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_every_dtype_are_those_of_numpy(dtype):
    a, b = host(3, 5, dtype=dtype), host(5, 2, dtype=dtype, seed=1)
    close(matmul(laid(a, "rows"), laid(b, "rows")), ref.matmul(a, b), 60)


@pytest.mark.parametrize("way", ["rows", "columns", "every other", "backwards", "beside"])
@pytest.mark.parametrize("other", ["rows", "columns", "every other"])
def test_operands_are_read_where_they_lie(way, other):
    for m, k, n in ((4, 8, 12), (5, 6, 3)):
        a, b = host(m, k), host(k, n, seed=1)
        close(matmul(laid(a, way), laid(b, other)), ref.matmul(a, b))


@pytest.mark.parametrize(
    ("tile", "a", "b"),
    [
        ("large", (2, 20, 5), (2, 5, 16)), ("wide", (4, 7, 5), (4, 5, 13)), ("medium", (4, 13, 3), (4, 3, 3)),
        ("low", (4, 4, 5), (4, 5, 13)), ("thin", (2, 5), (5, 9)), ("small", (5, 3), (3, 5)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_tile_has_its_shapes(tile, a, b, dtype, monkeypatch):
    used = []
    tiles = _gemm.tiles
    monkeypatch.setattr(_gemm, "tiles", lambda *how: used.append(how[2]) or tiles(*how))
    a, b = host(*a, dtype=dtype), host(*b, dtype=dtype, seed=1)
    close(matmul(laid(a, "rows"), laid(b, "rows")), ref.matmul(a, b))
    assert used == [
        {"large": "medium", "wide": "medium", "low": "small"}.get(tile, tile) if dtype == "float64" else tile
    ]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((2, 1, 3, 4), (3, 4, 2)), ((3, 4), (2, 4, 2)), ((2, 3, 4), (4, 2)), ((2, 1, 2, 2, 3), (1, 2, 1, 3, 2)),
        ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((4,), (4,)), ((9, 20), (20,)), ((2, 0), (0, 3)), ((0, 2), (2, 3)),
    ],
)  # fmt: skip
def test_batches_broadcast_and_vectors_are_rows_or_columns(a, b):
    a, b = host(*a), host(*b, seed=1)
    close(matmul(laid(a, "rows"), laid(b, "rows")), ref.matmul(a, b))


def test_a_batch_may_be_any_view():
    a, b = host(2, 3, 4, 5), host(3, 2, 4, 5, seed=1)
    left, right = laid(a, "rows").transpose(0, 2, 1, 3), laid(b, "rows").transpose(1, 2, 3, 0)
    close(matmul(left, right), ref.matmul(a.transpose(0, 2, 1, 3), b.transpose(1, 2, 3, 0)))


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_long_sums_come_in_shares_and_are_the_same_every_time(dtype, monkeypatch):
    seen = []
    monkeypatch.setattr(_shares, "gathered", lambda *how, inner=_shares.gathered: seen.append(how) or inner(*how))
    a, b, bias = host(3, 40, dtype=dtype), host(4, 40, dtype=dtype, seed=1), host(4, dtype=dtype, seed=2)
    xs = [DeviceArray.from_host(x) for x in (a, b, bias)]
    first, again = linear(*xs, "relu"), linear(*xs, "relu")
    assert len(seen) == 2 and np.array_equal(first.to_host(), again.to_host())
    close(first, ref.linear_relu(a, b, bias), 60)


def test_a_long_dot_product_comes_in_shares():
    a, b = host(300), host(300, seed=1)
    close(matmul(laid(a, "rows"), laid(b, "rows")), ref.matmul(a, b), 100)


@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (1, 5), (5,), (0, 5)])
def test_bias_and_relu_are_part_of_the_product(activation, shape):
    x, w, b = host(*shape), host(6, 5, seed=1), host(12, seed=2)[::2]
    want = (ref.linear_relu if activation else ref.linear)(x, w, b)
    close(linear(laid(x, "rows"), laid(w, "rows"), DeviceArray.from_host(host(12, seed=2))[::2], activation), want)


def test_what_is_not_a_number_stays_so():
    x = DeviceArray.from_host(np.array([[np.nan, 1], [-1, 1]], "float32"))
    w = DeviceArray.from_host(np.array([[1.0, 0.0], [0.0, 1.0]], "float32"))
    np.testing.assert_array_equal(linear(x, w, None, "relu").to_host(), [[np.nan, np.nan], [0, 1]])


def test_dtypes_are_promoted_as_in_numpy():
    a, b = np.arange(6).reshape(2, 3), host(3, 2)
    close(matmul(laid(a, "rows"), laid(b, "rows")), ref.matmul(a, b))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 4)]), ("ij->ji", [(2, 3)]), ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]), ("ijk->k", [(2, 3, 4)]), ("i,j->ij", [(2,), (3,)]), ("ij,ij->ij", [(2, 3), (2, 3)]),
        ("ij,ij->i", [(2, 3), (2, 3)]), ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]), ("...ij,...jk", [(2, 2, 3), (3, 2)]),
        ("bhqd,bhkd->bhqk", [(2, 2, 3, 2), (2, 2, 3, 2)]), ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 3)]),
        ("ijk,klj->li", [(2, 3, 2), (2, 3, 3)]), ("ij,i->", [(2, 3), (2,)]), ("iij,jk->ik", [(2, 2, 3), (3, 2)]),
        ("ij,jk->ik", [(2, 1), (3, 4)]), ("...,...->...", [(2, 3), (3,)]), (",i->i", [(), (3,)]), ("->", [()]),
    ],
)  # fmt: skip
def test_einsum_is_that_of_numpy(subscripts, shapes):
    xs = [host(*shape, seed=k) for k, shape in enumerate(shapes)]
    close(einsum(subscripts, *map(DeviceArray.from_host, xs)), ref.einsum(subscripts, *xs))


def test_what_does_not_fit_is_said_in_words():
    a, b = laid(host(2, 3), "rows"), laid(host(2, 3), "rows")
    with pytest.raises(ValueError, match="as many columns"):
        matmul(a, b)
    with pytest.raises(ValueError, match="must broadcast"):
        matmul(laid(host(2, 2, 3), "rows"), laid(host(3, 3, 2), "rows"))
    with pytest.raises(ValueError, match="label"):
        einsum("ij,jk->ik", a, b)


def test_gradients_flow_through_a_product_on_the_device():
    a, b = host(3, 4), host(4, 2, seed=1)
    x, w = (tg.tensor(t, device="cuda", requires_grad=True) for t in (a, b))
    with tape():
        y = x @ w
    y.backward(tg.ones(3, 2, dtype=y.dtype, device="cuda"))
    np.testing.assert_allclose(x.grad.cpu().numpy(), np.ones((3, 2)) @ b.T, rtol=1e-5)
    np.testing.assert_allclose(w.grad.cpu().numpy(), a.T @ np.ones((3, 2)), rtol=1e-5)


@pytest.mark.parametrize("tile", _tile.TILES)
def test_threads_share_the_loads_of_a_tile_evenly(tile):
    (bm, bn, bk), _ = _tile.TILES[tile]
    for size in (bm, bn):
        loaded = size * bk // _tile.threads(tile)
        assert loaded * _tile.threads(tile) == size * bk
        for v in {1, min(2, loaded), min(4, loaded)} if tile != "plain" else {1}:
            assert _tile.threads(tile) * v % size == _tile.threads(tile) * v % bk == bk % v == 0
