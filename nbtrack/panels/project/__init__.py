"""What the page of a project asks about its runs, answered beside the store."""
