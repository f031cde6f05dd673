"""Compiling of inner loops by numba, also where nothing can be cached on disk.

numba keeps compiled code beside the source, else in the user's cache folder or ``NUMBA_CACHE_DIR``.
Where none of them can be written, as in a read-only installation, it refuses to cache: then the
loop is compiled anew in each process, which takes a second or two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """``function`` as machine code, compiled at its first call and cached where possible."""
    return _compiled(function, {})


def compiled_fast(function: F) -> F:
    """As ``compiled``, for sums whose terms may be added in any order: they use vector units.

    Only for finite input: what a NaN becomes is undefined.
    """
    return _compiled(function, {"fastmath": True, "error_model": "numpy"})


def _compiled(function: F, options: dict[str, Any]) -> F:
    import numba

    try:
        return cast(F, numba.njit(cache=True, nogil=True, **options)(function))
    except RuntimeError:
        return cast(F, numba.njit(nogil=True, **options)(function))
