"""Reads the graph that a backward pass goes through, for faults of what passes do."""


def leaves(node):
    """Yield the leaves that a gradient can reach from `node` of the graph."""
    if node is not None:
        if hasattr(node, "variable"):
            yield node.variable
        for before, _ in node.next_functions:
            yield from leaves(before)
