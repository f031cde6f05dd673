"""The catalog against the known truth of the demo collection, printed."""

from __future__ import annotations

from data_catalog.truth import Truth
from flows.console import out


def print_truth(truth: Truth) -> None:
    """Accuracy with counts, planted copies, planted bad files and good files."""
    tempo, key = truth.tempo, truth.key
    out.print(f"\n[bold]against the truth of {tempo.count} composed tracks[/bold]")
    out.print(f"  tempo   Acc1 {tempo.acc1:.3f}, Acc2 {tempo.acc2:.3f}")
    out.print(f"  key     MIREX score {key.mirex:.3f}, exact {key.exact:.3f}")
    found = truth.copies_planted - len(truth.copies_missed)
    out.print(
        f"  copies  {found} of {truth.copies_planted} planted found, "
        f"{len(truth.copies_false)} false"
    )
    out.print(
        f"  broken  {truth.broken_explained} of {len(truth.broken)} planted in quarantine with "
        f"their reason; {len(truth.missing)} good files missing"
    )
    for name in truth.copies_missed:
        out.print(f"    not found as a copy: {name}", markup=False)
    for name in (*truth.copies_false, *truth.missing):
        out.print(f"    wrongly joined or missing: {name}", markup=False)
    for name, (reason, expected) in truth.broken.items():
        if reason != expected:
            out.print(f"    {name}: expected {expected}, found {reason}", markup=False)
