"""Point clouds as scanners make them: a turning laser on a car (KITTI), and a survey from the air (LAS).

Both are cast ray by ray at scenes of boxes and planes, so they have what random clouds lack: rings and scan
lines, shadows, density that falls with the distance, sheets that lie over each other, noise. Categories are those
of LAS 1.4 (ASPRS): 1 unclassified, 2 ground, 3 to 5 low, medium and high vegetation, 6 building, 7 noise, 9 water,
10 rail, 11 road, 13 and 14 wires. Only numpy is used: the source of this module may be a cell of a notebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

#: lasers one above the other, and points of a turn of these: of the HDL-64E that KITTI was driven with
LASERS, TURN = 64, 120_000
#: meters that the car drives between two turns, and the height of the scanner
DRIVE, SCANNER = 1.2, 1.73
#: corner of the survey: east and north of a UTM zone, in meters, as maps have them
SURVEY = (452_000.0, 4_418_000.0)


@dataclass(frozen=True, slots=True)
class Scan:
    """A cloud and what was measured with it.

    Attributes:
        points: (n, 3) meters; float32 of the car's, float64 of the survey's.
        category: (n,) uint8, 1 to 14.
        intensity: (n,) float32, 0 to 1.
        boxes: centers and sizes (x, y, z each) of the cars that were seen.
    """

    points: np.ndarray[Any, Any]
    category: np.ndarray[Any, Any]
    intensity: np.ndarray[Any, Any]
    boxes: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...] = ()


def street(n: int, *, start: float = 0.0, seed: int = 0) -> Scan:
    """Return exactly `n` points of a drive along a street, in the frame of its start.

    Args:
        n: points; one turn of the scanner has up to `TURN`, more are gathered on the way.
        start: meters along the street where the drive begins.
        seed: of the noise.
    """
    rng = np.random.default_rng(seed)
    found: list[tuple[np.ndarray[Any, Any], ...]] = []
    have, at = 0, start
    turn = min(TURN, max(2 * n, LASERS))
    while have < n:
        points, category, intensity = _turn(at, turn, rng)
        found.append((points[: n - have], category[: n - have], intensity[: n - have]))
        have += len(found[-1][0])
        at += DRIVE
    points, category, intensity = (np.concatenate(part) for part in zip(*found, strict=True))
    size = (4.2, 1.8, 1.5)
    boxes = tuple(((x, y, size[2] / 2), size) for x, y in _cars(start, at))
    return Scan(points.astype(np.float32), category.astype(np.uint8), intensity.astype(np.float32), boxes)


def _cars(start: float, end: float) -> list[tuple[float, float]]:
    """Middles of the cars within 45 m: parked on both sides, some places are free."""
    first, last = int((start - 45) // 9), int((end + 45) // 9)
    return [(9.0 * i + 3, -4.4 if i % 2 else 4.9) for i in range(first, last + 1) if i % 5]


def _turn(at: float, rays: int, rng: np.random.Generator) -> tuple[np.ndarray[Any, Any], ...]:
    """What one turn at a place of the street sees: points, categories, intensities."""
    columns = rays // LASERS
    azimuth = np.tile(np.linspace(0, 2 * np.pi, columns, endpoint=False), LASERS)
    lift = np.deg2rad(np.repeat(np.linspace(2.0, -24.8, LASERS), columns))
    ray = np.column_stack([np.cos(lift) * np.cos(azimuth), np.cos(lift) * np.sin(azimuth), np.sin(lift)])
    ray[np.abs(ray) < 1e-7] = 1e-7
    eye = np.array([at, 0.0, SCANNER])
    far = np.where(ray[:, 2] < 0, -SCANNER / ray[:, 2], np.inf)
    side = far * np.abs(ray[:, 1])
    category = np.where(side < 6.2, 11, 2)  # the road, and what lies beside it
    bright = np.where(category == 11, 0.18, 0.32)

    def hit(reach: np.ndarray[Any, Any], kind: int, shine: float, rows: Any = slice(None)) -> None:
        nearer = np.arange(len(far))[rows][reach < far[rows]]
        far[nearer], category[nearer], bright[nearer] = reach[reach < far[rows]], kind, shine

    # fronts of houses on both sides, with gaps between them and different heights
    for y in (-9.5, 11.0):
        rows = np.flatnonzero(ray[:, 1] * y > 0)
        reach = y / ray[rows, 1]
        along, up = at + reach * ray[rows, 0], SCANNER + reach * ray[rows, 2]
        house = np.floor(along / 17)
        high = 6 + 3 * np.sin(house * 2.1 + y)
        hit(np.where((along - 17 * house > 2.5) & (up < high), reach, np.inf), 6, 0.45, rows)
    for x, y in (car for car in _cars(at, at) if abs(car[0] - at) < 45):
        rows = _toward(eye, ray, (x, y), 2.5)
        for low, high in (
            ((x - 2.1, y - 0.9, 0.25), (x + 2.1, y + 0.9, 0.9)),  # body and cabin
            ((x - 1.2, y - 0.8, 0.9), (x + 1.1, y + 0.8, 1.5)),
        ):
            hit(_box(eye, ray[rows], low, high), 1, 0.75, rows)
    for i in range(int((at - 45) // 14), int((at + 45) // 14) + 1):
        x = 14.0 * i
        rows = _toward(eye, ray, (x, 7.1), 0.5)
        hit(_box(eye, ray[rows], (x - 0.1, 7.0, 0), (x + 0.1, 7.2, 5)), 14, 0.6, rows)  # masts of the wires
        rows = _toward(eye, ray, (x + 7, -7.6), 1.8)
        hit(_ball(eye, ray[rows], (x + 7, -7.6, 3.6), 1.7), 5, 0.5, rows)  # crowns of trees and their trunks
        hit(_box(eye, ray[rows], (x + 6.85, -7.75, 0), (x + 7.15, -7.45, 2.2)), 4, 0.3, rows)
    seen = far < 90
    spread = far[seen] + rng.normal(0, np.where(category[seen] == 5, 0.25, 0.015))
    points = eye + ray[seen] * spread[:, None]
    # a turn begins anywhere: a cloud cut short is still one of all directions
    order = rng.permutation(len(points))
    dim = 1 / (1 + far[seen] / 60)
    shine = np.clip(bright[seen] * dim + rng.normal(0, 0.03, len(points)), 0, 1)
    return points[order], category[seen][order], shine[order]


def _toward(eye: np.ndarray[Any, Any], ray: np.ndarray[Any, Any], middle: Any, radius: float) -> Any:
    """Rays that may meet what stands within a circle on the ground: others need not be tried."""
    away = np.array(middle) - eye[:2]
    far = np.hypot(*away)
    if far <= radius:
        return np.arange(len(ray))
    flat = np.hypot(ray[:, 0], ray[:, 1])
    return np.flatnonzero(ray[:, :2] @ away > flat * np.sqrt(far**2 - radius**2))


def _box(eye: np.ndarray[Any, Any], ray: np.ndarray[Any, Any], low: Any, high: Any) -> np.ndarray[Any, Any]:
    """How far each ray goes until it meets a box; infinite beside it."""
    a, b = (np.array(low) - eye) / ray, (np.array(high) - eye) / ray
    near, out = np.minimum(a, b).max(axis=1), np.maximum(a, b).min(axis=1)
    return np.where((out > near) & (near > 0), near, np.inf)


def _ball(eye: np.ndarray[Any, Any], ray: np.ndarray[Any, Any], middle: Any, radius: float) -> Any:
    away = np.array(middle) - eye
    along = ray @ away
    rest = radius**2 - (away @ away - along**2)
    return np.where((rest > 0) & (along > 0), along - np.sqrt(np.maximum(rest, 0)), np.inf)


def terrain(n: int, *, seed: int = 0) -> Scan:
    """Return exactly `n` points of 1 km² from the air: hills, a river, houses, woods, a road, a power line.

    Places are those of a map (about 452,000 east and 4,418,000 north), of which float32 keeps half a meter.

    Args:
        n: points, in scan lines across the flight.
        seed: of the noise.
    """
    rng = np.random.default_rng(seed)
    lines = max(2, int(np.sqrt(n)))
    line = np.arange(n) // max(1, -(-n // lines))
    x = 1000 * (line + rng.random(n) * 0.6) / lines
    y = 1000 * rng.beta(0.9, 0.9, n)  # the mirror turns around at both ends
    ground = _ground(x, y)
    z, category = ground.copy(), np.full(n, 2)
    river = np.abs(y - 300 - 60 * np.sin(x / 160)) < 22
    z[river], category[river] = 96 - 0.003 * x[river], 9
    road = np.abs(y - 620 - 0.12 * x) < 5
    category[road & ~river] = 11
    wood = (np.sin(x / 70) + np.cos(y / 90) > 0.7) & ~river & ~road
    crown = np.where(wood, rng.gamma(4, 3.2, n).clip(0, 28) * (rng.random(n) < 0.8), 0)
    z += crown
    for top, kind in ((0.3, 3), (2, 4), (6, 5)):
        category[wood & (crown > top)] = kind
    for i in range(60):
        east, north = 40 + 920 * ((i * 0.618) % 1), 560 + 380 * ((i * 0.413) % 1)
        u, v = x - east, y - north
        inside = (np.abs(u) < 9) & (np.abs(v) < 6) & ~river
        z[inside] = _ground(np.array(east), np.array(north)) + 7 + 2.5 * (1 - np.abs(v[inside]) / 6)
        category[inside] = 6
    wire = (np.abs(x - 430 - 0.2 * y) < 0.8) & (rng.random(n) < 0.4)
    z[wire] = _ground(x[wire], y[wire]) + 24 - 6 * np.sin(np.pi * (y[wire] % 125) / 125)
    category[wire] = 14
    noise = rng.random(n) < 2e-5  # birds, and echoes that came twice
    z[noise] += rng.uniform(80, 250, noise.sum())
    category[noise] = 7
    shine = np.array([0, 0.5, 0.45, 0.4, 0.4, 0.42, 0.65, 0.2, 0, 0.08, 0, 0.25, 0, 0, 0.5])[category]
    points = np.column_stack([SURVEY[0] + x, SURVEY[1] + y, z + rng.normal(0, 0.03, n)])
    return Scan(
        np.round(points, 2),  # as LAS stores them: whole centimeters
        category.astype(np.uint8),
        np.clip(shine + rng.normal(0, 0.05, n), 0, 1).astype(np.float32),
    )


def _ground(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> Any:
    hills = sum(
        high * np.sin(x / wide + turn) * np.cos(y / wide - turn)
        for high, wide, turn in ((18, 210, 0.4), (7, 83, 1.3), (2.5, 31, 2.2), (0.6, 9, 0.7))
    )
    return 120 + hills - 26 * np.exp(-(((y - 300 - 60 * np.sin(x / 160)) / 70) ** 2))
