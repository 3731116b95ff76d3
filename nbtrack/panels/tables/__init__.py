"""Tables as they are looked at: pages, filters, groups and comparisons, computed beside the file."""
