"""The shared side of a home whose address is in an object store, and how files come from there.

What lies there never changes once it is written, but for Delta's logs, which delta-rs reads and
commits itself by puts that are refused when the object exists. So a file that was fetched once is
good for ever: a copy in the home's local folder under the same name. A store that does not refuse
such puts would lose commits, and is refused here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from features.errors import ShiroaError

_AT_ONCE: Final = 8
_COLOUR: Final = re.compile("\x1b\\[[0-9;]*m")
_CHECKED: Final = ".conditional-puts"


class BucketError(ShiroaError, OSError):
    """The object store can't be reached, or can't hold a home."""


class Bucket:
    """Objects below ``address``, by their path below it. Safe to use from several threads.

    Credentials, region and endpoint come from the environment (``AWS_ACCESS_KEY_ID``,
    ``AWS_ENDPOINT_URL``, ...), for obstore as for delta-rs.
    """

    def __init__(self, address: str) -> None:
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        self.address = address
        try:
            self._store: Any = from_url(address)
        except (BaseError, ValueError) as error:
            raise self.failed("can't be opened", error) from error

    def fetch(self, name: str, target: Path) -> bool:
        """Bring an object to ``target``, whole or not at all; False when there is none."""
        from obstore.exceptions import BaseError

        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        try:
            with part.open("wb") as file:
                for chunk in self._store.get(name).stream():
                    file.write(chunk)
            part.replace(target)
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise self.failed(f"{name} can't be fetched", error) from error
        finally:
            part.unlink(missing_ok=True)
        return True

    def fetch_all(self, wanted: Iterable[tuple[str, Path]]) -> None:
        """Bring those objects to disk that are not there yet, several at once."""
        missing = [(name, target) for name, target in wanted if not target.exists()]
        if missing:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                list(threads.map(lambda pair: self.fetch(*pair), missing))

    def put(self, name: str, data: bytes | Path, *, new: bool = False) -> bool:
        """Store an object; with ``new`` only where there is none, and False where there is."""
        from obstore.exceptions import AlreadyExistsError, BaseError

        try:
            self._store.put(name, data, mode="create" if new else "overwrite")
        except AlreadyExistsError:
            return False
        except BaseError as error:
            raise self.failed(f"{name} can't be stored", error) from error
        return True

    def names(self, below: str) -> Iterator[str]:
        """Names of the objects in the folder ``below``, at any depth."""
        from obstore.exceptions import BaseError

        try:
            for page in self._store.list(prefix=below):
                yield from (entry["path"] for entry in page)
        except BaseError as error:
            raise self.failed("can't be listed", error) from error

    def move(self, name: str, to: str) -> None:
        """Give an object another name; nothing where there is none."""
        from obstore.exceptions import BaseError

        try:
            self._store.rename(name, to)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise self.failed(f"{name} can't be moved", error) from error

    def delete(self, names: Collection[str]) -> None:
        """Delete objects; absent ones don't matter."""
        from obstore.exceptions import BaseError

        for name in names:
            try:
                self._store.delete(name)
            except FileNotFoundError:
                continue
            except BaseError as error:
                raise self.failed(f"{name} can't be deleted", error) from error

    def require_conditional_puts(self, local: Path) -> None:
        """Raise ``BucketError`` for a store that overwrites what a put should be refused for.

        Asked once for each local folder: two writers at once would lose commits there.
        """
        known = local / _CHECKED
        if known.exists():
            return
        name = f"{_CHECKED}/{uuid.uuid4().hex}"
        try:
            self.put(name, b"first", new=True)
            refused = not self.put(name, b"second", new=True)
        finally:
            self.delete([name])
        if not refused:
            raise BucketError(
                f"{self.address}: this store overwrites objects that a put with If-None-Match must"
                " leave alone, so commits of two writers would be lost; use a store that keeps it"
                " (AWS S3, R2, Ceph, MinIO of 2024 or later), or a folder"
            )
        known.parent.mkdir(parents=True, exist_ok=True)
        known.touch()

    def failed(self, what: str, error: Exception) -> BucketError:
        """What went wrong with the store, and what to look at."""
        told = " ".join(_COLOUR.sub("", str(error)).split())[:300]
        return BucketError(
            f"{self.address}: {what} ({told}); check the address, and the credentials and endpoint"
            " in the environment (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL, ...)"
        )


@lru_cache(maxsize=8)
def bucket_at(address: str) -> Bucket:
    """The one ``Bucket`` of this process for ``address``."""
    return Bucket(address)
