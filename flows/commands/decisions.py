"""For people who listen: what they hear wins over sources and models and outlives rebuilds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ShiroaError
from flows.commands.context import AsJson, home_of, print_json
from flows.console import out

if TYPE_CHECKING:
    from data_catalog.removal.erase import Erasure
    from data_catalog.removal.takedown import Takedown

Track = Annotated[str, typer.Argument(help="Track id, or its first characters.")]
By = Annotated[str, typer.Option(help="Who says so.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    for command in (label, review, takedown):
        app.command(help=command.__doc__)(command)
    artists = typer.Typer(
        no_args_is_help=True,
        help='Names of one artist.\n\nExample: shiroa artists join "A. Lark" "Ada Lark"',
    )
    artists.command("join", help=join_names.__doc__)(join_names)
    artists.command("split", help=split_name.__doc__)(split_name)
    artists.command("list", help=list_names.__doc__)(list_names)
    app.add_typer(artists, name="artists")
    duplicates = typer.Typer(
        no_args_is_help=True,
        help="Copies of one recording.\n\nExample: shiroa duplicates split 3f9a 77c0",
    )
    duplicates.command("join", help=join_tracks.__doc__)(join_tracks)
    duplicates.command("split", help=split_tracks.__doc__)(split_tracks)
    app.add_typer(duplicates, name="duplicates")


def label(
    context: typer.Context,
    track: Track,
    field: Annotated[str, typer.Argument(help="genre, mood, tempo_bpm or key.")],
    value: Annotated[str, typer.Argument(help="The right value.")],
    by: By = "person",
) -> None:
    """Correct a label for good: it wins over sources and models.

    Example: shiroa label 3f9a genre jazz
    """
    from data_catalog.labels import set_label

    stated = set_label(home_of(context), track, field, value, by=by)
    out.print(f"{stated['track_id'][:12]} {field} = {stated['value'] or 'none'}")


def review(
    context: typer.Context,
    field: Annotated[str | None, typer.Option(help="genre or mood; both if unset.")] = None,
    why: Annotated[
        str | None, typer.Option(help="conflict, unclear source or uncertain; all if unset.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    json: AsJson = False,
) -> None:
    """List the labels to hear: conflicts of source and model first, then the least certain.

    Example: shiroa review --field genre --limit 20
    """
    import pyarrow as pa

    from data_catalog.review import review_queue
    from flows.tables import print_table

    items = review_queue(home_of(context), field=field, why=why, limit=limit)
    if json:
        print_json(items)
    elif items:
        print_table(
            pa.Table.from_pylist(
                [
                    {
                        "track": item.track_id[:12],
                        "title": item.title,
                        "artist": item.artist,
                        "field": item.field,
                        "why": item.why,
                        "source": item.source_says,
                        "model": item.model_says,
                        "confidence": item.model_confidence,
                    }
                    for item in items
                ]
            )
        )
    else:
        out.print("nothing to hear: no label is in conflict or in doubt")


def takedown(
    context: typer.Context,
    track: Annotated[str | None, typer.Argument(help="Track id, or its first characters.")] = None,
    artist: Annotated[str | None, typer.Option(help="Every track of this artist.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "on request",
    erase: Annotated[
        bool, typer.Option("--erase", help="Delete audio, snapshots and history for good.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
    json: AsJson = False,
) -> None:
    """Remove a track from every table, list what it went into, and erase it where asked.

    Example: shiroa takedown --artist "Ada Lark" --reason "withdrawn by the artist" --erase
    """
    from data_catalog.removal.erase import take_down_and_erase
    from data_catalog.removal.takedown import take_down

    if (track is None) == (artist is None):
        raise ShiroaError("takedown: name one track or one --artist, not both and not neither")
    if yes and not erase:
        raise ShiroaError("takedown: --yes confirms --erase; give both, or neither")
    erased = None
    if erase:
        _confirm_erasure(yes, track or f"all tracks of {artist}")
        result, erased = take_down_and_erase(
            home_of(context), track_id=track, artist=artist, reason=reason
        )
    else:
        result = take_down(home_of(context), track_id=track, artist=artist, reason=reason)
    if json:
        print_json({"taken_down": result, "erased": erased} if erased else result)
    else:
        _tell(result, erased)


def _confirm_erasure(yes: bool, what: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ShiroaError(
            "takedown: --erase can't be undone and nobody can be asked here; confirm with --yes"
        )
    typer.confirm(
        f"Erase {what}, the snapshots that hold it and the history of every table?", abort=True
    )


def _tell(result: Takedown, erased: Erasure | None) -> None:
    out.print(f"taken down: {len(result.tracks)} tracks")
    for what in ("snapshots", "models", "generations"):
        names = getattr(result, what)
        out.print(f"  {what} that contain them: {', '.join(names) or 'none'}", markup=False)
    if result.copies:
        out.print(f"  near copies that stay: {', '.join(c[:12] for c in result.copies)}")
    if erased is None:
        return
    out.print(f"erased: {len(erased.files)} files, {len(erased.snapshots)} snapshots, all history")
    for path in erased.left:
        out.print(f"  not ours, delete it yourself: {path}", markup=False)


def join_names(
    context: typer.Context,
    alias: Annotated[str, typer.Argument(help="The other name.")],
    artist: Annotated[str, typer.Argument(help="The name that stands for both.")],
    by: By = "person",
) -> None:
    """Say that two names are one artist, so that they stand on one side of the split.

    Example: shiroa artists join "A. Lark" "Ada Lark"
    """
    from data_catalog.artists import join_artists

    join_artists(home_of(context), alias, artist, by=by)
    out.print(f"{alias} is {artist}, from the next `shiroa curate` on", markup=False)


def split_name(
    context: typer.Context,
    alias: Annotated[str, typer.Argument(help="The name that was joined.")],
    by: By = "person",
) -> None:
    """Take a joined name apart again.

    Example: shiroa artists split "A. Lark"
    """
    from data_catalog.artists import join_artists

    join_artists(home_of(context), alias, "", by=by)
    out.print(f"{alias} stands alone, from the next `shiroa curate` on", markup=False)


def list_names(context: typer.Context, json: AsJson = False) -> None:
    """List the names that people joined, as they are compared: no case, accents, punctuation.

    Example: shiroa artists list
    """
    from data_catalog.artists import artist_aliases

    aliases = artist_aliases(home_of(context))
    if json:
        print_json(aliases)
        return
    for alias, artist in sorted(aliases.items()):
        out.print(f"{alias} is {artist}", markup=False)
    if not aliases:
        out.print("no names are joined")


def join_tracks(context: typer.Context, track: Track, other: Track, by: By = "person") -> None:
    """Say that two tracks hold one recording.

    Example: shiroa duplicates join 3f9a 77c0
    """
    _decide(context, track, other, "join", by)


def split_tracks(context: typer.Context, track: Track, other: Track, by: By = "person") -> None:
    """Say that two tracks are different recordings, whatever their sound says.

    Example: shiroa duplicates split 3f9a 77c0
    """
    _decide(context, track, other, "split", by)


def _decide(context: typer.Context, track: str, other: str, decision: str, by: str) -> None:
    from data_catalog.duplicates.groups import decide

    decide(home_of(context), track, other, decision, by=by)
    out.print(f"{track} and {other}: {decision}, from the next `shiroa curate` on", markup=False)
