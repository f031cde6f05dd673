"""How soon live music is heard: from the request to the first bytes of sound, over the loopback.

``python -m benchmarks.live`` asks a warm service for ``GET /live`` in every genre, several seeds
each, and leaves when the first 200 bytes of MP3 are there. With `--soundfont FILE`, acoustic
instruments are played from it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.loopback import Server
from data_catalog.vocabulary import GENRES

FIRST_BYTES = 200
WANTED_MS = 200.0


async def first_sound_ms(port: int, genre: str, seed: int) -> float:
    """Milliseconds until the first bytes of the body of one stream."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /live?genre={genre}&seed={seed} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )
    status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
    if status != b"200":
        raise RuntimeError(f"/live: HTTP {status.decode()}")
    await reader.readexactly(FIRST_BYTES)
    taken = 1e3 * (time.perf_counter() - started)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.5)  # the service ends what nobody hears
    return taken


async def _of_genre(port: int, genre: str, seeds: int) -> list[float]:
    return [await first_sound_ms(port, genre, seed) for seed in range(seeds)]


def main() -> None:
    """Measure every genre and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--soundfont", help="what acoustic instruments are played from")
    given = parser.parse_args()
    seeds, changes = given.seeds, {}
    if given.soundfont:
        changes["soundfont"] = {"path": given.soundfont}
    everything: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server("shiroa", Path(folder), **changes)
        try:
            asyncio.run(first_sound_ms(server.port, GENRES[0], 0))
            for genre in GENRES:
                taken = asyncio.run(_of_genre(server.port, genre, seeds))
                print(
                    f"{genre:12} median {statistics.median(taken):5.0f} ms, most {max(taken):.0f}"
                )
                everything += taken
        finally:
            server.stop()
    soon = sum(ms <= WANTED_MS for ms in everything)
    print(f"within {WANTED_MS:.0f} ms: {soon} of {len(everything)}")


if __name__ == "__main__":
    main()
