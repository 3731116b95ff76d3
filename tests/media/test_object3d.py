"""Clouds and meshes: what is taken, what is refused, what is stored, and what comes back."""

from __future__ import annotations

import base64
import io
import json
import re
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media.cloud_parts import FIRST, NOWHERE, PART, rows_of
from nbtrack.media.clouds import edges
from nbtrack.media.registry import complete
from tests.clouds import street, terrain

CUBE_OBJ = b"# a triangle\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
ASCII_STL = (
    b"solid t\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
    b"endloop\nendfacet\nendsolid t\n"
)
BINARY_STL = bytes(80) + struct.pack("<I", 1) + struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0)
ASCII_PLY = (
    b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    b"element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
)


def gltf(uri=None):
    """A triangle as glTF 2.0 with its buffer embedded, or elsewhere."""
    places = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    return {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "scene": 0,
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {
                "bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3",
                "min": [0, 0, 0], "max": [1, 1, 0],
            }
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [
            {
                "byteLength": 36,
                "uri": uri or "data:application/octet-stream;base64," + base64.b64encode(places).decode(),
            }
        ],
    }  # fmt: skip


def glb(document=None):
    text = json.dumps(document or gltf()).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack("<I4s", len(text), b"JSON") + text


FILES = {
    "glb": glb(),
    "gltf": json.dumps(gltf()).encode(),
    "obj": CUBE_OBJ,
    "stl": BINARY_STL,
    "ply": ASCII_PLY,
}


def logged(tmp_path, value):
    """What `Api` reads back of one logged value, and its stored JSON."""
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"x": value})
    stored = nbtrack.Api(dir=tmp_path).run(run.id)
    return stored.media("x"), stored


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "on")


def positions(done, part=0):
    """Decoded places and categories of a part, as a viewer decodes them."""
    meta = done.meta
    data = done.files[meta["parts"][f"points-{part:03}"]]
    raw = np.frombuffer(data, "<f4" if meta["positions"] == "f4" else "<u2", meta["chunks"][part] * 4)
    raw = raw.reshape(-1, 4)
    return np.array(meta["lo"]) + raw[:, :3] * np.array(meta["scale"]), raw[:, 3], data[raw.nbytes :]


# ---- points


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "i2", "u1", "i8"])
@pytest.mark.parametrize("width", [3, 4, 6])
def test_points_come_back_number_for_number(tmp_path, dtype, width):
    points = np.random.default_rng(0).integers(1, 14, (5000, width)).astype(dtype)
    (back,), _ = logged(tmp_path, nbtrack.Object3D(points))
    assert back.to_numpy().dtype == points.dtype
    assert np.array_equal(back.to_numpy(), points)


def test_what_is_changed_after_log_is_not_what_was_logged(tmp_path):
    points = np.random.default_rng(0).random((20_000, 3))
    before = points.copy()
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"x": nbtrack.Object3D(points)})
        points[:] = 0
    assert np.array_equal(nbtrack.Api(dir=tmp_path).run(run.id).media("x")[0].to_numpy(), before)


def test_a_transposed_cloud_and_a_tensor_are_clouds():
    torch = pytest.importorskip("torch")
    points = np.arange(30.0).reshape(3, 10).T
    for value in (points, torch.tensor(points), points.tolist()):
        made = complete(nbtrack.Object3D(value).record())
        assert np.array_equal(np.load(io.BytesIO(made.blob)), points)


def test_from_numpy_is_the_class_with_points_only():
    points = [[0.4, 1, 1.3, 255, 0, 0], [1, 1, 1, 0, 255, 0]]
    made = nbtrack.Object3D.from_numpy(np.array(points), caption="c", values={"age": [1, 2]})
    assert made.to_numpy().tolist() == points
    assert (made.caption, made.values["age"].tolist()) == ("c", [1, 2])
    with pytest.raises(LogTypeError, match="str"):
        nbtrack.Object3D.from_numpy("points.npy")


def test_a_list_of_clouds_keeps_its_order_and_has_wandbs_form(tmp_path):
    clouds = [nbtrack.Object3D(np.full((n, 3), float(n)), caption=f"c{n}") for n in (1, 2)]
    back, run = logged(tmp_path, clouds)
    assert [len(cloud.to_numpy()) for cloud in back] == [1, 2]
    (row,) = run.scan_history(keys=["x"])
    assert (row["x"]["_type"], row["x"]["count"], row["x"]["captions"]) == ("object3D", 2, ["c1", "c2"])
    assert all(name.startswith("media/object3D/x_0_") for name in row["x"]["filenames"])


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 40), st.just(3)),
        elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan")) | st.just(float("inf")),
    )
)
def test_what_is_drawn_lies_where_the_points_lie(points):
    done = complete(nbtrack.Object3D(points).record())
    places, category, _ = positions(done)
    exact = points[rows_of(len(points))]
    there = np.isfinite(exact).all(axis=1)
    assert (category[~there] == NOWHERE).all()
    assert done.meta.get("absent", 0) == (~there).sum()
    if there.any():
        extent = np.ptp(exact[there], axis=0)
        assert (np.abs(places[there] - exact[there]) <= extent / 65_535 * 0.51 + 1e-3).all()


@given(st.integers(0, 3000) | st.just(2**16 + 1))
@settings(max_examples=30)
def test_the_order_of_drawing_is_a_shuffle(n):
    rows = rows_of(n)
    assert np.array_equal(np.sort(rows), np.arange(n))


def test_each_prefix_of_the_order_is_a_fair_sample():
    n, bins = 1_000_000, 64
    rows = rows_of(n)[:FIRST]
    expected = FIRST / bins
    for kind in (rows * bins // n, rows % bins):
        spread = ((np.bincount(kind, minlength=bins) - expected) ** 2 / expected).sum()
        assert spread < 130  # chi-squared with 63 degrees of freedom: beyond it once in a million times


def test_a_large_cloud_is_cut_into_parts_of_which_the_first_is_small():
    points = np.random.default_rng(0).random((FIRST + PART + 10, 6)).astype("f4") * 255
    done = complete(nbtrack.Object3D(points).record())
    assert done.meta["chunks"] == [FIRST, PART, 10]
    rows = rows_of(len(points))
    for part, start in enumerate((0, FIRST, FIRST + PART)):
        exact = points[rows[start : start + done.meta["chunks"][part]]]
        places, _, rest = positions(done, part)
        assert np.abs(places - exact[:, :3]).max() < 255 / 65_535
        rgba = np.frombuffer(rest, np.uint8).reshape(-1, 4)
        assert np.abs(rgba[:, :3] - exact[:, 3:]).max() <= 0.5
        assert (rgba[:, 3] == 255).all()


def test_points_far_away_do_not_make_the_others_coarse():
    points = np.random.default_rng(0).random((10_000, 3)) * 50
    points[17] = 1e7
    done = complete(nbtrack.Object3D(points).record())
    places, _, _ = positions(done)
    exact = points[rows_of(len(points))]
    near = exact[:, 0] < 100
    assert np.abs(places - exact)[near].max() < 0.01


def test_categories_travel_with_the_points():
    points = np.column_stack([np.arange(42.0).reshape(14, 3), np.arange(1, 15)])
    _, category, _ = positions(complete(nbtrack.Object3D(points).record()))
    assert np.array_equal(category, points[rows_of(14), 3])


def test_further_numbers_of_points_are_kept_and_drawn(tmp_path):
    rng = np.random.default_rng(0)
    points, intensity = rng.random((3000, 3)).astype("f4"), rng.random(3000).astype("f4") * 9
    made = nbtrack.Object3D(points, values={"intensity": intensity, "ring": np.arange(3000)})
    (back,), _ = logged(tmp_path, made)
    assert np.array_equal(back.values["intensity"], intensity)
    assert back.values["ring"].dtype == np.arange(1).dtype
    done = complete(made.record())
    _, _, rest = positions(done)
    column = done.meta["scalars"][0]
    drawn = np.frombuffer(rest, "<u2", 3000) * column["scale"] + column["lo"]
    assert np.abs(drawn - intensity[rows_of(3000)]).max() < 1e-3


@pytest.mark.parametrize(
    ("colors", "dtype", "drawn"),
    [([0, 0.5, 1], "f4", [0, 128, 255]), ([0, 1, 1], "i8", [0, 1, 1]), ([0, 0.6, 255], "f8", [0, 1, 255])],
)
def test_float_colors_up_to_1_are_fractions(colors, dtype, drawn):
    cloud = nbtrack.Object3D(np.array([[0, 0, 0, *colors]], dtype))
    assert list(positions(complete(cloud.record()))[2][:3]) == drawn


def test_colors_out_of_range_are_clipped_and_said():
    cloud = nbtrack.Object3D(np.array([[0, 0, 0, -5.0, 300, 7]]))
    with pytest.warns(NbtrackWarning, match=r"colors of -5 to 300 .*0 to 255"):
        done = complete(cloud.record())
    assert list(positions(done)[2][:3]) == [0, 255, 7]
    assert np.load(io.BytesIO(done.blob))[0, 4] == 300


@pytest.mark.parametrize(
    ("points", "error", "words"),
    [
        (np.zeros((5, 2)), LogValueError, r"shape \(5, 2\).*n x 3"),
        (np.zeros((5, 7)), LogValueError, r"shape \(5, 7\)"),
        (np.zeros(9), LogValueError, r"shape \(9,\)"),
        (np.zeros((2, 3, 3)), LogValueError, "n x 6"),
        ([[1, 2, 3], [1, 2]], LogValueError, "differ in length"),
        (np.array([["a", "b", "c"]]), LogTypeError, "dtype <U1"),
        (np.zeros((2, 3), complex), LogTypeError, "complex"),
        (None, LogTypeError, "NoneType"),
        (7, LogTypeError, "int"),
        (np.array([[0, 0, 0, 15]]), LogValueError, "holds 15 to 15.*1 to 14"),
        (np.array([[0, 0, 0, 0]]), LogValueError, "1 to 14"),
        (np.array([[0, 0, 0, 1.5]]), LogValueError, "whole number"),
        (np.array([[0, 0, 0, np.nan]]), LogValueError, "1 to 14"),
        ({"type": "lidar/beta"}, LogValueError, '"points"'),
        ({"type": "mesh", "points": []}, LogValueError, "lidar/beta"),
    ],
)
def test_what_is_no_cloud_is_refused_in_a_sentence(points, error, words):
    with pytest.raises(error, match=words):
        nbtrack.Object3D(points)


def test_a_column_of_the_wrong_length_is_refused():
    with pytest.raises(LogValueError, match=r"values\['a'\] has shape \(3,\); 4 points"):
        nbtrack.Object3D(np.zeros((4, 3)), values={"a": np.zeros(3)})


@pytest.mark.parametrize("points", [np.zeros((0, 3)), [], np.full((4, 3), np.nan)])
def test_an_empty_cloud_and_one_without_positions_are_stored(tmp_path, points):
    (back,), _ = logged(tmp_path, nbtrack.Object3D(points))
    assert back.to_numpy().shape == np.asarray(points).reshape(-1, 3).shape


# ---- scenes


BOX = {"corners": [[x, y, z] for x in (0, 4) for y in (0, 2) for z in (0, 1)], "color": [0, 0, 255]}


def test_a_scene_comes_back_as_it_was_logged(tmp_path):
    boxes = [{**BOX, "label": "car", "score": 0.6}, {"corners": np.array(BOX["corners"], float)}]
    vectors = [
        {"start": [0, 0, 0], "end": [0.1, 0.2, 0.5], "color": [255, 0, 0]},
        {"start": [0] * 3, "end": (1, 1, 1)},
    ]
    made = nbtrack.Object3D.from_point_cloud(
        [[0, 0, 0, 76.5, 127.5, 89]], boxes, vectors, "lidar/beta", caption="c"
    )
    (back,), _ = logged(tmp_path, made)
    assert back.boxes == made.boxes
    assert back.boxes[0] == {**BOX, "label": "car", "score": 0.6}
    assert back.vectors[1] == {"start": [0, 0, 0], "end": [1, 1, 1]}
    assert back.caption == "c"
    assert back.to_numpy().tolist() == [[0, 0, 0, 76.5, 127.5, 89]]


def test_a_scene_as_a_dict_and_as_a_file_is_the_same(tmp_path):
    scene = {"type": "lidar/beta", "points": [[1.5, 2, 3]], "boxes": [BOX], "vectors": []}
    path = tmp_path / "my.pts.json"
    path.write_text(json.dumps(scene))
    for made in (
        nbtrack.Object3D(scene),
        nbtrack.Object3D(str(path)),
        nbtrack.Object3D.from_file(path),
        nbtrack.Object3D.from_file(path.open(), file_type="pts.json"),
        nbtrack.Object3D(io.BytesIO(path.read_bytes()), file_type="pts.json"),
    ):
        assert made.to_numpy().tolist() == [[1.5, 2, 3]]
        assert made.boxes == nbtrack.Object3D(scene).boxes
    path.write_text("[[1, 2, 3, 4]]")
    assert nbtrack.Object3D(path).to_numpy().tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("boxes", "vectors", "error", "words"),
    [
        ([{"corners": [[0, 0, 0]]}], None, LogValueError, r'boxes\[0\]\["corners"\] must be 8 x 3'),
        ([BOX, {}], None, LogValueError, r'boxes\[1\] has no "corners"'),
        ([{**BOX, "label": 3}], None, LogTypeError, "label"),
        ([{**BOX, "color": [0, 0, 256]}], None, LogValueError, "0 to 255"),
        ([{**BOX, "score": "high"}], None, LogValueError, "score"),
        ([{"corners": np.full((8, 3), np.nan)}], None, LogValueError, "finite"),
        ({"corners": 1}, None, LogTypeError, "list of dicts"),
        ([7], None, LogTypeError, "int"),
        (None, [{"start": [0, 0, 0]}], LogValueError, r'vectors\[0\]\["end"\]'),
        (None, [{"start": [0, 0, 0], "end": [1, 1]}], LogValueError, "3 numbers"),
    ],
)
def test_a_wrong_box_or_vector_is_named(boxes, vectors, error, words):
    with pytest.raises(error, match=words):
        nbtrack.Object3D.from_point_cloud([[0, 0, 0]], boxes, vectors)


def test_box3d_makes_wandbs_corners():
    box = nbtrack.box3d(
        center=[1, 2, 3], size=[2, 4, 6], orientation=[2, 0, 0, 2], color=[1, 2, 3], label="a", score=0.5
    )
    assert (box["label"], box["score"], box["color"]) == ("a", 0.5, (1, 2, 3))
    # a quarter turn around z: what was x is y
    assert np.allclose(box["corners"][0], [1 + 2, 2 - 1, 0])
    assert np.allclose(box["corners"][7], [1 - 2, 2 + 1, 6])
    assert set(nbtrack.box3d(center=[0] * 3, size=[1] * 3, orientation=[1, 0, 0, 0], color=[0] * 3)) == {
        "corners",
        "color",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"center": [1, 2]}, {"size": [1, 0, 1]}, {"size": [1, -1, 1]}, {"orientation": [0, 0, 0]},
        {"orientation": [0, 0, 0, 0]}, {"color": [0, 0, 300]}, {"center": [np.nan, 0, 0]}, {"score": "x"},
        {"size": 3},
    ],
)  # fmt: skip
def test_box3d_refuses_what_is_no_box(change):
    good = {"center": [0, 0, 0], "size": [1, 1, 1], "orientation": [1, 0, 0, 0], "color": [0, 0, 0]}
    with pytest.raises(LogValueError, match="box3d"):
        nbtrack.box3d(**{**good, **change})


@given(st.permutations(range(8)), st.tuples(*[st.floats(0.1, 50)] * 3), st.tuples(*[st.floats(-1, 1)] * 4))
def test_edges_of_a_box_are_found_in_any_order_of_its_corners(order, size, turn):
    if np.linalg.norm(turn) < 0.1:
        turn = (1, 0, 0, 0)
    box = nbtrack.box3d(center=[5, -3, 100], size=size, orientation=turn, color=[0, 0, 0])
    signs = np.array(list(np.ndindex(2, 2, 2)))[list(order)]
    found = edges(np.array(box["corners"])[list(order)])
    assert len(found) == 12
    assert all((signs[a] != signs[b]).sum() == 1 for a, b in found)


# ---- meshes


@pytest.mark.parametrize("kind", FILES)
def test_a_mesh_comes_back_byte_for_byte(tmp_path, kind):
    path = tmp_path / f"mesh.{kind}"
    path.write_bytes(FILES[kind])
    with path.open("rb") as file:
        made = [nbtrack.Object3D(path), nbtrack.Object3D.from_file(file, file_type=kind)]
    back, _ = logged(tmp_path / "store", made)
    assert [each.to_bytes() for each in back] == [FILES[kind]] * 2
    assert back[0].format == kind
    with pytest.raises(LogValueError, match="to_bytes"):
        back[0].to_numpy()


@pytest.mark.parametrize("kind", FILES)
def test_a_mesh_has_a_picture_of_its_surface(kind):
    pytest.importorskip("trimesh")
    done = complete(nbtrack.Object3D(io.BytesIO(FILES[kind]), file_type=kind).record())
    assert "no_picture" not in done.meta
    places, _, _ = positions(done)
    assert places.min() >= -1e-3
    assert places.max() <= 1 + 1e-3


def test_stl_as_text_is_a_mesh():
    assert nbtrack.Object3D(io.BytesIO(ASCII_STL), file_type="stl").format == "stl"


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("glb", b"no", "glTF"),
        ("glb", glb()[:-20], "cut off"),
        ("glb", glb(gltf("scene.bin")), "'scene.bin'.*nothing is fetched"),
        ("gltf", json.dumps(gltf("https://evil.test/a.bin")).encode(), "evil.test"),
        ("gltf", b"{}", '"asset"'),
        ("gltf", b"{", "JSON"),
        ("obj", b"hello", "vertex"),
        ("stl", BINARY_STL[:-1], "length"),
        ("stl", b"", "length"),
        ("ply", b"PLY", "ply"),
        ("ply", b"ply\nelement vertex 3\n", "header"),
        ("babylon", b"{}", "meshes"),
        ("pts.json", b"{", "JSON"),
        ("pts.json", b"3", "int"),
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(kind, data, words):
    with pytest.raises((LogValueError, LogTypeError), match=words):
        nbtrack.Object3D(io.BytesIO(data), file_type=kind)


def test_babylon_is_kept_and_said_to_be_drawn_elsewhere(tmp_path):
    with pytest.warns(NbtrackWarning, match="only BabylonJS draws"):
        made = nbtrack.Object3D(io.BytesIO(b'{"meshes": []}'), file_type="babylon")
    (back,), _ = logged(tmp_path, made)
    assert back.to_bytes() == b'{"meshes": []}'


@pytest.mark.parametrize(
    ("value", "kwargs", "words"),
    [
        ("missing.glb", {}, "cannot be read"),
        ("a.xyz", {}, r"does not end in one of .pts.json"),
        ("https://a.test/b.glb", {}, "URL"),
        (io.BytesIO(b""), {}, "needs file_type"),
        (io.BytesIO(b""), {"file_type": "fbx"}, "'fbx'; accepted: pts.json, glb"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(value, kwargs, words):
    with pytest.raises(LogValueError, match=words):
        nbtrack.Object3D(value, **kwargs)


def test_a_loader_that_fails_leaves_the_file_in_the_store(monkeypatch):
    trimesh = pytest.importorskip("trimesh")
    monkeypatch.setattr(trimesh, "load", lambda *_, **__: 1 / 0)
    done = complete(nbtrack.Object3D(io.BytesIO(CUBE_OBJ), file_type="obj").record())
    assert done.blob == CUBE_OBJ
    assert "division" in done.meta["no_picture"]


def packed(extension, *, geometry=True):
    """A glTF that says that it is compressed; its numbers are none."""
    document = gltf() | {"extensionsUsed": [extension], "extensionsRequired": [extension]}
    if geometry:
        document["bufferViews"][0]["extensions"] = {extension: {}}
    return document


@pytest.mark.parametrize(
    ("extension", "words"),
    [
        ("KHR_draco_mesh_compression", r"Draco \(KHR_draco_mesh_compression\).*gltf-transform cp"),
        ("KHR_texture_basisu", r"Basis Universal textures \(KHR_texture_basisu\).*PNG or JPEG"),
    ],
)
def test_compression_that_the_viewer_does_not_read_is_said_when_it_is_logged(tmp_path, extension, words):
    data = glb(packed(extension, geometry="draco" in extension))
    with pytest.warns(NbtrackWarning, match=words):
        made = nbtrack.Object3D(io.BytesIO(data), file_type="glb")
    (back,), _ = logged(tmp_path, made)
    assert back.to_bytes() == data


@pytest.mark.parametrize("extension", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
@pytest.mark.parametrize("kind", ["glb", "gltf"])
def test_packed_numbers_are_not_drawn_as_places(kind, extension):
    document = packed(extension)
    data = glb(document) if kind == "glb" else json.dumps(document).encode()
    done = complete(nbtrack.Object3D(io.BytesIO(data), file_type=kind).record())
    assert done.blob == data
    assert "points-000" not in done.meta.get("parts", {})


def stored_or_refused(data, kind):
    said = ""
    try:
        made = nbtrack.Object3D(io.BytesIO(data), file_type=kind)
    except LogValueError as error:
        said = str(error)
    if said:
        assert f"no {kind} file that can be shown" in said
    else:
        assert complete(made.record()).blob == data


anything = st.recursive(
    st.none() | st.integers(-3, 3) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3)
)


@given(st.sampled_from([*gltf(), "images", "extensionsUsed", "extensionsRequired"]), anything)
@settings(max_examples=60)
def test_a_gltf_with_anything_in_it_is_stored_or_refused_in_a_sentence(name, value):
    stored_or_refused(glb(gltf() | {name: value}), "glb")


@given(st.sampled_from(sorted(FILES)), st.integers(0, 200), st.binary(min_size=1, max_size=9), st.booleans())
@settings(max_examples=80)
def test_a_file_with_other_bytes_in_it_is_stored_or_refused_in_a_sentence(kind, at, other, cut):
    data = FILES[kind]
    broken = data[:at] if cut else data[:at] + other + data[at + len(other) :]
    stored_or_refused(broken, kind)


# ---- a run that meets bad input


def test_a_run_goes_on_after_what_cannot_be_logged(tmp_path):
    bad = tmp_path / "bad.glb"
    bad.write_bytes(b"no mesh")
    values = {
        "shape": np.zeros((5, 2)),
        "dtype": np.array([["a", "b", "c"]]),
        "category": np.array([[0.0, 0, 0, 15]]),
        "category of NaN": np.array([[0.0, 0, 0, np.nan]]),
        "ragged": [[1, 2, 3], [1]],
        "corrupt": str(bad),
        "extension": str(tmp_path / "scan.las"),
        "missing": str(tmp_path / "missing.ply"),
        "box": {"points": [[0, 0, 0]], "boxes": [{"corners": [[0, 0, 0]]}]},
        "color": {"points": [[0, 0, 0]], "boxes": [{**BOX, "color": [0, 0, 999]}]},
    }
    said = {}
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        for step, (name, value) in enumerate(values.items()):
            try:
                run.log({"cloud": nbtrack.Object3D(value)}, step=step)
            except (LogTypeError, LogValueError) as error:
                said[name] = str(error)
            run.log({"loss": step}, step=step)
        run.log({"cloud": nbtrack.Object3D(np.ones((2, 3)))})
    assert list(said) == list(values)
    for text in said.values():
        assert text.startswith("Object3D")
        assert "\n" not in text
    for name in ("shape", "ragged", "dtype"):
        assert "n x 3" in said[name] or "real numbers" in said[name]
    assert "(5, 2)" in said["shape"]
    assert "1 to 14" in said["category"]
    assert "1 to 14" in said["category of NaN"]
    assert "0 to 255" in said["color"]
    assert "pts.json" in said["extension"]
    stored = nbtrack.Api(dir=tmp_path).run(run.id)
    assert stored.state == "finished"
    assert [row["loss"] for row in stored.scan_history(keys=["loss"])] == list(range(len(values)))
    (cloud,) = stored.media("cloud")
    assert cloud.to_numpy().tolist() == [[1, 1, 1]] * 2


def test_odd_points_are_stored_as_they_are_and_what_cannot_be_drawn_is_counted(tmp_path):
    points = np.array([[0, 0, 0, -5, 300, 7], [np.nan, 0, 0, 1, 2, 3], [np.inf, 1, 1, 9, 9, np.nan], [1] * 6])
    run = nbtrack.init(project="p", dir=str(tmp_path))
    with pytest.warns(NbtrackWarning, match="colors of -5 to 300"):
        run.log({"cloud": nbtrack.Object3D(points), "empty": nbtrack.Object3D(np.empty((0, 4)))})
    run.finish()
    stored = nbtrack.Api(dir=tmp_path).run(run.id)
    (cloud,), (empty,) = stored.media("cloud"), stored.media("empty")
    assert np.array_equal(cloud.to_numpy(), points, equal_nan=True)
    assert empty.to_numpy().shape == (0, 4)
    (row,) = stored.scan_history(keys=["cloud"])
    assert row["cloud"]["absent"] == 2


# ---- clouds of scanners


def test_coordinates_of_a_map_are_drawn_to_a_few_centimeters():
    """float32 holds places around 4,418,000 m to half a meter only."""
    scan = terrain(20_000)
    done = complete(nbtrack.Object3D(scan.points).record())
    places, _, _ = positions(done)
    exact = scan.points[rows_of(len(scan.points))]
    assert np.abs(places - exact).max() < 0.02
    assert np.abs(exact.astype(np.float32) - exact)[:, 1].max() > 0.1
    assert done.meta["lo"][1] > 4_000_000
    assert max(np.frombuffer(done.files[done.meta["parts"]["points-000"]], "<u2")) <= 65_535


@pytest.mark.parametrize("make", [street, terrain])
def test_a_scan_comes_back_with_its_columns(tmp_path, make):
    scan = make(3000)
    made = nbtrack.Object3D(
        np.column_stack([scan.points, scan.category]), values={"intensity": scan.intensity}
    )
    (back,), _ = logged(tmp_path, made)
    assert np.array_equal(back.to_numpy()[:, :3], scan.points)
    assert np.array_equal(back.to_numpy()[:, 3], scan.category)
    assert np.array_equal(back.values["intensity"], scan.intensity)
    assert {int(c) for c in np.unique(scan.category)} <= set(range(1, 15))


# ---- pictures


def picture(value):
    from PIL import Image

    data, _ = value._repr_mimebundle_()
    return Image.open(
        io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", data["text/html"])[1]))
    ).convert("RGBA")


def test_a_cloud_is_drawn_where_nothing_runs():
    rng = np.random.default_rng(0)
    red = np.hstack([rng.random((5000, 3)), np.tile([255.0, 0, 0], (5000, 1))])
    drawn = np.asarray(picture(nbtrack.Object3D(red)))
    opaque = drawn[drawn[..., 3] > 200]
    assert len(opaque) > 2000
    assert (opaque[:, 0] > 200).all()
    assert (opaque[:, 1] < 60).all()


def test_boxes_are_drawn_in_their_color():
    points = np.hstack([np.random.default_rng(0).random((500, 3)), np.tile([255.0, 0, 0], (500, 1))])
    box = nbtrack.box3d(center=[0.5] * 3, size=[1] * 3, orientation=[1, 0, 0, 0], color=[0, 0, 255])
    drawn = np.asarray(picture(nbtrack.Object3D.from_point_cloud(points, [box])))
    assert ((drawn[..., 2] > 200) & (drawn[..., 0] < 60) & (drawn[..., 3] > 200)).sum() > 300


def test_a_mesh_is_drawn_with_light_and_shade():
    trimesh = pytest.importorskip("trimesh")
    data = trimesh.creation.icosphere().export(file_type="glb")
    drawn = np.asarray(picture(nbtrack.Object3D(io.BytesIO(data), file_type="glb")))
    opaque = drawn[drawn[..., 3] > 200][:, 0].astype(int)
    assert np.ptp(opaque) > 60


def test_a_caption_is_text_in_the_output():
    data, _ = nbtrack.Object3D(np.zeros((9, 3)), caption="<script>x</script>")._repr_mimebundle_()
    assert "<script" not in data["text/html"]
