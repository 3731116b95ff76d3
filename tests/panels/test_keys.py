"""Which keys are meant, and in which order they stand."""

from __future__ import annotations

from nbtrack.panels.keys import key_filter, key_order


def test_patterns_of_keys_stand_for_themselves_but_for_the_star():
    wanted = key_filter(["val/*", "samples", "*.b[0]*"])
    keys = ["val/loss", "val/", "samples", "a.b[0]", "a.b[0].c", "é\n.b[0]"]
    assert [key for key in keys if wanted(key)] == keys
    assert not any(map(wanted, ["val", "xval/loss", "samples/2", "a.b0", "axb[0]", "", "Samples"]))
    assert not any(map(key_filter([]), ["loss", "*"]))
    assert all(map(key_filter(None), keys))


def test_keys_are_listed_in_natural_order():
    assert key_order(["layer10", "layer2", "acc", "10", "9"]) == ["9", "10", "acc", "layer2", "layer10"]
    assert key_order(["x²", "x", "정확도3", "정확도12"]) == ["x", "x²", "정확도3", "정확도12"]
