"""What `log()` makes of values that are media without saying so."""

from __future__ import annotations

from typing import Any

from nbtrack.errors import LogTypeError, warn
from nbtrack.media.arrays import array_type
from nbtrack.media.base import Media
from nbtrack.media.foreign import convert

#: an array of up to this many elements is logged as numbers, a bigger one as a histogram (W&B's rule)
MAX_LISTED = 32
_ARRAY_BINS = 32


def coerce(value: Any) -> Media | list[Media] | None:
    """Return the medium that `log()` stores for `value`.

    Args:
        value: anything a user logs under a key.

    Returns:
        - what `nbtrack.media.foreign.convert` makes of objects of other libraries: figures, pictures, data
          frames, molecules, charts, IPython's display objects;
        - a Histogram with 32 bins for an array of more than 32 real numbers;
        - a Media as it is; a list of media for a list or tuple of these (arrays excepted), of pictures up to
          `Image.MAX_ITEMS`;
        - None for everything else, which is logged as numbers, text or JSON.

    Raises:
        LogTypeError: a list that mixes media with other things, or media of several classes.
        LogValueError: something without content, as a figure on which nothing was drawn.
    """
    if isinstance(value, list | tuple):
        return _coerce_list(value)
    if value is None or isinstance(value, str | int | float | bool | dict):
        return None
    if isinstance(value, Media):
        return value
    return _distribution(value) if array_type(value) is not None else convert(value)


def _coerce_list(values: list[Any] | tuple[Any, ...]) -> list[Media] | None:
    found: list[Media] = []
    odd: list[Any] = []
    for item in values:
        made = item if isinstance(item, Media) else convert(item)
        if made is None:
            odd.append(item)
        elif isinstance(made, list):
            found += made
        else:
            found.append(made)
    if not found:
        return None
    if odd:
        raise LogTypeError(
            f"a list mixes {type(found[0]).__name__} and {type(odd[0]).__name__}: log one kind under one key"
        )
    classes = {type(item) for item in found}
    if len(classes) > 1:
        names = " and ".join(sorted(cls.__name__ for cls in classes))
        raise LogTypeError(f"a list mixes {names}: log one kind under one key")
    limit = getattr(classes.pop(), "MAX_ITEMS", None)
    if limit is not None and len(found) > limit:
        warn(f"a list of {len(found)} media was cut off: {limit} are logged under one key at a step")
    return found[:limit]


def _distribution(array: Any) -> Media | None:
    from math import prod

    if prod(array.shape) <= MAX_LISTED:
        return None
    from nbtrack.media.arrays import to_numpy
    from nbtrack.media.histogram import Histogram

    values = to_numpy(array)
    return Histogram(values, num_bins=_ARRAY_BINS) if values.dtype.kind in "biuf" else None
