"""The command line: module-drift."""

import sys
from pathlib import Path
from typing import Tuple

import click

from . import __version__
from .devices import DEVICES
from .errors import InputError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """What torch.nn.Module really did, release by release."""


@cli.command()
@click.argument("releases", nargs=-1)
@click.option("--device", type=click.Choice(DEVICES), default=DEVICES[0], show_default=True, help="Device to run on.")
@click.option("--regen", is_flag=True, help="Accept what differs, instead of reporting it.")
@click.option("--fresh", is_flag=True, help="Begin anew, even if an earlier sweep was stopped on its way.")
def sweep(releases: Tuple[str, ...], device: str, regen: bool, fresh: bool) -> None:
    """Check many releases of torch against the record, or record them with --regen.

    RELEASES are releases and ranges, such as 1.13.1 2.0.0..2.6.0 (default: all that tox.ini lists). Each
    runs in its tox environment, which is removed afterwards. A sweep that was stopped goes on when it is
    started again.

    Exit status: 0 all match, 1 some drifted, 2 some could not be run, or bad input.
    """
    # Imported here, so that other commands do not wait for them.
    from . import environments, sweep_view
    from .sweep import Sweep

    root = Path.cwd()
    chosen = environments.select(environments.releases(root, device), releases)
    sys.exit(sweep_view.run(Sweep(root, device, regen, fresh), chosen))


def main() -> None:
    """Run the command line; bad input ends it with one line and exit status 2."""
    try:
        cli()
    except InputError as error:
        click.echo(f"module-drift: {error}", err=True)
        sys.exit(2)
