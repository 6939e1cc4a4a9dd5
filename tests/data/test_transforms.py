"""Transforms mean what they mean in torchvision, for Tensors, arrays and PIL images alike."""

import colorsys
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tapegrad as tg
from tapegrad.data import DataLoader, Digits, Subset, TensorDataset
from tapegrad.data import transforms as T
from tapegrad.data.transforms import colour, rotate

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (3, 9, 12), np.uint8)
FLOATS = RNG.random((3, 9, 12), dtype=np.float32)


def seeded(seed=0):
    return tg.Generator().manual_seed(seed)


ALL = [
    T.Resize(6),
    T.CenterCrop(5),
    T.RandomCrop(8, padding=1, generator=seeded()),
    T.RandomHorizontalFlip(generator=seeded()),
    T.RandomVerticalFlip(generator=seeded()),
    T.RandomRotation(30, generator=seeded()),
    T.ColorJitter(0.5, 0.5, 0.5, 0.3, generator=seeded()),
]


@pytest.mark.parametrize("transform", ALL, ids=lambda t: type(t).__name__)
def test_tensors_arrays_and_pil_images_are_changed_alike(transform):
    results = []
    for image in (BYTES, tg.tensor(BYTES), Image.fromarray(BYTES.transpose(1, 2, 0))):
        if hasattr(transform, "generator"):
            transform.generator.manual_seed(3)
        before = np.array(image)
        result = transform(image)
        assert type(result) is type(image) or (isinstance(image, Image.Image) and isinstance(result, Image.Image))
        np.testing.assert_array_equal(np.array(image), before)
        results.append(np.array(result).transpose(2, 0, 1) if isinstance(result, Image.Image) else np.asarray(result))
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
    assert results[0].dtype == np.uint8


@pytest.mark.parametrize("transform", ALL, ids=lambda t: type(t).__name__)
def test_what_is_no_image_is_refused(transform):
    name = type(transform).__name__
    with pytest.raises(TypeError, match=rf"\[{name}\] `img` \(a list\) must be a Tensor, an array or a PIL image"):
        transform([[1]])
    with pytest.raises(TypeError, match=rf"\[{name}\] `img` must not require gradients"):
        transform(tg.ones(3, 9, 9, requires_grad=True))
    with pytest.raises(ValueError, match=rf"\[{name}\] `img` \(of shape \(3,\)\) must have the axes"):
        transform(np.ones(3))
    with pytest.raises(
        ValueError, match=rf"\[{name}\] `img` \(a PIL image of mode P\) must be one of L, LA, RGB, RGBA"
    ):
        transform(Image.fromarray(BYTES[0]).convert("P"))


@given(n=st.integers(0, 5))
def test_a_generator_repeats_what_a_transform_drew(n):
    def images(seed):
        transform = T.Compose([T.RandomCrop(5, generator=g) for g in [seeded(seed)]] + [T.RandomRotation(90)])
        tg.manual_seed(1)
        return [transform(FLOATS).tolist() for _ in range(3)]

    assert images(n) == images(n) != images(n + 1)


# ------------------------------------------------------------------------------------------- one by one


def test_to_tensor_puts_channels_first_and_bytes_in_0_to_1():
    for image in (BYTES.transpose(1, 2, 0), Image.fromarray(BYTES.transpose(1, 2, 0))):
        x = T.ToTensor()(image)
        assert (x.dtype, x.shape) == (tg.float32, (3, 9, 12))
        np.testing.assert_array_equal(x.numpy(), BYTES / np.float32(255))
    assert T.ToTensor()(np.ones((2, 3))).shape == (1, 2, 3)
    assert T.ToTensor()(Image.fromarray(FLOATS[0])).numpy().tolist() == FLOATS[:1].tolist()
    assert T.ToTensor()(Image.new("1", (2, 1), 1)).tolist() == [[[1.0, 1.0]]]
    x = tg.ones(1, 2, 2)
    assert T.ToTensor()(x) is x


def test_normalize_takes_means_away_and_divides():
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    y = T.Normalize(mean, std)(FLOATS)
    np.testing.assert_allclose(y, (FLOATS - np.array(mean)[:, None, None]) / np.array(std)[:, None, None], rtol=1e-5)
    x = tg.tensor(FLOATS)
    assert T.Normalize((0.5,), (0.5,), inplace=True)(x) is x
    np.testing.assert_allclose(x.numpy(), FLOATS * 2 - 1, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("size", "result"), [(3, (3, 4)), (18, (18, 24)), ((4, 5), (4, 5)), ([7], (7, 9))])
def test_resize_keeps_the_proportion_where_one_number_is_given(size, result):
    assert T.Resize(size)(BYTES).shape == (3, *result)
    assert T.Resize(size)(BYTES.transpose(0, 2, 1)).shape == (3, *(result if np.size(size) > 1 else result[::-1]))


def test_the_longer_side_can_be_limited():
    assert T.Resize(9, max_size=10)(np.ones((9, 30))).shape == (3, 10)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_resize_is_pillows_but_for_rounding(mode):
    image = Image.fromarray(BYTES.transpose(1, 2, 0))
    expected = np.array(image.resize((7, 5), Image.Resampling[mode.upper()]), int)
    assert abs(np.array(T.Resize((5, 7), mode)(image), int) - expected).max() <= 1


@given(h=st.integers(1, 16), w=st.integers(1, 16))
def test_a_center_crop_has_the_middle(h, w):
    y = T.CenterCrop((h, w))(FLOATS)
    assert y.shape == (3, h, w)
    wide = np.pad(FLOATS, [(0, 0), (20, 20), (20, 20)])
    places = [(int(np.rint((9 - h) / 2)), (h - 9) // 2), (int(np.rint((12 - w) / 2)), (w - 12) // 2)]
    top, left = (
        20 + (cut if cut >= 0 and n <= have else -over)
        for (cut, over), n, have in zip(places, (h, w), (9, 12), strict=True)
    )
    np.testing.assert_array_equal(y, wide[:, top : top + h, left : left + w])


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_random_crops_are_all_the_windows_of_the_padded_image(mode):
    crop = T.RandomCrop(4, padding=(1, 2), padding_mode=mode, generator=seeded())
    x = np.arange(12.0).reshape(3, 4)
    wide = np.pad(x, [(2, 2), (1, 1)], mode)
    windows = {np.ascontiguousarray(wide[i : i + 4, j : j + 4]).tobytes() for i in range(4) for j in range(3)}
    assert {np.ascontiguousarray(crop(x)).tobytes() for _ in range(200)} == windows


def test_a_crop_pads_what_is_too_small_if_asked_to():
    assert T.RandomCrop((5, 20), pad_if_needed=True, fill=7)(BYTES).shape == (3, 5, 20)
    with pytest.raises(
        ValueError, match=r"\[RandomCrop\] `size` \(=\(5, 20\)\) must not exceed the image's, \(9, 12\)"
    ):
        T.RandomCrop((5, 20))(BYTES)


@pytest.mark.parametrize(("flip", "axis"), [(T.RandomHorizontalFlip, 2), (T.RandomVerticalFlip, 1)])
def test_flips_mirror_as_often_as_they_should(flip, axis):
    np.testing.assert_array_equal(flip(1)(BYTES), np.flip(BYTES, axis))
    np.testing.assert_array_equal(flip(0)(BYTES), BYTES)
    some = flip(0.25, generator=seeded())
    flipped = sum((some(BYTES) != BYTES).any() for _ in range(400))
    assert 60 < flipped < 140


@pytest.mark.parametrize("turns", [-1, 0, 1, 2, 3])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_quarter_turns_are_exact(turns, mode):
    y = T.RandomRotation((90 * turns, 90 * turns), mode, expand=True)(FLOATS)
    np.testing.assert_allclose(y, np.rot90(FLOATS, turns, (1, 2)), atol=1e-5)


def test_a_rotation_fills_what_lies_outside_and_keeps_its_center():
    y = T.RandomRotation((45, 45), fill=(0.1, 0.2, 0.3), center=(6.5, 4.5))(FLOATS)
    np.testing.assert_array_equal(y[:, 0, 0], np.float32([0.1, 0.2, 0.3]))
    np.testing.assert_array_equal(y[:, 4, 6], FLOATS[:, 4, 6])


def test_a_rotated_slope_is_the_slope_in_the_other_direction():
    row, column = np.mgrid[-10:11, -10:11].astype(float)
    how = T.RandomRotation(0, "bilinear")
    y = rotate.rotated(column[None], 30, how)[0]  # counter-clockwise; rows count downward
    inside = np.hypot(row, column) < 9
    np.testing.assert_allclose(y[inside], (np.cos(np.pi / 6) * column - np.sin(np.pi / 6) * row)[inside], atol=1e-9)


@pytest.mark.parametrize("turn", [-0.5, -0.2, 0, 0.1, 0.5])
def test_hues_turn_as_in_the_hsv_of_python(turn):
    y = colour.adjust_hue(FLOATS.astype(float), turn)
    for at in np.ndindex(2, 3):
        h, s, v = colorsys.rgb_to_hsv(*FLOATS[(slice(None), *at)].astype(float))
        np.testing.assert_allclose(y[(slice(None), *at)], colorsys.hsv_to_rgb((h + turn) % 1, s, v), atol=1e-12)


@pytest.mark.parametrize("image", [FLOATS, BYTES], ids=["floats", "bytes"])
@pytest.mark.parametrize("factor", [0, 0.5, 1, 2.5])
def test_colours_are_mixed_with_black_with_grey_and_with_the_mean_grey(image, factor):
    x, most = image.astype(float), 1 if image is FLOATS else 255
    grey = np.tensordot([0.2989, 0.587, 0.114], x, 1)[None]
    grey = grey if image is FLOATS else np.floor(grey)
    for adjust, other in (("brightness", 0), ("saturation", grey), ("contrast", grey.mean())):
        y = getattr(colour, f"adjust_{adjust}")(image, factor)
        assert y.dtype == image.dtype
        np.testing.assert_allclose(
            y, np.clip(factor * x + (1 - factor) * other, 0, most), atol=1e-5 if most == 1 else 1
        )


def test_jitter_stays_in_its_ranges_and_leaves_grey_images_without_colour():
    jitter = T.ColorJitter(brightness=(0.5, 0.6), saturation=1, hue=0.5, generator=seeded())
    ratios = [jitter(np.ones((1, 2, 2)))[0, 0, 0] for _ in range(50)]
    assert 0.5 <= min(ratios) < 0.52 and 0.58 < max(ratios) <= 0.6


def test_compose_goes_in_order_and_prints_as_it_is_written():
    both = T.Compose([T.ToTensor(), T.Lambda(lambda x: x + 1), T.Normalize((0.5,), (0.5,))])
    np.testing.assert_allclose(both(BYTES.transpose(1, 2, 0)).numpy(), BYTES / 255 * 2 + 1, rtol=1e-6)
    assert repr(both) == "Compose(\n    ToTensor()\n    Lambda()\n    Normalize(mean=(0.5,), std=(0.5,))\n)"


def test_reprs_are_torchvisions():
    assert [repr(t) for t in ALL[:4]] == [
        "Resize(size=6, interpolation=bilinear, max_size=None, antialias=True)",
        "CenterCrop(size=(5, 5))",
        "RandomCrop(size=(8, 8), padding=1)",
        "RandomHorizontalFlip(p=0.5)",
    ]
    assert repr(ALL[5]) == "RandomRotation(degrees=[-30.0, 30.0], interpolation=nearest, expand=False, fill=0)"
    assert (
        repr(T.ColorJitter(hue=0.1)) == "ColorJitter(brightness=None, contrast=None, saturation=None, hue=(-0.1, 0.1))"
    )


def test_one_hot_makes_rows_of_labels():
    assert T.one_hot(tg.tensor([2, 0]), num_classes=3).tolist() == [[0, 0, 1], [1, 0, 0]]


# ------------------------------------------------------------------------------------------- in a loader


@pytest.mark.parametrize("own", [False, True], ids=["default generator", "own generator"])
@pytest.mark.parametrize(("workers", "kind"), [(1, None), (3, None), (2, "spawn")])
def test_random_transforms_give_the_same_batches_for_any_workers(own, workers, kind):
    def epochs(**how):
        own_generator = seeded(8) if own else None
        change = T.Compose([T.RandomCrop(8, padding=2, generator=own_generator), T.RandomRotation(20)])
        loader = DataLoader(Subset(Digits(transform=change), range(90)), 30, shuffle=True, generator=seeded(), **how)
        return [[x.numpy().tobytes() for x, _ in loader] for _ in range(2)]

    wanted = epochs()
    assert epochs(num_workers=workers, multiprocessing_context=kind, persistent_workers=True) == wanted
    assert wanted[0] != wanted[1]


def test_two_transforms_with_one_generator_draw_different_numbers():
    g = seeded()
    flips = T.Compose([T.RandomHorizontalFlip(generator=g), T.RandomVerticalFlip(generator=g)])

    class Flipped(TensorDataset):
        def __getitem__(self, i):
            return flips(super().__getitem__(i)[0])

    (batch,) = DataLoader(Flipped(tg.tensor(np.arange(4).reshape(1, 1, 2, 2).repeat(64, 0))), batch_size=64)
    assert {tuple(x.flatten().tolist()) for x in batch} == {(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)}


def test_pillow_is_not_imported_for_tensors():
    assert "PIL" not in vars(sys.modules["tapegrad.data.transforms.image"])


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("make", "error", "complaint"),
    [
        (lambda: T.Resize((1, 2, 3)), ValueError, r"\[Resize\] `size` \(=\(1, 2, 3\)\) must be one or two ints"),
        (lambda: T.Resize(0), ValueError, r"\[Resize\] `size` \(=0\) must be at least 1"),
        (lambda: T.Resize(4, "lanczos"), ValueError, r"`interpolation` \(='lanczos'\) must be one of 'nearest', "),
        (lambda: T.Resize(4, max_size=4), ValueError, r"`max_size` \(=4\) must be greater than `size` \(=4\)"),
        (lambda: T.CenterCrop(2.5), TypeError, r"\[CenterCrop\] `size` \(=2.5\) must be an int"),
        (
            lambda: T.RandomCrop(2, padding=(1, 2, 3)),
            ValueError,
            r"`padding` \(=\(1, 2, 3\)\) must be one, two or four",
        ),
        (lambda: T.RandomCrop(2, padding_mode="wrap"), ValueError, r"`padding_mode` \(='wrap'\) must be one of"),
        (lambda: T.RandomCrop(2, generator=1), TypeError, "must be a tapegrad.Generator"),
        (lambda: T.RandomHorizontalFlip(1.5), ValueError, r"\[RandomHorizontalFlip\] `p` \(=1.5\) must lie in 0 … 1"),
        (lambda: T.RandomRotation(-1), ValueError, r"`degrees` \(=-1\) must lie in 0 … "),
        (
            lambda: T.RandomRotation((2, 1)),
            ValueError,
            r"`degrees` \(=\(2, 1\)\) must be one number, or two in ascending",
        ),
        (
            lambda: T.RandomRotation(1, "bicubic"),
            ValueError,
            r"`interpolation` .* must be one of 'nearest', 'bilinear'",
        ),
        (
            lambda: T.RandomRotation(1, fill=(1, 2))(FLOATS),
            ValueError,
            r"`fill` \(=\(1, 2\)\) must be one number or one",
        ),
        (lambda: T.RandomRotation(1, center=(1,)), ValueError, r"`center` \(=\(1,\)\) must be x and y"),
        (lambda: T.ColorJitter(hue=0.6), ValueError, r"\[ColorJitter\] `hue` \(=0.6\) must lie in 0 … 0.5"),
        (lambda: T.ColorJitter(contrast=(2, 1)), ValueError, r"`contrast` \(=\(2, 1\)\) must be one number, or two"),
        (lambda: T.ColorJitter(1)(np.ones((2, 3, 3))), ValueError, r"`img` \(of shape \(2, 3, 3\)\) must have 1 or 3"),
        (lambda: T.Normalize((0,), (0,)), ValueError, r"\[Normalize\] `std` \(=\(0,\)\) must not be 0"),
        (
            lambda: T.Normalize((0,), (1,))(BYTES),
            TypeError,
            r"`tensor` \(of dtype uint8\) must be floating: `ToTensor`",
        ),
        (lambda: T.Normalize((0, 0), (1, 1))(FLOATS), ValueError, "for 2 means and 2 standard deviations"),
        (lambda: T.Normalize((0,), (1,))(Image.new("L", (2, 2))), TypeError, r"\(a PIL image\) must be a Tensor"),
        (
            lambda: T.ToTensor()([1]),
            TypeError,
            r"\[ToTensor\] `pic` \(a list\) must be a PIL image, an array or a Tensor",
        ),
        (lambda: T.ToTensor()(np.ones(3)), ValueError, r"`pic` \(of shape \(3,\)\) must be \(H, W\) or \(H, W, C\)"),
        (lambda: T.Compose([1]), TypeError, r"\[Compose\] `transforms` \(with 1\) must be functions"),
        (lambda: T.Lambda(1), TypeError, r"\[Lambda\] `lambd` \(=1\) must be a function"),
    ],
)
def test_wrong_arguments_are_refused(make, error, complaint):
    with pytest.raises(error, match=complaint):
        make()
