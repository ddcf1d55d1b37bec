"""Upstream mutants: small faults in PyTorch's own Python sources, each of which some case ought to notice.

`__main__` is the command; `sources` makes mutants with the `operators` and puts one into the running torch;
`children` runs things in forked children; `executed` tells which case executes which line; `trial` holds the
cases against a mutant; `sorting` reads what people say of the survivors; `report` writes the page.
"""
