"""The `nbtrack` command."""
