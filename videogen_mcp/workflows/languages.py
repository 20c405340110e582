"""Languages as people name them, and the codes of ISO 639 that stand for them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

LANGUAGES = """
aa aar Afar; ab abk Abkhazian; ae ave Avestan; af afr Afrikaans; ak aka Akan; am amh Amharic; an arg Aragonese; ar ara
Arabic, العربية; as asm Assamese; av ava Avaric; ay aym Aymara; az aze Azerbaijani; ba bak Bashkir; be bel Belarusian;
bg bul Bulgarian, Български; bi bis Bislama; bm bam Bambara; bn ben Bangla, Bengali, বাংলা; bo bod,tib Tibetan; br bre
Breton; bs bos Bosnian; ca cat Catalan, Català; ce che Chechen; ch cha Chamorro; co cos Corsican; cr cre Cree; cs
ces,cze Czech, Čeština; cu chu Church Slavic; cv chv Chuvash; cy cym,wel Welsh, Cymraeg; da dan Danish, Dansk; de
deu,ger German, Deutsch; dv div Divehi; dz dzo Dzongkha; ee ewe Ewe; el ell,gre Greek, Ελληνικά; en eng English; eo
epo Esperanto; es spa Spanish, Español, Castilian, Castellano; et est Estonian, Eesti; eu eus,baq Basque, Euskara; fa
fas,per Persian, Farsi, فارسی; ff ful Fula, Fulah; fi fin Finnish, Suomi; fj fij Fijian; fo fao Faroese; fr fra,fre
French, Français; fy fry Western Frisian, Frisian; ga gle Irish, Gaeilge; gd gla Scottish Gaelic, Gaelic; gl glg
Galician, Galego; gn grn Guarani; gu guj Gujarati; gv glv Manx; ha hau Hausa; he heb Hebrew, עברית; hi hin Hindi,
हिन्दी, हिंदी; ho hmo Hiri Motu; hr hrv Croatian, Hrvatski; ht hat Haitian Creole, Haitian Creole; hu hun Hungarian,
Magyar; hy hye,arm Armenian, Հայերեն; hz her Herero; ia ina Interlingua; id ind Indonesian, Bahasa Indonesia; ie ile
Interlingue; ig ibo Igbo; ii iii Sichuan Yi; ik ipk Inupiaq; io ido Ido; is isl,ice Icelandic, Íslenska; it ita
Italian, Italiano; iu iku Inuktitut; ja jpn Japanese, 日本語; jv jav Javanese; ka kat,geo Georgian, ქართული; kg kon
Kongo; ki kik Kikuyu; kj kua Kuanyama; kk kaz Kazakh; kl kal Kalaallisut; km khm Khmer, Cambodian; kn kan Kannada; ko
kor Korean, 한국어; kr kau Kanuri; ks kas Kashmiri; ku kur Kurdish; kv kom Komi; kw cor Cornish; ky kir Kyrgyz, Kirghiz;
la lat Latin; lb ltz Luxembourgish; lg lug Ganda; li lim Limburgish, Limburgan; ln lin Lingala; lo lao Lao; lt lit
Lithuanian, Lietuvių; lu lub Luba-Katanga; lv lav Latvian, Latviešu; mg mlg Malagasy; mh mah Marshallese; mi mri,mao
Māori, Maori; mk mkd,mac Macedonian, Македонски; ml mal Malayalam; mn mon Mongolian; mr mar Marathi; ms msa,may Malay,
Bahasa Melayu; mt mlt Maltese; my mya,bur Burmese, Myanmar; na nau Nauru; nb nob Norwegian Bokmål, Bokmål; nd nde
North Ndebele; ne nep Nepali; ng ndo Ndonga; nl nld,dut Dutch, Nederlands, Flemish; nn nno Norwegian Nynorsk, Nynorsk;
no nor Norwegian, Norsk; nr nbl South Ndebele; nv nav Navajo; ny nya Nyanja, Chichewa; oc oci Occitan; oj oji Ojibwa;
om orm Oromo; or ori Odia, Oriya; os oss Ossetic; pa pan Punjabi, Panjabi; pi pli Pali; pl pol Polish, Polski; ps pus
Pashto, Pushto; pt por Portuguese, Português; qu que Quechua; rm roh Romansh; rn run Rundi; ro ron,rum Romanian,
Română; ru rus Russian, Русский; rw kin Kinyarwanda; sa san Sanskrit; sc srd Sardinian; sd snd Sindhi; se sme Northern
Sami, Sami; sg sag Sango; si sin Sinhala, Sinhalese; sk slk,slo Slovak, Slovenčina; sl slv Slovenian, Slovene,
Slovenščina; sm smo Samoan; sn sna Shona; so som Somali; sq sqi,alb Albanian, Shqip; sr srp Serbian, Српски; ss ssw
Swati; st sot Southern Sotho, Sesotho, Sotho; su sun Sundanese; sv swe Swedish, Svenska; sw swa Swahili, Kiswahili; ta
tam Tamil, தமிழ்; te tel Telugu, తెలుగు; tg tgk Tajik; th tha Thai, ไทย; ti tir Tigrinya; tk tuk Turkmen; tl tgl,fil
Tagalog, Filipino; tn tsn Tswana; to ton Tongan; tr tur Turkish, Türkçe; ts tso Tsonga; tt tat Tatar; tw twi Twi; ty
tah Tahitian; ug uig Uyghur, Uighur; uk ukr Ukrainian, Українська; ur urd Urdu, اردو; uz uzb Uzbek; ve ven Venda; vi
vie Vietnamese, Tiếng Việt; vo vol Volapük; wa wln Walloon; wo wol Wolof; xh xho Xhosa, isiXhosa; yi yid Yiddish; yo
yor Yoruba; za zha Zhuang; zh zho,chi,cmn Chinese, Mandarin, Mandarin Chinese, 中文, 普通话, 汉语; zu zul Zulu, isiZulu
"""
"""Code of ISO 639-1; codes of ISO 639-2 and 639-3; English names and, of the widely spoken ones, their own."""

REGIONS = """
US american america usa us states; GB british britain uk england kingdom; AU australian australia; CA canadian canada;
IN indian india; IE ireland irish; NZ zealand; ZA african; BR brazilian brazil brasil; PT portugal european;
MX mexican mexico; ES spain castilian; AR argentinian argentina; CO colombian colombia; FR france;
CH swiss switzerland; BE belgian belgium; AT austrian austria; DE germany; CN simplified mainland china;
TW traditional taiwanese taiwan
"""
"""Region of ISO 3166; the words beside a language that name it."""

FILLERS = frozenset({"language", "accent", "voice", "the", "south", "new", "united"})
"""Words beside a language that say nothing more."""

LONGEST = 80
"""Characters. No name of a language is as long."""


def tag_of(text: str) -> str | None:
    """Return the BCP-47 tag that a name or code of a language means; None for what names no language, or two.

    "English" and "eng" are "en", "Brazilian Portuguese" is "pt-BR", "en_US.UTF-8" is "en-US".
    """
    if len(text) > LONGEST:
        return None
    plain = _plain(text)
    code, dash, rest = plain.partition(".")[0].replace("_", "-").partition("-")
    if code in _codes() and re.fullmatch(r"[a-z0-9-]*", rest):
        return f"{_codes()[code]}{dash if rest else ''}{rest.upper()}"
    words = re.sub(r"[()\[\],.;:/_-]|latin american?", " ", plain).split()
    for size in range(len(words), 0, -1):
        for begin in range(len(words) - size + 1):
            named = _names().get(" ".join(words[begin : begin + size]))
            if named is not None:
                return _with_region(named, words[:begin] + words[begin + size :])
    return None


def region_of(word: str) -> str | None:
    """Return the region of ISO 3166 that a word like "british" names; None for what names none."""
    return _regions().get(_plain(word))


def _with_region(language: str, others: list[str]) -> str | None:
    regions = {_regions()[word] for word in others if word in _regions()}
    unknown = [word for word in others if word not in _regions() and word not in FILLERS]
    if len(regions) > 1 or any(_names().get(word) != language for word in unknown):
        return None
    return "-".join([language, *regions])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def _rows() -> list[tuple[str, list[str], list[str]]]:
    rows = [row.split(" ", 2) for row in " ".join(LANGUAGES.split()).split("; ")]
    return [(short, codes.split(","), [_plain(name) for name in names.split(", ")]) for short, codes, names in rows]


@cache
def _codes() -> dict[str, str]:
    return {code: short for short, codes, _ in _rows() for code in (short, *codes)}


@cache
def _names() -> dict[str, str]:
    return {name: short for short, _, names in _rows() for name in names}


@cache
def _regions() -> dict[str, str]:
    rows = (row.split() for row in REGIONS.split(";"))
    return {word: region for region, *words in rows for word in words}
