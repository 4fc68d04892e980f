"""Policy documents: their schema, the compiled pack, the choice that a profile makes, and the examples that are run."""
