"""The run store: frames, journals, blobs, seals, index. The only place with SQL and file formats."""
