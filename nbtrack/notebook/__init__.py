"""The notebook edge: `%load_ext nbtrack`, magics, capture of displayed things, cell executions."""
