"""Jupyter server extension: blobs, series and live deltas straight from the store."""
