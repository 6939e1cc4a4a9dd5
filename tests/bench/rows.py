"""The rows of `operators`: every differentiable operator, as an expression that means the same in both libraries.

`t` is the library, `F` its functional namespace, a letter an input: see `operators.inputs`.
"""

UNARY = {
    "x": """
        abs neg positive square exp exp2 expm1 sin cos tan atan sinh cosh tanh asinh sigmoid erf erfc sinc i0
        deg2rad rad2deg frac nan_to_num sign trunc floor ceil round real angle conj_physical
        special.i0e special.i1 special.i1e special.erfcx special.ndtr special.log_ndtr
        nn.functional.relu nn.functional.relu6 nn.functional.elu nn.functional.selu nn.functional.celu
        nn.functional.gelu nn.functional.silu nn.functional.mish nn.functional.softplus nn.functional.softsign
        nn.functional.leaky_relu nn.functional.hardtanh nn.functional.hardsigmoid nn.functional.hardswish
        nn.functional.hardshrink nn.functional.softshrink nn.functional.tanhshrink nn.functional.logsigmoid
        sum mean nansum nanmean amax amin aminmax max min var std std_mean var_mean median nanmedian norm
        flatten ravel clone atleast_3d fliplr flipud rot90 tril triu diag diagonal trace t""",
    "p": """
        log log2 log10 log1p sqrt rsqrt reciprocal lgamma digamma special.entr linalg.norm
       """,
    "u": "asin acos atanh erfinv logit special.ndtri",
}

# one expression a line, named by what stands before the colon
ROWS = """
acosh: t.acosh(p + 1)
add: x + y
add_broadcast: x + y[0]
add_alpha: t.add(x, y, alpha=2)
sub: x - y
mul: x * y
mul_scalar: x * 2.5
rsub: 1 - x
div: x / p
div_floor: t.div(x, p, rounding_mode="floor")
remainder: t.remainder(x, p)
fmod: t.fmod(x, p)
pow: p ** x
pow_scalar: p ** 3
rpow: 2 ** x
atan2: t.atan2(x, y)
hypot: t.hypot(x, y)
copysign: t.copysign(x, y)
ldexp: t.ldexp(x, y)
logaddexp: t.logaddexp(x, y)
logaddexp2: t.logaddexp2(x, y)
maximum: t.maximum(x, y)
minimum: t.minimum(x, y)
fmax: t.fmax(x, y)
fmin: t.fmin(x, y)
xlogy: t.xlogy(x, p)
xlog1py: t.special.xlog1py(x, p)
clamp: t.clamp(x, -1, 1)
clamp_tensor: t.clamp(x, -p, q)
lerp: t.lerp(x, y, 0.3)
lerp_tensor: t.lerp(x, y, u)
addcmul: t.addcmul(x, y, z)
addcdiv: t.addcdiv(x, y, p)
where: t.where(c, x, y)
masked_fill: x.masked_fill(c, 2.0)
masked_select: t.masked_select(x, c)
masked_scatter: x.masked_scatter(c, y)
round_decimals: t.round(x, decimals=2)
mvlgamma: t.mvlgamma(p + 1, 2)
float_power: t.float_power(p, 2)
polygamma_1: t.polygamma(1, p)
threshold: F.threshold(x, 0.1, 2.0)
prelu: F.prelu(x, g)
glu: F.glu(x)
gelu_tanh: F.gelu(x, approximate="tanh")
dropout: F.dropout(x, 0.5)
sum_dim: x.sum(0)
sum_last: x.sum(1)
mean_dim: x.mean(0)
mean_last: x.mean(1)
amax_dim: x.amax(1)
amin_dim: x.amin(0)
max_dim: t.max(x, 1)
min_dim: t.min(x, 0)
var_dim: x.var(1)
std_dim: x.std(0)
var_mean_dim: t.var_mean(x, 1)
norm_dim: t.linalg.vector_norm(x, dim=1)
norm_1: t.linalg.vector_norm(x, 1)
norm_3: t.linalg.vector_norm(x, 3, dim=1)
norm_inf: t.linalg.vector_norm(x, float("inf"))
logsumexp: t.logsumexp(x, 1)
median_dim: t.median(x, 1)
nanmedian_dim: t.nanmedian(x, 1)
quantile: t.quantile(x, 0.3, dim=1)
nanquantile: t.nanquantile(x, 0.3, dim=1)
kthvalue: t.kthvalue(x, 7)
mode: t.mode(x)
topk: t.topk(x, 5)
sort: t.sort(x)
msort: t.msort(x)
cumsum: t.cumsum(x, 1)
cumsum_first: t.cumsum(x, 0)
cumprod: t.cumprod(p, 1)
logcumsumexp: t.logcumsumexp(x, 1)
prod: t.prod(p)
prod_dim: t.prod(p, 1)
cummax: t.cummax(x, 1)
cummin: t.cummin(x, 0)
diff: t.diff(x)
trapezoid: t.trapezoid(x)
cumulative_trapezoid: t.cumulative_trapezoid(x)
gradient: t.gradient(x)
cov: t.cov(x)
corrcoef: t.corrcoef(x)
dist: t.dist(x, y)
cdist: t.cdist(x[:100], y[:100])
pdist: F.pdist(x[:100])
renorm: t.renorm(x, 2, 0, 1.0)
reshape: x.reshape(-1)
transpose: x.transpose(0, 1) * 1
permute: i.permute(0, 2, 3, 1)
contiguous: x.T.contiguous()
movedim: t.movedim(i, 1, -1)
squeeze: x.unsqueeze(0).squeeze(0)
unsqueeze: x.unsqueeze(1)
expand: a.expand(4, -1)
unflatten: a.unflatten(0, (10, -1))
cat: t.cat([x, y])
cat_last: t.cat([x, y], 1)
stack: t.stack([x, y, z])
vstack: t.vstack([x, y])
hstack: t.hstack([x, y])
dstack: t.dstack([x, y])
column_stack: t.column_stack([x, y])
split: t.split(x, 20)
chunk: t.chunk(x, 4, 1)
tensor_split: t.tensor_split(x, 3)
unbind: t.unbind(x)
flip: t.flip(x, [0])
roll: t.roll(x, 3, 1)
repeat: x.repeat(2, 2)
tile: t.tile(x, (2,))
repeat_interleave: t.repeat_interleave(x, 2, 0)
meshgrid: t.meshgrid(y[0], z[0], indexing="ij")
block_diag: t.block_diag(x[:50, :50], y[:50, :50])
cartesian_prod: t.cartesian_prod(a[:100], b[:100])
combinations: t.combinations(a[:140])
diag_embed: t.diag_embed(x[:, :10])
diagflat: t.diagflat(a[:100])
pad_constant: F.pad(x, (1, 2))
pad_reflect: F.pad(i, (1, 2, 1, 2), mode="reflect")
pad_replicate: F.pad(i, (1, 2, 1, 2), mode="replicate")
pad_circular: F.pad(i, (1, 2, 1, 2), mode="circular")
index_slice: x[10:60]
index_step: x[::2, 1::3]
index_int: x[5]
index_array: x[j]
index_pair: x[j, j]
index_mask: x[c]
select: x.select(1, 3)
narrow: x.narrow(0, 10, 50)
gather: t.gather(x, 1, k)
take_along_dim: t.take_along_dim(x, k, 1)
take: t.take(x, k)
scatter: x.scatter(1, k, y)
scatter_add: x.scatter_add(1, k, y)
scatter_reduce_amax: x.scatter_reduce(1, k, y, "amax")
scatter_reduce_mean: x.scatter_reduce(1, k, y, "mean")
scatter_reduce_prod: x.scatter_reduce(1, k, p, "prod")
index_select: t.index_select(x, 0, j)
index_add: x.index_add(0, j, y)
index_copy: x.index_copy(0, j, y)
index_fill: x.index_fill(0, j, 1.0)
index_put: x.index_put((j,), y)
index_put_accumulate: x.index_put((j, j), y[0], accumulate=True)
index_reduce_amax: x.index_reduce(0, j, y, "amax")
index_reduce_mean: x.index_reduce(0, j, y, "mean")
put: x.put(k, y)
select_scatter: t.select_scatter(x, y[0], 0, 3)
slice_scatter: t.slice_scatter(x, y[:50], 0, 10, 60)
diagonal_scatter: t.diagonal_scatter(x, y[0])
unfold_windows: x.unfold(1, 5, 2)
embedding: F.embedding(j, x)
embedding_bag: F.embedding_bag(j.reshape(-1, 10), x)
matmul: x @ y
mm: t.mm(x, y)
mv: t.mv(x, y[0])
dot: t.dot(a, b)
vdot: t.vdot(a, b)
inner: t.inner(x, y)
outer: t.outer(a[:100], b[:100])
bmm: t.bmm(A, B)
addmm: t.addmm(z, x, y)
addmv: t.addmv(z[0], x, y[0])
addr: t.addr(x, y[0], z[0])
baddbmm: t.baddbmm(A, A, B)
addbmm: t.addbmm(A[0], A, B)
linear: F.linear(x, y, z[0])
bilinear: F.bilinear(x[:100, :20], y[:100, :20], z[:80, :100].reshape(20, 20, 20))
einsum: t.einsum("ij,jk->ik", x, y)
einsum_batched: t.einsum("bij,bkj->bik", A, B)
tensordot: t.tensordot(x, y, 1)
kron: t.kron(x[:10, :10], y[:10, :10])
cross: t.linalg.cross(d, e)
vecdot: t.linalg.vecdot(x, y)
chain_matmul: t.linalg.multi_dot([x, y, z])
matrix_power: t.linalg.matrix_power(A, 3)
matrix_exp: t.linalg.matrix_exp(A)
matrix_norm: t.linalg.matrix_norm(A)
matrix_norm_nuc: t.linalg.matrix_norm(A, "nuc")
inv: t.linalg.inv(A)
pinv: t.linalg.pinv(A)
det: t.linalg.det(A)
slogdet: t.linalg.slogdet(A)
logdet: t.logdet(S)
solve: t.linalg.solve(A, B)
solve_vector: t.linalg.solve(A, B[..., :1])
solve_triangular: t.linalg.solve_triangular(A.tril(), B, upper=False)
lstsq: t.linalg.lstsq(A, B).solution
cholesky: t.linalg.cholesky(S)
cholesky_solve: t.cholesky_solve(B, S)
cholesky_inverse: t.cholesky_inverse(S)
lu: t.linalg.lu(A)
lu_factor: t.linalg.lu_factor(A)[0]
qr: t.linalg.qr(A)
svd: t.linalg.svd(A)
svdvals: t.linalg.svdvals(A)
eigh: t.linalg.eigh(S)
eigvalsh: t.linalg.eigvalsh(S)
eigvals: t.linalg.eigvals(A[:1])
cond: t.linalg.cond(A)
vander: t.linalg.vander(u[0], N=20)
householder_product: t.linalg.householder_product(A, A[..., 0])
tensorsolve: t.linalg.tensorsolve(A[0], B[0, :, 0])
fft: t.fft.fft(x)
ifft: t.fft.ifft(x)
rfft: t.fft.rfft(x)
irfft: t.fft.irfft(x)
hfft: t.fft.hfft(x)
fft2: t.fft.fft2(x)
rfft2: t.fft.rfft2(x)
fftn: t.fft.fftn(x)
fftshift: t.fft.fftshift(x)
stft: t.stft(a, 64, window=w, return_complex=True)
complex_abs: t.complex(x, y).abs()
complex_mul: t.complex(x, y) * t.complex(y, z)
softmax: t.softmax(x, 1)
softmax_first: t.softmax(x, 0)
log_softmax: t.log_softmax(x, 1)
softmin: F.softmin(x, 1)
cross_entropy: F.cross_entropy(x, j)
cross_entropy_10: F.cross_entropy(a.reshape(-1, 10), l)
nll_loss: F.nll_loss(x, j)
mse_loss: F.mse_loss(x, y)
l1_loss: F.l1_loss(x, y)
smooth_l1_loss: F.smooth_l1_loss(x, y)
huber_loss: F.huber_loss(x, y)
kl_div: F.kl_div(x, u)
bce: F.binary_cross_entropy(u, v)
bce_with_logits: F.binary_cross_entropy_with_logits(x, u)
poisson_nll_loss: F.poisson_nll_loss(x, p)
gaussian_nll_loss: F.gaussian_nll_loss(x, y, p)
hinge_embedding_loss: F.hinge_embedding_loss(x, c.float() * 2 - 1)
margin_ranking_loss: F.margin_ranking_loss(x, y, c.float() * 2 - 1)
cosine_embedding_loss: F.cosine_embedding_loss(x, y, c[0].float() * 2 - 1)
soft_margin_loss: F.soft_margin_loss(x, c.float() * 2 - 1)
multi_margin_loss: F.multi_margin_loss(x, j)
multilabel_margin_loss: F.multilabel_margin_loss(x[:100, :100], k[:100, :100] % 100)
multilabel_soft_margin_loss: F.multilabel_soft_margin_loss(x, c.float())
triplet_margin_loss: F.triplet_margin_loss(x, y, z)
ctc_loss: F.ctc_loss(o.log_softmax(2), r, (50,) * 8, (10,) * 8)
cosine_similarity: F.cosine_similarity(x, y)
pairwise_distance: F.pairwise_distance(x, y)
normalize: F.normalize(x)
batch_norm: F.batch_norm(i, None, None, f, h, training=True)
layer_norm: F.layer_norm(x, (x.shape[1],), y[0], z[0])
group_norm: F.group_norm(i, 2, f, h)
instance_norm: F.instance_norm(i)
rms_norm: F.rms_norm(x, (x.shape[1],), y[0])
local_response_norm: F.local_response_norm(i, 3)
attention: F.scaled_dot_product_attention(q0, k0, v0)
conv1d: F.conv1d(i.flatten(2), m[:, :, 0])
conv2d: F.conv2d(i, m, padding=1)
conv3d: F.conv3d(n, m[:, :, None], padding=1)
conv_transpose2d: F.conv_transpose2d(i, m)
max_pool1d: F.max_pool1d(i.flatten(2), 2)
max_pool2d: F.max_pool2d(i, 2)
max_pool3d: F.max_pool3d(n, 2)
avg_pool1d: F.avg_pool1d(i.flatten(2), 2)
avg_pool2d: F.avg_pool2d(i, 2)
avg_pool3d: F.avg_pool3d(n, 2)
lp_pool2d: F.lp_pool2d(i, 2, 2)
adaptive_avg_pool2d: F.adaptive_avg_pool2d(i, 5)
adaptive_max_pool2d: F.adaptive_max_pool2d(i, 5)
im2col: F.unfold(i, 3)
col2im: F.fold(F.unfold(i, 3), i.shape[2:], 3)
interpolate_nearest: F.interpolate(i, scale_factor=2)
interpolate_bilinear: F.interpolate(i, scale_factor=2, mode="bilinear")
interpolate_bicubic: F.interpolate(i, scale_factor=2, mode="bicubic")
interpolate_linear: F.interpolate(i.flatten(2), scale_factor=2, mode="linear")
interpolate_trilinear: F.interpolate(n, scale_factor=2, mode="trilinear")
interpolate_area: F.interpolate(i, 8, mode="area")
grid_sample: F.grid_sample(i, s, align_corners=False)
grid_sample_nearest: F.grid_sample(i, s, mode="nearest", align_corners=False)
affine_grid: F.affine_grid(g.expand(6).reshape(1, 2, 3), (1, 1, *i.shape[2:]), align_corners=False)
pixel_shuffle: F.pixel_shuffle(i, 2)
pixel_unshuffle: F.pixel_unshuffle(i, 2)
channel_shuffle: F.channel_shuffle(i, 2)
"""

# why a row may cost more than three times the peer's
_POSITIONS = "elements are read, and added back, at arrays of positions"
WHY: dict[str, str] = {
    **dict.fromkeys(
        ("flatten", "ravel", "reshape", "squeeze", "unsqueeze", "unflatten", "atleast_3d"),
        "the gradient is a copy of the caller's cotangent; PyTorch's shares its memory",
    ),
    "cat": "gradients are copies of the caller's cotangent; PyTorch's share its memory",
    "index_copy": _POSITIONS,
    "masked_scatter": _POSITIONS,
    "scatter_reduce_prod": "each slope is the product of all others, so exact where there are zeros",
    "bilinear": "an einsum of three operands: two products, with a copy between them",
    "stft": "NumPy's FFT against MKL's",
    "eigvals": "NumPy's LAPACK against MKL's",
    "multi_margin_loss": "a dozen NumPy calls each way, which on many rows cost nothing",
    "ctc_loss": "recorded step by step: it has second derivatives, which PyTorch's has not",
    "max_pool3d": "volumes are pooled as images twice",
}
