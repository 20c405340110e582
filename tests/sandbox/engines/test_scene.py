"""What the illustrator reads out of prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen_sandbox.engines.drawing import icons, kinds, words
from videogen_sandbox.engines.drawing.scene import Scene, parse
from videogen_sandbox.engines.drawing.settings import ENCLOSED, OPEN_AIR
from videogen_sandbox.engines.drawing.subjects import someone


def drawn(scene: Scene) -> list[tuple[str, int]]:
    return [(subject.icon, subject.count) for subject in scene.subjects]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("three cats and 2 dogs", [("cat", 3), ("dog", 2)]),
        ("wolves", [("wolf", 3)]),
        ("a herd of elephants", [("elephant", 5)]),
        ("a pair of scissors", [("scissors", 2)]),
        ("400 sheep", [("ewe", 7)]),
        ("a hot air balloon", [("hot-air-balloon", 1)]),
        ("a cup of coffee", [("hot-beverage", 1)]),
        ("my cat looks at another cat", [("cat", 1)]),
        ("a dog without a cat", [("dog", 1)]),
        ("\uff23\uff21\uff34", [("cat", 1)]),
        ("a cat [[delay 90s]]", [("cat", 1)]),
    ],
)
def test_nouns_become_subjects(prompt: str, expected: list[tuple[str, int]]) -> None:
    assert drawn(parse(prompt)) == expected


@pytest.mark.parametrize(
    ("prompt", "icon"),
    [
        ("a woman scientist", "woman-scientist"),
        ("a male nurse", "man-health-worker"),
        ("a man riding a bike", "man-biking"),
        ("a boy dressed as a wizard", "man-mage"),
    ],
)
def test_people_have_the_trade_pose_and_gender_of_the_words(prompt: str, icon: str) -> None:
    assert parse(prompt).subjects[0].icon == icon


@pytest.mark.parametrize("word", ["night", "forest", "rain"])
def test_words_of_place_time_and_weather_are_no_subjects(word: str) -> None:
    scene = parse(f"a fox, {word}")
    assert drawn(scene) == [("fox", 1)]
    assert word in scene.found


@pytest.mark.parametrize(
    ("prompt", "setting", "time", "weather", "season"),
    [
        ("a fox in a snowy forest at dusk", "forest", "dusk", "snow", "winter"),
        ("a boat on a stormy sea at night", "sea", "night", "storm", "summer"),
        ("mountains in autumn, sunrise", "mountains", "dawn", None, "autumn"),
        ("a shark", "underwater", "day", None, "summer"),
        ("a cappuccino", "table", "day", None, "summer"),
        ("a watch", "studio", "day", None, "summer"),
        ("neon city", "city", "night", None, "summer"),
        ("qwxz blorp", "abstract", "day", None, "summer"),
    ],
)
def test_the_setting_is_named_or_follows_from_the_first_subject(
    prompt: str, setting: str, time: str, weather: str | None, season: str
) -> None:
    scene = parse(prompt)
    assert (scene.setting, scene.time, scene.weather, scene.season) == (setting, time, weather, season)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("A ship leaves a harbour at dawn.", ["ship"]),
        ("The wind leaves the trees bare.", ["deciduous-tree"]),
        ("An eagle flies over the mountains.", ["eagle"]),
        ("A bear fishes in the river.", ["bear"]),
        ("The dog watches the boat.", ["dog", "speedboat"]),
        ("A woman ships a parcel.", ["woman", "package"]),
        ("The farmer plants a tree.", ["man-farmer", "deciduous-tree"]),
        ("The boy waves to his mother.", ["man-raising-hand", "woman"]),
        ("She rings the bell.", ["bell"]),
        ("The queen slowly crowns the prince.", ["princess", "prince"]),
        ("A dragon guards the cave.", ["dragon"]),
        ("Birds fly over the lake.", ["bird"]),
        ("She will ship the chair.", ["chair"]),
        ("The people park the car.", ["man", "automobile"]),
        ("The captain sails home.", []),
        ("The girl walks home in the rain.", ["woman-walking"]),
        ("She brings the children home safely.", ["girl"]),
        ("Autumn leaves fall in the park.", ["maple-leaf"]),
        ("The leaves are red.", ["maple-leaf"]),
        ("A path, leaves, a bench.", ["maple-leaf", "bench"]),
        ("A dog on green leaves.", ["dog", "maple-leaf"]),
        ("Flies on a window.", ["fly", "window"]),
        ("He holds his watch.", ["watch"]),
        ("A shop next to fire.", ["convenience-store", "fire"]),
        ("A car drives to a home by the sea.", ["automobile", "house"]),
        ("A red rose in a vase.", ["rose"]),
        ("A wild rose in a vase.", ["rose"]),
        ("Prices rose last year.", []),
        ("The curtain rose.", []),
        ("The price of butter rose.", ["butter"]),
        ("A balloon rose over the town.", ["balloon"]),
        ("The boy dove into the lake.", ["boy"]),
        ("A white dove on a branch.", ["dove"]),
        ("They saw the dog.", ["dog"]),
        ("We left the house.", ["house"]),
        ("You can see the bird.", ["bird"]),
        ("Park your car here.", ["automobile"]),
        ("Watch a bird fly over the lake.", ["bird"]),
        ("The boy ducks.", ["boy"]),
        ("We train every day.", []),
        ("They light the candles.", ["candle"]),
        ("The dogs bark at the cat.", ["dog", "cat"]),
        ("I cannot bear it.", []),
        ("They swallow the pill.", ["pill"]),
        ("Leaves drop from the tree.", ["maple-leaf", "deciduous-tree"]),
        ("Plant a tree today.", ["deciduous-tree"]),
        ("The boats rock in the harbour.", ["speedboat"]),
        ("Ideas spring up everywhere.", ["light-bulb"]),
        ("Teams ship faster.", []),
        ("We store bread.", ["bread"]),
        ("Time flies.", []),
        ("A phone on a table.", ["mobile-phone"]),
    ],
)
def test_verbs_are_no_things_and_the_way_home_is_no_house(sentence: str, expected: list[str]) -> None:
    assert [subject.icon for subject in parse(sentence).subjects] == expected


def test_weather_that_is_a_verb_is_still_weather() -> None:
    assert parse("It is going to rain on the dog.").weather == "rain"


def test_a_colour_belongs_to_the_noun_after_it() -> None:
    car, house = parse("a red car and a house").subjects
    assert car.colour is not None
    assert house.colour is None


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("a cat on a table", "on"),
        ("an astronaut riding a horse", "riding"),
        ("a girl under an umbrella", "under"),
        ("a car in front of a house", "front"),
        ("a dragon flying over a castle", "over"),
        ("a dog in a basket", "in"),
    ],
)
def test_prepositions_relate_the_first_subject_to_the_second(prompt: str, kind: str) -> None:
    first, second = parse(prompt).subjects
    assert first.relation is not None
    assert (first.relation.kind, first.relation.other) == (kind, 1)
    assert second.relation is None


def test_what_is_worn_or_held_belongs_to_its_bearer() -> None:
    dog, glasses = parse("a dog wearing sunglasses").subjects
    assert glasses.relation is not None
    assert (glasses.relation.kind, glasses.relation.other) == ("wearing", 0)
    assert dog.relation is None


def test_a_table_under_food_becomes_the_setting() -> None:
    scene = parse("a croissant and a teapot on a wooden table")
    assert scene.setting == "table"
    assert drawn(scene) == [("croissant", 1), ("teapot", 1)]


def test_the_title_says_the_picture_in_words() -> None:
    assert parse("two cats riding a bicycle in the rain in a city at night").title == (
        "two cats riding a bicycle in a rainy city at night"
    )
    assert parse("eagle over snowy mountains").title == "an eagle in the snowy mountains by day"


@given(st.text(max_size=300))
def test_any_text_is_a_scene_that_can_be_drawn(prompt: str) -> None:
    scene = parse(prompt)
    assert scene.setting in OPEN_AIR or scene.setting in ENCLOSED
    assert all(subject.icon in icons.bodies() for subject in scene.subjects)
    assert scene.title


@given(st.lists(st.sampled_from(sorted(words.vocabulary().subjects)), min_size=1, max_size=12))
def test_any_known_nouns_are_a_scene_that_can_be_drawn(nouns: list[str]) -> None:
    scene = parse(" on a ".join(nouns))
    assert all(subject.icon in icons.bodies() for subject in scene.subjects)
    assert all(subject.relation is None or subject.relation.other < len(scene.subjects) for subject in scene.subjects)


def test_a_very_long_prompt_is_read_from_its_beginning() -> None:
    assert drawn(parse("a cat " + "very " * 50_000 + "and a dog")) == [("cat", 1)]


def test_the_tables_only_name_what_exists() -> None:
    known = kinds.kinds()
    named = [*known.heights, *known.habitats, *known.seats]
    named += [
        name for group in (known.airborne, known.afloat, known.submarine, known.rolling, known.fixed) for name in group
    ]
    named += [
        name for group in (known.hats, known.eyewear, known.luminous, known.furniture, known.trains) for name in group
    ]
    named += words.vocabulary().subjects.values()
    assert {name for name in named if someone(name) not in icons.bodies()} == set()
    assert set(known.places) >= set(OPEN_AIR) | set(ENCLOSED)
    assert set(known.habitats.values()) <= set(OPEN_AIR) | set(ENCLOSED) | {"road"}


def test_people_of_no_stated_gender_are_mixed() -> None:
    assert parse("five people").subjects[0].mixed
    assert not parse("five women").subjects[0].mixed
    assert not parse("one person").subjects[0].mixed


def test_what_a_setting_shows_anyway_is_drawn_once_more_only_when_it_is_one() -> None:
    assert drawn(parse("a beach with palm trees")) == []
    assert drawn(parse("a lone palm tree on a beach")) == [("palm-tree", 1)]


def test_northern_lights_mean_a_night_sky() -> None:
    scene = parse("northern lights over a lake")
    assert (scene.setting, scene.time, scene.weather) == ("lake", "night", "aurora")
