"""For ML teams: train, compare, approve, publish, roll back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.commands.context import AsJson, Exit, home_of, print_json, settings_of
from flows.console import err, metrics_line, out, progress_bar
from flows.settings import PolicyName


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    train_app = typer.Typer(no_args_is_help=True, help="Train a model on a snapshot.")
    train_app.command("classifier", help=train_classifier.__doc__)(train_classifier)
    train_app.command("musicgen", help=train_musicgen.__doc__)(train_musicgen)
    app.add_typer(train_app, name="train")
    for command in (models, evaluate, approve, publish, rollback):
        app.command(help=command.__doc__)(command)
    app.command("next-to-label", help=next_to_label.__doc__)(next_to_label)


Snapshot = Annotated[str, typer.Option(help="Snapshot to train on.")]
Seed = Annotated[int, typer.Option(help="Seed of weights, order and dropout.")]
Model = Annotated[str, typer.Argument(help="Model id, as `shiroa models` prints it.")]
Note = Annotated[str, typer.Option(help="Why, for the record.")]
By = Annotated[str, typer.Option(help="Who decides.")]
Policy = Annotated[
    PolicyName | None,
    typer.Option(help="What the model is for; that of its snapshot when not given."),
]


def train_classifier(
    context: typer.Context,
    snapshot: Snapshot,
    stage: Annotated[
        Literal["features", "mel"],
        typer.Option(help="features: what was extracted; mel: also the audio, better on a GPU."),
    ] = "features",
    seed: Seed = 0,
    json: AsJson = False,
) -> None:
    """Train the genre and mood classifier and label the catalog with it.

    Example: shiroa train classifier --snapshot spring
    """
    from training.classifier.label import label_tracks
    from training.classifier.train import ClassifierConfig
    from training.classifier.train import train_classifier as train

    home = home_of(context)
    with progress_bar() as progress:
        config = ClassifierConfig(snapshot=snapshot, seed=seed, stage=stage)
        trained = train(home, config, progress)
        labelling = label_tracks(home, trained.model_id, progress)
    told = f"{metrics_line(trained.metrics)}, {labelling.added} labels"
    if json:
        print_json(trained)
    else:
        out.print(f"model {trained.model_id}: {told}")
    if labelling.warning:
        err.print(labelling.warning)
        raise typer.Exit(Exit.QUARANTINED)


def train_musicgen(
    context: typer.Context,
    snapshot: Snapshot,
    base: Annotated[
        str, typer.Option(help="tiny, a folder, or a hub name such as facebook/musicgen-small.")
    ] = "facebook/musicgen-small",
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps.")] = 500,
    method: Annotated[
        Literal["lora", "dora", "full"], typer.Option(help="What is trained.")
    ] = "lora",
    captions: Annotated[
        Path | None, typer.Option(help="CSV with track_id and description: free text to learn.")
    ] = None,
    instrumental: Annotated[
        bool, typer.Option("--instrumental", help="Leave out tracks with voices.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Windows in one step.")] = 8,
    micro_batch: Annotated[
        int | None, typer.Option(min=1, help="Windows in memory at a time; all when not given.")
    ] = None,
    window: Annotated[
        float | None, typer.Option(min=0.5, help="Length of a window, seconds; 30 (tiny: 5).")
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(min=1, help="Train the last so many layers alone: less time and memory."),
    ] = None,
    gradient_checkpointing: Annotated[
        bool, typer.Option("--gradient-checkpointing", help="Less memory for more time.")
    ] = False,
    seed: Seed = 0,
    json: AsJson = False,
) -> None:
    """Fine-tune MusicGen on a snapshot.

    Example: shiroa train musicgen --snapshot spring --base facebook/musicgen-small --steps 2000
    """
    from training.musicgen.finetune import MusicgenConfig, finetune_musicgen

    config = MusicgenConfig(
        snapshot=snapshot,
        base=base,
        method=method,
        steps=steps,
        captions=None if captions is None else str(captions),
        instrumental=instrumental,
        batch=batch,
        micro_batch=micro_batch,
        window_s=window,
        layers=layers,
        gradient_checkpointing=gradient_checkpointing,
        seed=seed,
    )
    with progress_bar() as progress:
        trained = finetune_musicgen(home_of(context), config, progress)
    if json:
        print_json(trained)
    else:
        out.print(f"model {trained.model_id}: {metrics_line(trained.metrics)}")


def models(context: typer.Context, json: AsJson = False) -> None:
    """List the registered models.

    Example: shiroa models --json
    """
    import pyarrow as pa

    from data_catalog.models import list_models
    from flows.tables import print_table

    records = list_models(home_of(context))
    if json:
        print_json(records)
        return
    columns = ("model_id", "status", "snapshot", "licence", "base")
    rows = [{name: getattr(record, name) for name in columns} for record in records]
    if rows:
        print_table(pa.Table.from_pylist(rows))
    else:
        out.print("no models yet: shiroa train classifier --snapshot NAME")


def evaluate(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="Engine or model id, as GET /models lists them.")],
    snapshot: Annotated[str, typer.Option(help="Snapshot of music to compare with.")],
    clips: Annotated[int, typer.Option(min=1, help="Clips of the fixed grid.")] = 24,
    duration: Annotated[float, typer.Option(min=5, help="Length of each clip, seconds.")] = 20.0,
    against: Annotated[
        Path | None, typer.Option(help="Folder of an earlier evaluation, to show side by side.")
    ] = None,
    clap: Annotated[
        str | None,
        typer.Option(help="Folder or hub id of CLAP weights; the usual ones if they are here."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Measure how an engine obeys and how near its music is to a snapshot.

    Example: shiroa evaluate composer --snapshot spring
    """
    from flows.evaluation import evaluate_model

    with progress_bar() as progress:
        made = evaluate_model(
            settings_of(context), model, snapshot, clips, duration, against, progress, clap
        )
    if json:
        print_json(made.figures)
    else:
        out.print(f"written: {made.page}", markup=False)


def approve(
    context: typer.Context,
    model: Model,
    note: Note = "",
    by: By = "person",
    policy: Policy = None,
) -> None:
    """Approve a candidate that passed the gate, so that it may be published.

    Example: shiroa approve classifier-20260501-3f9a --note "better on jazz"
    """
    from training.gate import approve as approve_model

    approve_model(home_of(context), model, by=by, note=note, policy=policy)
    out.print(f"approved: {model}; publish it with: shiroa publish {model}")


def publish(context: typer.Context, model: Model, by: By = "person", policy: Policy = None) -> None:
    """Make an approved model the one that serves.

    Example: shiroa publish classifier-20260501-3f9a
    """
    from training.gate import publish as publish_model

    publish_model(home_of(context), model, by=by, policy=policy)
    out.print(f"in production: {model}; go back with: shiroa rollback")


def rollback(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Option(help="classifier or musicgen; the kind that was published last if unset."),
    ] = None,
    by: By = "person",
) -> None:
    """Put the previous production model back.

    Example: shiroa rollback --kind musicgen
    """
    from training.gate import rollback as roll_back

    out.print(f"in production: {roll_back(home_of(context), kind, by=by)}")


def next_to_label(
    context: typer.Context,
    field: Annotated[Literal["genre", "mood"], typer.Option(help="What to label.")] = "genre",
    count: Annotated[int, typer.Option(min=1, help="How many tracks.")] = 50,
    json: AsJson = False,
) -> None:
    """List the tracks whose label would teach the classifier most, for a person to listen to.

    Example: shiroa next-to-label --field mood --count 20
    """
    import pyarrow as pa

    from flows.tables import print_table
    from training.classifier.active import next_to_label as suggest

    found = suggest(home_of(context), field, count=count)
    if json:
        print_json(found)
    elif found:
        print_table(pa.Table.from_pylist([asdict(one) for one in found]))
        out.print(f"label one: shiroa label {found[0].track_id} {field} WORD", markup=False)
    else:
        out.print(f"every track that can be judged has a {field} from a person or its source")
