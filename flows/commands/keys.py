"""For operators: the keys that open the endpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.context import AsJson, home_of, print_json
from flows.console import out


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    keys_app = typer.Typer(no_args_is_help=True, help="Keys of the endpoint.")
    keys_app.command("create", help=create.__doc__)(create)
    keys_app.command("list", help=list_all.__doc__)(list_all)
    keys_app.command("revoke", help=revoke.__doc__)(revoke)
    app.add_typer(keys_app, name="keys")


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="generate or label; both if unset.")
    ] = None,
    rotates: Annotated[
        str | None, typer.Option(help="Id of an older key, which ends a day later.")
    ] = None,
) -> None:
    """Make a key and print it once; only its hash is kept.

    Example: shiroa keys create studio --scope generate
    """
    from serving.runtime.keys import SCOPES, create_key

    scopes = tuple(scope) if scope else SCOPES
    out.print(create_key(home_of(context), name, scopes=scopes, rotates=rotates), markup=False)


def list_all(context: typer.Context, json: AsJson = False) -> None:
    """List the keys, without their secrets.

    Example: shiroa keys list
    """
    from serving.runtime.keys import list_keys

    known = list_keys(home_of(context))
    if json:
        print_json([{"id": key.id, "name": key.name, "scopes": key.scopes} for key in known])
        return
    for key in known:
        ends = f", ends {key.expires_at}" if key.expires_at else ""
        out.print(f"{key.id}  {key.name}  {', '.join(key.scopes)}{ends}", markup=False)
    if not known:
        out.print("no keys: the endpoint is open to whoever reaches it")


def revoke(
    context: typer.Context, key: Annotated[str, typer.Argument(help="Id of the key.")]
) -> None:
    """End a key at once.

    Example: shiroa keys revoke 3f9a1c2e
    """
    from serving.runtime.keys import revoke_key

    revoke_key(home_of(context), key)
    out.print(f"revoked: {key}", markup=False)
