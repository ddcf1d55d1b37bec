"""Named faults: small misbehaviours put into a running torch, to see that the suite notices each of them."""
