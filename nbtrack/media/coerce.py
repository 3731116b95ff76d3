"""What `log()` makes of values that are pictures or distributions without saying so."""

from __future__ import annotations

from typing import Any

from nbtrack.errors import LogTypeError, warn
from nbtrack.media.arrays import array_type
from nbtrack.media.base import Media

#: an array of up to this many elements is logged as numbers, a bigger one as a histogram (W&B's rule)
MAX_LISTED = 32
_ARRAY_BINS = 32


def coerce(value: Any) -> Media | list[Media] | None:
    """Return the medium that `log()` stores for `value`.

    Args:
        value: anything a user logs under a key.

    Returns:
        - an Image for a PIL image, a matplotlib figure, axes or artist, or the pyplot module;
        - a Plotly for a plotly figure;
        - a Histogram with 32 bins for an array of more than 32 real numbers;
        - a Media as it is; a list of media for a list or tuple of these (arrays excepted), of pictures up to
          `Image.MAX_ITEMS`;
        - None for everything else, which is logged as numbers, text or JSON.

    Raises:
        LogTypeError: a list that mixes media with other things, or media of several classes.
        LogValueError: a figure on which nothing was drawn.
    """
    if isinstance(value, list | tuple):
        return _coerce_list(value)
    return _coerce_one(value)


def _coerce_one(value: Any) -> Media | None:
    if value is None or isinstance(value, str | int | float | bool | dict):
        return None
    if isinstance(value, Media):
        return value
    if array_type(value) is not None:
        return _distribution(value)
    return _picture(value)


def _coerce_list(values: list[Any] | tuple[Any, ...]) -> list[Media] | None:
    media = [item if isinstance(item, Media) else _picture(item) for item in values]
    found = [item for item in media if item is not None]
    if not found:
        return None
    if len(found) < len(media):
        odd = next(v for v, m in zip(values, media, strict=True) if m is None)
        raise LogTypeError(
            f"a list mixes {type(found[0]).__name__} and {type(odd).__name__}: log one kind under one key"
        )
    classes = {type(item) for item in found}
    if len(classes) > 1:
        names = " and ".join(sorted(cls.__name__ for cls in classes))
        raise LogTypeError(f"a list mixes {names}: log one kind under one key")
    limit = getattr(classes.pop(), "MAX_ITEMS", None)
    if limit is not None and len(found) > limit:
        warn(f"a list of {len(found)} media was cut off: {limit} are logged under one key at a step")
    return found[:limit]


def _picture(value: Any) -> Media | None:
    from nbtrack.media.image import Image
    from nbtrack.media.sources import is_matplotlib, is_pil

    if is_pil(value) or is_matplotlib(value):
        return Image(value)
    from nbtrack.media.plotly import Plotly, is_plotly

    return Plotly(value) if is_plotly(value) else None


def _distribution(array: Any) -> Media | None:
    from math import prod

    if prod(array.shape) <= MAX_LISTED:
        return None
    from nbtrack.media.arrays import to_numpy
    from nbtrack.media.histogram import Histogram

    values = to_numpy(array)
    return Histogram(values, num_bins=_ARRAY_BINS) if values.dtype.kind in "biuf" else None
