"""Modules, and ways to call them, that PyTorch's database has no cases of: (module, its arguments, its inputs)."""

import torch

# fmt: off


def real(*shape):
    return torch.randn(shape, dtype=torch.float64, requires_grad=True)


def whole(high, *shape):
    return torch.randint(high, shape)


def call(*args, **kwargs):
    return args, kwargs


def more_modules():
    """Yield them, with inputs that are drawn anew."""
    image, row, volume = real(2, 4, 6, 5), real(2, 4, 7), real(2, 4, 4, 5, 4)
    yield "Conv1d", call(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, padding_mode="circular"), call(row)
    yield "Conv1d", call(4, 6, 2, padding="same", padding_mode="reflect", bias=False), call(row)
    yield "Conv2d", call(4, 6, (3, 2), 2, 1, (1, 2), 2), call(image)
    yield "Conv2d", call(4, 2, (2, 4), padding="same", padding_mode="replicate"), call(image)
    yield "Conv2d", call(4, 2, 3, padding=(2, 1), padding_mode="reflect"), call(image)
    yield "Conv2d", call(4, 2, 3, padding="valid", padding_mode="circular"), call(image)
    yield "Conv3d", call(4, 2, (1, 3, 2), (2, 1, 1), (0, 1, 1), padding_mode="replicate", groups=2), call(volume)
    yield "Conv3d", call(4, 4, 2, padding="same", padding_mode="circular", groups=4, bias=False), call(volume)
    yield "ConvTranspose1d", call(4, 6, 3, 2, 1, 1, 2), call(row)
    yield "ConvTranspose1d", call(4, 3, 2, stride=3, dilation=2), call(row, output_size=(22,))
    yield "ConvTranspose2d", call(4, 6, (3, 2), 2, 1, (1, 0), 2, False), call(image)
    yield "ConvTranspose2d", call(4, 6, 3, (2, 3), 1, dilation=2), call(image, output_size=(2, 6, 14, 16))
    yield "ConvTranspose3d", call(4, 2, (1, 3, 2), (2, 1, 2), (0, 1, 0), groups=2), call(volume)
    yield "ConvTranspose3d", call(4, 1, 2, 2, output_padding=1), call(real(4, 3, 3, 2))
    yield "Bilinear", call(2, 3, 4), call(real(2, 3, 2), real(2, 3, 3))

    yield "Unfold", call((2, 3), dilation=(2, 1), padding=1, stride=2), call(image)
    yield "Fold", call((5, 6), (2, 3), padding=(1, 0), stride=(2, 1)), call(real(2, 12, 12))
    yield "MaxPool2d", call((2, 3), dilation=2, ceil_mode=True, return_indices=True), call(image)
    yield "MaxPool3d", call(2, 1, padding=1, return_indices=True), call(volume)
    yield "MaxUnpool1d", call(2), call(real(2, 3, 4), torch.tensor([0, 3, 4, 6]).expand(2, 3, 4))
    yield "MaxUnpool1d", call(2, 3, 1), call(real(1, 1, 2), torch.tensor([[[0, 3]]]), output_size=(5,))
    places = torch.tensor([[0, 1], [7, 8]]).expand(1, 2, 2, 2)
    yield "MaxUnpool2d", call(2, stride=(2, 1)), call(real(1, 2, 2, 2), places)
    yield "MaxUnpool3d", call(2), call(real(1, 1, 1, 1, 2), torch.tensor([[[[[5, 10]]]]]))
    yield "AvgPool2d", call(2, padding=1, count_include_pad=False, divisor_override=3), call(image)
    yield "AdaptiveAvgPool2d", call((3, None)), call(image)
    yield "AdaptiveMaxPool2d", call((3, 2), return_indices=True), call(image)

    yield "ReflectionPad1d", call((1, 2)), call(row)
    yield "ReflectionPad2d", call((1, 2, 0, 3)), call(image)
    yield "ReplicationPad3d", call((1, 2, 0, 3, 1, 1)), call(volume)
    yield "CircularPad3d", call((1, 2, 0, 3, 1, 1)), call(volume)
    yield "ConstantPad2d", call((1, -2, 0, 3), 0.5), call(image)
    yield "ZeroPad2d", call((1, -2, 0, 3)), call(image)
    for mode in ("nearest", "bilinear", "bicubic", "area", "nearest-exact"):
        yield "Upsample", call(scale_factor=(2, 1.5), mode=mode), call(image)
    yield "Upsample", call(size=9, mode="linear", align_corners=True), call(row)
    yield "Upsample", call((6, 4, 7), mode="trilinear", align_corners=False), call(volume)
    yield "Upsample", call(scale_factor=1.3, mode="bilinear", recompute_scale_factor=True), call(image)
    yield "UpsamplingNearest2d", call(scale_factor=2), call(image)
    yield "UpsamplingBilinear2d", call((9, 8)), call(image)
    yield "PixelShuffle", call(2), call(image)
    yield "PixelUnshuffle", call(2), call(real(2, 3, 4, 6))
    yield "ChannelShuffle", call(2), call(image)
    yield "Flatten", call(), call(image)
    yield "Flatten", call(0, 2), call(image)
    yield "Unflatten", call(1, (2, -1)), call(image)
    yield "Identity", call(1, unused=2), call(image)

    yield "Embedding", call(7, 3, padding_idx=-1, scale_grad_by_freq=True), call(whole(7, 4, 5))
    yield "Embedding", call(7, 3, max_norm=1.0, norm_type=1.0), call(whole(7, 6))
    bags = {"offsets": torch.tensor([0, 3, 3, 5])}
    for mode in ("sum", "mean", "max"):
        yield "EmbeddingBag", call(7, 3, mode=mode), call(whole(7, 4, 5))
        yield "EmbeddingBag", call(7, 3, mode=mode, padding_idx=2), call(whole(7, 8), **bags)
    yield "EmbeddingBag", call(7, 3, 1.0, 1.0, mode="sum", include_last_offset=True), call(whole(7, 5), **bags)
    yield "EmbeddingBag", call(7, 3, mode="sum"), call(whole(7, 2, 3), per_sample_weights=real(2, 3))
    # nn.EmbeddingBag(scale_grad_by_freq=True) is not here: PyTorch 2.13 divides by the counts of other rows on the CPU

    yield "PairwiseDistance", call(3.0, keepdim=True), call(real(4, 3), real(4, 3))
    yield "CosineSimilarity", call(dim=2), call(real(2, 3, 4), real(2, 1, 4))
    yield "GLU", call(1), call(image)
    yield "PReLU", call(4), call(image)
    yield "RReLU", call(0.2, 0.2), call(image)
    yield "Softmax2d", call(), call(image)
    for kind in ("Dropout", "AlphaDropout"):
        yield kind, call(0.0), call(image)
    yield "Dropout2d", call(0.0), call(image)
