"""Arrays of other libraries, recognized without importing them, and what a summary says of a tensor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, LogValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: (module, class, name in summaries, W&B's), looked up in sys.modules: who has a tensor has loaded it
_TYPES = (
    ("numpy", "ndarray", "numpy.ndarray"),
    ("torch", "Tensor", "torch.Tensor"),
    ("tensorflow", "Tensor", "tensorflow.Tensor"),
    ("tensorflow", "Variable", "tensorflow.Tensor"),
    ("jax", "Array", "jax.Array"),
)

#: percentiles in a tensor's summary
_PERCENTILES = (10, 25, 50, 75, 90)
_SUMMARY_BINS = 32


def array_type(value: object) -> str | None:
    """Name of the array type ("numpy.ndarray", "torch.Tensor", "tensorflow.Tensor", "jax.Array"), or None."""
    for module, name, label in _TYPES:
        cls = getattr(sys.modules.get(module), name, None)
        if isinstance(cls, type) and isinstance(value, cls):
            return label
    return None


def is_array_like(value: object) -> bool:
    """Whether `value` is an array of numpy, torch, tensorflow or jax; numpy's scalars are not."""
    return array_type(value) is not None


def to_numpy(value: Any) -> NDArray[Any]:
    """Return `value` as a numpy array: a view where the library allows, on the host, without gradient.

    Number types that numpy lacks (bfloat16, float8) become float32; sparse and quantized tensors become
    dense; masked entries become NaN.

    Args:
        value: an array of numpy, torch, tensorflow or jax, or anything that numpy can convert.

    Raises:
        LogTypeError: no array, or a symbolic tensor without a value.
        LogValueError: a tensor without data (torch's "meta" device), or ragged sequences.
    """
    import numpy as np

    kind = array_type(value)
    if kind == "torch.Tensor":
        return _torch_to_numpy(value)
    if isinstance(value, np.ma.MaskedArray):
        return np.ma.filled(value.astype(np.result_type(value.dtype, np.float32)), np.nan)
    if kind == "jax.Array" and isinstance(value, _tracer()):
        raise LogTypeError(
            f"a traced jax array (inside of jit, grad or vmap) has no value to log: {value.aval}; return it "
            "from the function, or log it in a jax.debug.callback"
        )
    if kind == "tensorflow.Tensor":
        if not hasattr(value, "numpy"):
            raise LogTypeError(f"a symbolic tensorflow tensor has no value to log: {value!r}")
        value = value.numpy()
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError) as error:
        raise LogValueError(
            f"no array can be made of this {type(value).__name__}: {_first_line(error)}"
        ) from error
    except TypeError as error:
        raise LogTypeError(
            f"no array can be made of this {type(value).__name__}: {_first_line(error)}"
        ) from error
    # ml_dtypes (jax, tensorflow) are void-like to numpy yet convert themselves
    return array.astype(np.float32) if array.dtype.kind == "V" and array.dtype.names is None else array


def _tracer() -> Any:
    """What stands for an array while jax looks at a function."""
    return getattr(getattr(sys.modules["jax"], "core", None), "Tracer", ())


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _torch_to_numpy(tensor: Any) -> NDArray[Any]:
    torch = sys.modules["torch"]
    if tensor.device.type == "meta":
        raise LogValueError(f"a torch tensor on the meta device has no data: shape {tuple(tensor.shape)}")
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    if tensor.dtype.is_floating_point and tensor.dtype not in (torch.float16, torch.float32, torch.float64):
        tensor = tensor.float()
    array: NDArray[Any] = tensor.numpy()
    return array


def numbers(array: NDArray[Any], what: str) -> NDArray[Any]:
    """Return `array` if it holds real numbers or bools; object arrays of numbers become float64.

    Raises:
        LogTypeError: anything else; the message begins with `what` and says shape and dtype.
    """
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "O":
        try:
            return array.astype("float64")
        except (TypeError, ValueError, OverflowError):
            pass  # said below, with what is accepted
    raise LogTypeError(
        f"{what} needs real numbers (bool, int or float); got dtype {array.dtype} of shape {array.shape}"
    )


def tensor_summary(value: Any) -> dict[str, Json]:
    """What a run's summary says of an array, whose values are kept whole beside it.

    Args:
        value: an array that `is_array_like`.

    Returns:
        `_type`, `size`, `shape`, `dtype`; for real numbers also `min max mean var`, percentiles "10%" "25%"
        "50%" "75%" "90%", and `histogram` {values, bins} with 32 bins, all over the finite values (absent
        when there are none); `nan` and `inf` count the others when there are any.

    Example:
        >>> tensor_summary(np.arange(5.0))["mean"]
        2.0
    """
    import numpy as np

    from nbtrack.media.histogram import binned

    array = to_numpy(value)
    own = getattr(value, "dtype", array.dtype)
    dtype = str(getattr(own, "name", own)).removeprefix("torch.")
    result: dict[str, Json] = {
        "_type": array_type(value) or "numpy.ndarray",
        "size": array.size,
        "shape": list(array.shape),
        "dtype": dtype,
    }
    if array.dtype.kind not in "biuf" or not array.size:
        return result
    flat = array.ravel(order="K")
    histogram = binned(flat, _SUMMARY_BINS)
    finite = flat[np.isfinite(flat)] if histogram.nan or histogram.inf else flat
    if finite.size:
        exact = finite.astype(np.float64, copy=False)
        with np.errstate(over="ignore", invalid="ignore"):  # the variance of huge values is inf, and said so
            result |= {
                "min": float(exact.min()),
                "max": float(exact.max()),
                "mean": float(exact.mean()),
                "var": float(exact.var()),
            }
            result |= {
                f"{p}%": float(v)
                for p, v in zip(_PERCENTILES, np.percentile(exact, _PERCENTILES), strict=True)
            }
        result["histogram"] = {"values": histogram.values.tolist(), "bins": histogram.edges.tolist()}
    if histogram.nan:
        result["nan"] = histogram.nan
    if histogram.inf:
        result["inf"] = histogram.inf
    return result


def to_npy(value: Any) -> bytes:
    """Return the `.npy` file of an array.

    Raises:
        LogTypeError: an object array, which only pickle could keep.
    """
    from io import BytesIO

    import numpy as np

    array = to_numpy(value)
    if array.dtype.hasobject:
        raise LogTypeError(f"an array of Python objects cannot be kept as a file: shape {array.shape}")
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def from_npy(blob: bytes) -> NDArray[Any]:
    """Read what `to_npy` wrote."""
    from io import BytesIO

    import numpy as np

    array: NDArray[Any] = np.load(BytesIO(blob), allow_pickle=False)
    return array
