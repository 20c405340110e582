"""What an API key looks like: VideoGen's own, and those of other services that are put in its place by mistake."""

from __future__ import annotations

import re

OWN = re.compile(r"(?:sk_videogen_|vg_key_)\S+|eyJ[\w-]+\.[\w-]+\.[\w-]+")
"""VideoGen's: today's, that of the seed era, and an OAuth access token (contract notes, section 1). It promises none of
these shapes, so a key of another shape is used all the same."""

FOREIGN: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (whose, re.compile(shape))
    for whose, shape in (
        ("a key of Anthropic", r"sk-ant-.+"),
        ("a key of OpenRouter", r"sk-or-.+"),
        ("a key of OpenAI", r"sk-(?:proj|svcacct|admin|None)-.+|sk-[\w-]{20,}"),
        ("a key of Google", r"AIza[\w-]{20,}|ya29\..+|GOCSPX-.+"),
        ("a key of ElevenLabs", r"sk_[0-9a-f]{40,}"),
        ("a key of HeyGen", r"(?:sk_V2_)?hgu_.+|sk_V2_.+"),
        ("a key of Stripe", r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{20,}"),
        ("a token of GitHub", r"gh[opsur]_[A-Za-z0-9]{20,}|github_pat_.+"),
        ("a token of GitLab", r"glpat-.+"),
        ("a key of AWS", r"(?:AKIA|ASIA)[A-Z0-9]{16}"),
        ("a token of Hugging Face", r"hf_[A-Za-z0-9]{20,}"),
        ("a token of Replicate", r"r8_[A-Za-z0-9]{20,}"),
        ("a key of Groq", r"gsk_[A-Za-z0-9]{20,}"),
        ("a key of xAI", r"xai-.+"),
        ("a key of Perplexity", r"pplx-.+"),
        ("a key of Runway", r"key_[0-9a-f]{64,}"),
        ("a key of Luma", r"luma-.+"),
        ("a key of fal", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{32}"),
        ("a token of Slack", r"xox[abeprs]-.+"),
        ("a token of npm", r"npm_[A-Za-z0-9]{30,}"),
        ("a token of PyPI", r"pypi-.+"),
        ("a key of SendGrid", r"SG\.[\w-]{10,}\..+"),
        ("a signing secret of webhooks", r"whsec_.+"),
        ("an id", r"vg_(?!key_)[a-z]{4}_\w+"),
        ("an address", r"https?://.+"),
    )
)
"""What is certainly no key of VideoGen, by beginnings that the services document or that secret scanners go by; the
first that fits counts."""

LIKE_A_KEY = re.compile(r"[\w.+~-]{16,}")
"""What may be a key, in a text: all of them are longer than most words."""


def foreign(key: str) -> str | None:
    """Return what a key is that is certainly none of VideoGen ("a key of OpenAI"); None where it may be one."""
    return next((whose for whose, shape in FOREIGN if shape.fullmatch(key)), None)


def hidden(text: str) -> str:
    """Return the text with an ellipsis in the place of each key in it: of VideoGen or of another service."""
    return LIKE_A_KEY.sub(lambda word: "…" if is_familiar(word[0]) or foreign(word[0]) else word[0], text)


def is_familiar(key: str) -> bool:
    """Return whether a key has one of the shapes that VideoGen's are known to have."""
    return OWN.fullmatch(key) is not None
