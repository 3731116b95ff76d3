"""Names for runs that were given none: an adjective, a noun and a number, as in `quiet-heron-12`."""

from __future__ import annotations

import random

_ADJECTIVES = """
    amber bold brave bright brisk calm candid cheerful clear clever cosmic cozy crisp curious daring dawn
    deep deft distant eager early easy electric elegant fair fancy fast fearless fine firm fleet fluent fond
    fresh gentle giddy glad golden good graceful grand happy hardy honest humble icy jolly keen kind light
    likely lively lucid lucky lunar magic mellow mild modest morning neat nimble noble olive open patient
    playful pleasant polished proud pure quick quiet rapid rare ready rich rosy royal serene sharp shiny
    silent silver simple sleek smooth snowy soft solar solid sparkling spring steady still stoic sturdy
    summer sunny super swift tidy trim true upbeat valiant velvet vivid warm wild winter wise witty worthy
    young zesty
"""

_NOUNS = """
    acorn anchor aspen aurora badger bay beacon birch bison bloom breeze brook canyon cedar cliff cloud
    clover comet coral cove crane creek crest cypress dawn deer delta dew dove dune eagle elm ember falcon
    feather fern field fig finch firefly fjord flame flower forest fountain fox galaxy garden glacier glade
    grove gull harbor hare haven hawk hazel heron hill horizon iris island ivy jay juniper kestrel lagoon
    lake lantern lark laurel leaf lichen lily linden lotus lynx maple marsh meadow mesa meteor mist moon
    moss mountain nebula nova oak oasis ocean orbit orchard orchid osprey otter owl palm pebble pine planet
    plateau pond poplar prairie quail quartz rain raven reef ridge river robin rose sage sail sea shadow
    shore sky snow sparrow spring spruce star stone stork stream sun sunset surf swan thicket thunder tide
    trail tree tulip valley violet voyage water wave willow wind wood wren
"""


def run_name(number: int) -> str:
    """Return a two-word name that ends in `number`.

    Uses a generator of its own, so that a seed set by the training script neither repeats names nor is
    disturbed.

    Example:
        >>> run_name(3)  # doctest: +SKIP
        'brisk-otter-3'
    """
    words = random.SystemRandom()
    return f"{words.choice(_ADJECTIVES.split())}-{words.choice(_NOUNS.split())}-{number}"
