"""Every spelling of a single value that is understood, and what is left as it was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated import examples
from videogen_mcp.workflows.languages import tag_of
from videogen_mcp.workflows.spellings import (
    aspect_ratio,
    bare,
    file_name,
    identifier,
    moment,
    number,
    place,
    places,
    switch,
    unfolded,
)

RATIOS: dict[str, list[Any]] = {
    "16:9": [
        *(
            "16:9",
            " 16 : 9 ",
            "16x9",
            "16X9",
            "16\N{MULTIPLICATION SIGN}9",
            "16*9",
            "16/9",
            "16-9",
            "16_9",
            "16\N{FULLWIDTH COLON}9",
            "16:9.",
            "'16:9'",
        ),
        *(
            "`16:9`",
            "16 by 9",
            "16 to 9",
            "16.0:9.0",
            "1920x1080",
            "1920 \N{MULTIPLICATION SIGN} 1080 px",
            "1920:1080",
            "landscape",
        ),
        *("Landscape", "horizontal", "widescreen", "16:9 (landscape)", "landscape_16_9", "auto", "default"),
        *({"width": 16, "height": 9}, {"width": "1920", "height": "1080"}, {"w": 16, "h": 9}, [16, 9], ["16", "9"]),
        *('{"width": 16, "height": 9}', "[16, 9]", "{'width': 16, 'height': 9}"),
    ],
    "9:16": ["portrait", "PORTRAIT", "vertical", "portrait_16_9", "9:16 portrait", "1080x1920", {"height": 16, "w": 9}],
    "1:1": ["square", "square_hd", "1:1", "512x512", "1024 x 1024"],
    "3:4": ["portrait_4_3", "3:4", "768x1024"],
    "239:100": ["2.39:1"],
    "21:9": ["ultrawide", "21:9"],
}
NO_RATIOS = [
    *(
        "round",
        "16:-9",
        "-1:1",
        "16:9:1",
        "1:2, 2:1",
        "0:9",
        "9:0",
        "9:1",
        "1/0",
        "9" * 5_000 + ":1",
        "x" * 5_000,
        "1080p",
    ),
    *(
        "square 16:9",
        "landscape portrait",
        "not 16:9",
        1.78,
        True,
        None,
        [],
        {},
        [16],
        [16, None],
        {"width": 16},
        "{",
        "[[",
    ),
    {"width": float("inf"), "height": 1},
    "[" * 90_000,
]


@pytest.mark.parametrize(("meant", "sent"), [(meant, one) for meant, sent in RATIOS.items() for one in sent])
def test_an_aspect_ratio_may_be_written_in_many_ways(meant: str, sent: object) -> None:
    assert aspect_ratio(sent) == meant


@pytest.mark.parametrize("sent", NO_RATIOS, ids=lambda sent: repr(sent)[:30])
def test_what_is_no_aspect_ratio_is_refused_with_an_example(sent: object) -> None:
    with pytest.raises(ValueError, match='must be like "16:9"'):
        aspect_ratio(sent)


LANGUAGES = {
    "en": ["English", "english", " ENGLISH ", "eng", "ENG", "en", "EN", "English language"],
    "en-US": ["en_US", "en-US", "EN_us", "en_US.UTF-8", "English (US)", "American English", "English (United States)"],
    "en-GB": ["British English", "English (UK)", "en-gb"],
    "pt-BR": ["Brazilian Portuguese", "Portuguese (Brazil)", "por-BR", "pt_br"],
    "zh": ["Chinese", "Mandarin", "zho", "chi", "cmn", "中文"],
    "zh-CN": ["Chinese (Simplified)", "zh-CN"],
    "de": ["German", "Deutsch", "deu", "ger"],
    "fr": ["French", "Français", "fra", "fre"],
    "es": ["Spanish", "Español", "Castilian", "Latin American Spanish", "spa"],
    "hi": ["Hindi", "हिन्दी", "hin"],
    "ja": ["Japanese", "日本語", "jpn"],
    "tl": ["Filipino", "Tagalog", "fil"],
    "no": ["Norwegian", "nor", "no"],
    "nb": ["Norwegian Bokmål", "nob"],
    "ht": ["Haitian Creole"],
}


@pytest.mark.parametrize(("tag", "sent"), [(tag, one) for tag, sent in LANGUAGES.items() for one in sent])
def test_a_language_may_be_named(tag: str, sent: str) -> None:
    assert tag_of(sent) == tag


@pytest.mark.parametrize(
    "sent", ["Klingon", "English and French", "", "zz", "e", "x" * 5_000, "US", "../en", "speak en"]
)
def test_what_names_no_language_has_no_tag(sent: str) -> None:
    assert tag_of(sent) is None


ID = "vg_file_3Kd9abc"
IDS = [
    *(
        ID,
        f'"{ID}"',
        f"'{ID}'",
        f"`{ID}`",
        f"“{ID}”",
        f" {ID}\n",
        f"{ID}.",
        f"{ID},",
        f'"{ID}".',
        f"<{ID}>",
        f"**{ID}**",
    ),
    *(f"[cat]({ID})", f"[{ID}](https://app.example/media)", f"[`{ID}`](https://app.example/media)", f"![cat]({ID})"),
    *("vg\\_file\\_3Kd9abc", f"file_id: {ID}", f"File {ID} (cat)", f"[{ID}]", f"\u200b{ID}", f"({ID})"),
    *([ID], f'["{ID}"]', {"file_id": ID, "type": "IMAGE"}, f'{{"file_id": "{ID}"}}', {"id": ID}),
]


@pytest.mark.parametrize("sent", IDS, ids=repr)
def test_an_id_is_found_in_what_surrounds_it(sent: object) -> None:
    assert identifier(sent) == ID
    assert place(sent) == ID


@pytest.mark.parametrize(
    "sent", ["Heart", f"{ID}/../../me", "../../me", f"{ID} or vg_file_other", "a\0b", "?a=b#c", ""]
)
def test_other_texts_are_left_as_ids(sent: str) -> None:
    assert identifier(sent) == sent


@pytest.mark.parametrize("sent", ["null", "None", "undefined", "N/A", '"null"'])
def test_a_word_for_nothing_is_no_id(sent: str) -> None:
    assert identifier(sent) == place(sent) == ""


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ('"/a/b c.png"', "/a/b c.png"),
        ("'/a/b.png'", "/a/b.png"),
        ("`/a/b.png`", "/a/b.png"),
        ('"photo.png"', "photo.png"),
        ("[cat](/a/b.png)", "/a/b.png"),
        ("[cat](/a/b (1).png)", "/a/b (1).png"),
        ('![cat](</a/b c.png> "A cat")', "/a/b c.png"),
        ("[cat](file:///a/b.png)", "file:///a/b.png"),
        ("/a/b.png.", "/a/b.png"),
        ("@/a/b.png", "/a/b.png"),
        ("$HOME/b.png", "~/b.png"),
        ("${HOME}/b.png", "~/b.png"),
        ({"path": "/a/b.png"}, "/a/b.png"),
        ("/a/it's.png", "/a/it's.png"),
        ("/a/b\\ c.png", "/a/b\\ c.png"),
        (f"/a/{ID}.png", f"/a/{ID}.png"),
        (f"{ID}.png", f"{ID}.png"),
        ("https://example.com/a.png", "https://example.com/a.png"),
        (7, 7),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_a_path_is_taken_out_of_quotes_and_links(sent: object, meant: object) -> None:
    assert place(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (ID, [ID]),
        (f"{ID}, vg_file_2", [ID, "vg_file_2"]),
        (f"{ID}\nvg_file_2", [ID, "vg_file_2"]),
        (f"[{ID}, vg_file_2]", [ID, "vg_file_2"]),
        ("/a, b/c.png", ["/a, b/c.png"]),
        ("[cat](/a/b.png)", ["[cat](/a/b.png)"]),
        ({"file_id": ID}, [{"file_id": ID}]),
        ('["x"', '["x"'),
        ([ID], [ID]),
    ],
)
def test_one_place_is_a_list_of_one(sent: object, meant: object) -> None:
    assert places(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        *(
            (("5", 5)),
            ("5.0", 5),
            (" 5 ", 5),
            ("'5'", 5),
            ("+5", 5),
            ("-3", -3),
            (".5", 0.5),
            ("0,5", 0.5),
            ("\N{FULLWIDTH DIGIT FIVE}", 5),
        ),
        *(
            ("1.0x", 1),
            ("1.5x", 1.5),
            ("x1.5", 1.5),
            ("1.5\N{MULTIPLICATION SIGN}", 1.5),
            ("50%", 0.5),
            ("1e3", 1_000),
            (5, 5),
            (2.5, 2.5),
        ),
        *(
            ("many", "many"),
            ("1,000", "1,000"),
            ("5s", "5s"),
            ("nan", "nan"),
            ("0x10", "0x10"),
            (True, "True"),
            ("", ""),
        ),
        *((None, None), ("9" * 5_000, "9" * 5_000), ("1e999", float("inf"))),
    ],
)
def test_numbers_may_be_text(sent: object, meant: object) -> None:
    assert number(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("5s", 5), ("5 s", 5), ("5sec", 5), ("5.5 seconds", 5.5), ("2 min", 120), ("500ms", 0.5), ("5x", "5x"), ("5", 5)],
)
def test_seconds_may_have_their_unit(sent: str, meant: object) -> None:
    assert number(sent, seconds=True) == meant


@pytest.mark.parametrize(
    ("sent", "meant"), [("True", "true"), (" yes ", "yes"), ("1.0", "1"), ('"false"', "false"), (True, True), (1, 1)]
)
def test_switches_may_be_text(sent: object, meant: object) -> None:
    assert switch(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("5", 5),
        ("2.5 s", 2.5),
        ("500 ms", 0.5),
        ("1 min", 60),
        ("1:05", 65),
        ("01:00:05.5", 3_605.5),
        (" 0:07 ", 7),
        ("-1", -1),
        (3.5, 3.5),
        ("1:75", "1:75"),
        ("the end", "the end"),
    ],
)
def test_a_place_in_a_film_may_be_written_as_players_show_it(sent: object, meant: object) -> None:
    assert moment(sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ('["a"]', ["a"]),
        ("['a']", ["a"]),
        (' {"a": 1}', {"a": 1}),
        ("[a]", "[a]"),
        ("a", "a"),
        ("[" * 90_000, "[" * 90_000),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_json_text_is_unfolded_where_it_holds_a_list_or_an_object(sent: str, meant: object) -> None:
    assert unfolded(sent) == meant


@examples(2_000)
@given(st.text(alphabet="\"'`[](){}<>*\\!@$%.,:x/ vg_file_1-9", max_size=60))
def test_whatever_stands_around_a_value_ends_in_a_value(text: str) -> None:
    assert len(bare(text)) <= len(text)
    for understood in (identifier, place, places, number, switch, unfolded):
        understood(text)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("/home/me/cat.png", "cat.png"),
        ("C:\\pics\\our cat.png", "our cat.png"),
        ("file:///home/me/our%20cat.png", "our cat.png"),
        ("https://example.com/a/caf%C3%A9.png?sig=1%2F2#x", "café.png"),
        ("https://example.com/", "example.com"),
        ("videogen://files/vg_file_1", "vg_file_1"),
        ("/home/me/what?.png", "what?.png"),
        ("vg_file_1", "vg_file_1"),
        ("/home/me/%ff.png", "%ff.png"),
        ("/home/me/50% off.png", "50% off.png"),
    ],
)
def test_a_file_is_called_as_people_read_its_name(value: str, name: str) -> None:
    assert file_name(value) == name
