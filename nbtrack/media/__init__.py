"""What can be logged: one type a module. Knows how a value becomes bytes and a small JSON; knows no store."""
