"""Runs: `init`, `log`, config, summary, metric definitions, and what is recorded beside them."""
