"""Reads the prompt of a sound effect: which recipes, how they are meant, and in which order.

Keywords only; no language model. Pure functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from videogen_sandbox.engines.sound import nature, signals, things
from videogen_sandbox.engines.sound.dsp import Manner, Recipe


@dataclass(frozen=True)
class Sound:
    """A kind of sound: the words that ask for it (phrases before words), and whether it goes on all the time."""

    recipe: Recipe
    words: str
    steady: bool = False

    @property
    def name(self) -> str:
        """The name of its recipe."""
        return self.recipe.__name__


SOUNDS: tuple[Sound, ...] = (
    Sound(nature.rain, "rain|rainfall|rainstorm|raindrop|rain drop|rainy|raining|drizzle|downpour|shower", steady=True),
    Sound(nature.wind, "wind|windy|breeze|gale|gust|blizzard|hurricane|tornado", steady=True),
    Sound(nature.thunder, "thunder|thunderclap|lightning"),
    Sound(nature.stream, "stream|river|creek|brook|fountain|waterfall|running water|flowing water|water", steady=True),
    Sound(nature.waves, "wave|ocean|sea|surf|beach|shore|seashore", steady=True),
    Sound(nature.drip, "drip|dripping|water drop|droplet|leaky|leaking|cave"),
    Sound(nature.splash, "splash|splashing|dive|diving|plunge"),
    Sound(nature.fire, "fire|campfire|fireplace|bonfire|flame|crackle|crackling|burning|embers", steady=True),
    Sound(nature.birds, "bird|birdsong|chirp|chirping|tweet|songbird|sparrow|robin|canary", steady=True),
    Sound(nature.crickets, "cricket|cicada|summer night|insect", steady=True),
    Sound(nature.heartbeat, "heartbeat|heart|pulse"),
    Sound(nature.applause, "applause|applaud|clap|clapping|ovation"),
    Sound(nature.crowd, "crowd|murmur|chatter|babble|people talking|restaurant|cafe|café|cheer|cheering|stadium|"
          "audience|party|shouting", steady=True),
    Sound(nature.bark, "bark|barking|dog|puppy|woof|hound"),
    Sound(nature.meow, "meow|meowing|cat|kitten"),
    Sound(nature.breath, "breath|breathing|breathe|sigh|snore|snoring", steady=True),
    Sound(things.explosion, "explosion|explode|exploding|blast|bomb|detonation|boom|grenade|cannon"),
    Sound(things.gunshot, "gunshot|gunfire|gun|shooting|rifle|pistol|shotgun"),
    Sound(things.fireworks, "firework|fire work"),
    Sound(things.footsteps, "footstep|foot step|step|walk|walking|walks|running|jogging|footfall|boots|heels"),
    Sound(things.knock, "door knock|knock|knocking|knocks"),
    Sound(things.slam, "door slamming|door slam|car door|slam|slamming|door closing|door close|door shut|door shutting|"
          "closing door|gate|door"),
    Sound(things.creak, "creaky door|creaking door|door creak|door creaking|door opening|door open|creak|creaking|"
          "creaky|squeak|squeaky|squeaking|hinge"),
    Sound(things.glass, "glass|glass breaking|breaking glass|shatter|shattering|smash|smashing|window breaking"),
    Sound(things.metal, "metal|metallic|sword|clang|clank|anvil|hammer|blade|steel"),
    Sound(things.impact, "impact|punch|hit|thud|kick|bump|crash|collision|stomp|thump"),
    Sound(things.whoosh, "whoosh|swoosh|swish|swipe|swing|fly by|flyby|transition|whip"),
    Sound(things.engine, "engine|car|motor|motorcycle|motorbike|truck|vehicle|race|racing|tractor|lawnmower|chainsaw|"
          "scooter|traffic|bus", steady=True),
    Sound(things.helicopter, "helicopter|chopper|rotor", steady=True),
    Sound(things.train, "train|railway|locomotive|subway|tram", steady=True),
    Sound(things.typing, "typing|keyboard|typewriter|key press|keystroke"),
    Sound(things.ticking, "tick|ticking|clock|wristwatch|pocket watch|metronome|stopwatch|tick tock"),
    Sound(things.drums, "drum|drumroll|drum roll|snare|percussion|beat|drumbeat"),
    Sound(signals.bell, "bell|gong|church bell|toll|tolling"),
    Sound(signals.doorbell, "doorbell|door bell|ding dong|ding"),
    Sound(signals.chime, "chime|wind chime|magic|magical|sparkle|sparkling|fairy|twinkle|spell|shimmer|notification|"
          "success"),
    Sound(signals.laser, "laser|blaster|ray gun|raygun|phaser|zap|pew"),
    Sound(signals.siren, "siren|police|ambulance|fire truck|fire engine|air raid"),
    Sound(signals.alarm, "alarm|fire alarm|smoke alarm|alarm clock|car alarm|smoke detector|alert|warning"),
    Sound(signals.beep, "beep|beeping|bleep|tone|countdown|monitor"),
    Sound(signals.buzzer, "buzzer|wrong answer|error|fail|failure|incorrect"),
    Sound(signals.phone, "phone|telephone|phone ringing|ringtone|ringing"),
    Sound(signals.horn, "horn|honk|honking|car horn|hooter"),
    Sound(signals.coin, "coin|arcade|pickup|pick up|collect|cash register"),
    Sound(signals.powerup, "power up|powerup|level up|game win|win|victory|fanfare"),
    Sound(signals.jump, "jump|boing|bounce|bouncing"),
    Sound(signals.click, "click|clicking|button|switch|camera|camera shutter|shutter|snap|mouse click|lock"),
    Sound(signals.pop, "pop|popping|cork|bubble|bubbles|plop"),
    Sound(signals.electricity, "electric|electricity|electrical|spark|sparks|voltage|tesla coil|short circuit"),
    Sound(signals.static, "static|radio|white noise|tv noise|interference", steady=True),
    Sound(signals.riser, "riser|build up|buildup|tension|suspense|suspenseful", steady=True),
    Sound(signals.robot, "robot|computer|android|sci fi computer|beeps and boops"),
    Sound(signals.hum, "hum|humming|fan|fridge|refrigerator|air conditioner|spaceship|space ship|starship|generator|"
          "machine|drone|factory|room tone", steady=True),
)  # fmt: skip

SURROUNDINGS = frozenset(
    {"rain", "wind", "stream", "waves", "fire", "birds", "crickets", "crowd", "hum", "static", "train", "helicopter"}
)
"""Steady sounds that do not stop because something else happens: rain goes on under a knock, an engine may not."""

SCENES = {
    "storm": ("rain", "wind", "thunder"),
    "stormy": ("rain", "wind", "thunder"),
    "thunderstorm": ("rain", "wind", "thunder"),
    "forest": ("birds", "wind"),
    "jungle": ("birds", "crickets"),
    "car crash": ("impact", "metal", "glass"),
    "war": ("explosion", "gunshot"),
    "battle": ("metal", "crowd"),
    "haunted house": ("wind", "creak"),
    "train station": ("train", "crowd"),
}
"""Places and events that stand for several sounds at once."""

FAINT = frozenset({"door", "doors", "gate", "water", "machine", "metal", "car", "party", "restaurant", "cafe"})
"""Words that only count when their clause names nothing else: "knocks on a door" has no slam."""

_ENDING = r"(?:'s|s|es|ed)?"
_WORDS = sorted(
    [(word, (sound,)) for sound in SOUNDS for word in sound.words.split("|")]
    + [(word, tuple(sound for sound in SOUNDS if sound.name in names)) for word, names in SCENES.items()],
    key=lambda entry: -len(entry[0]),
)
_ASKED = re.compile(
    r"\b(?:" + "|".join(re.escape(word).replace(r"\ ", r"[\s-]") + _ENDING for word, _ in _WORDS) + r")\b"
)
_LOOK_UP = dict(_WORDS)
_NOT_WANTED = re.compile(r"\b(?:no|not|without|never|minus)\b[^,.;]*")
_THEN = re.compile(
    r",?\s*\b(?:and\s+then|then|followed\s+by|before|and\s+finally|finally|until|next(?!\s+to))\b\s*|\.\s+|\s*->\s*"
)
_AFTER = re.compile(r"^(.+?)\s+after\s+(.+)$")
_CLAUSE = re.compile(r"[,;]|\s(?:and|with|while|over|plus|as)\s|&|\+")

FORCE = {
    "gentle": 0.15, "gently": 0.15, "soft": 0.2, "softly": 0.2, "light": 0.2, "lightly": 0.2, "quiet": 0.2,
    "calm": 0.15,
    "faint": 0.15, "small": 0.3, "little": 0.3, "tiny": 0.1, "mild": 0.25, "slight": 0.2, "heavy": 0.9, "heavily": 0.9,
    "strong": 0.85, "loud": 0.9, "loudly": 0.9, "big": 0.8, "huge": 1.0, "massive": 1.0, "violent": 1.0,
    "intense": 0.95,
    "powerful": 0.95, "howling": 0.9, "wild": 0.85, "fierce": 0.95, "giant": 1.0, "large": 0.8, "pouring": 0.95,
    "epic": 1.0, "roaring": 0.95,
}  # fmt: skip
PACE = {
    "slow": 0.65, "slowly": 0.65, "lazy": 0.7, "steady": 1.0, "fast": 1.5, "quick": 1.4, "quickly": 1.4, "rapid": 1.7,
    "rapidly": 1.7, "racing": 1.6, "hurried": 1.4, "frantic": 1.8, "nervous": 1.3, "running": 1.2, "brisk": 1.25,
}  # fmt: skip
PITCH = {
    "deep": 0.7, "low": 0.75, "dark": 0.85, "heavy": 0.92, "big": 0.85, "huge": 0.75, "giant": 0.65, "large": 0.85,
    "high": 1.35, "shrill": 1.5, "bright": 1.2, "small": 1.2, "tiny": 1.45, "little": 1.15,
}  # fmt: skip
FAR = frozenset({"distant", "distance", "far", "background", "faraway", "remote", "muffled", "outside", "afar"})
NUMBERS = {
    "single": 1, "one": 1, "once": 1, "twice": 2, "two": 2, "double": 2, "couple": 2, "three": 3, "triple": 3,
    "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip
DISTANCE_STEP = 0.75
"""How far away a sound is when the words say so; 1 would be inaudible."""


@dataclass(frozen=True)
class Cue:
    """One sound of a moment: what, how, and how far away (0 near, 1 beyond hearing)."""

    sound: Sound
    manner: Manner
    distance: float = 0.0


Moment = tuple[Cue, ...]


def read(prompt: str) -> tuple[Moment, ...]:
    """Return the moments of a prompt in order, each with the sounds heard at once. Empty if no recipe fits."""
    text = re.sub(r"\s+", " ", prompt.lower().replace("\u2019", "'")).strip()
    everything = frozenset(re.findall(r"[\w']+", text))
    wanted = _NOT_WANTED.sub(" ", text)
    parts = [part for part in _THEN.split(wanted) if part.strip()]
    ordered: list[str] = []
    for part in parts:
        late = _AFTER.match(part)
        ordered += [late[2], late[1]] if late else [part]
    moments = [tuple(_cues(part, everything)) for part in ordered]
    return tuple(moment for moment in moments if moment)


def _cues(part: str, everything: frozenset[str]) -> list[Cue]:
    """The sounds of one moment; adjectives count for the clause they stand in, each sound is taken once."""
    cues: dict[str, Cue] = {}
    for clause in _CLAUSE.split(part):
        words = re.findall(r"[\w']+", clause)
        manner = replace(_manner(words), words=everything)
        distance = DISTANCE_STEP if not FAR.isdisjoint(words) else 0.0
        named = _ASKED.findall(clause)
        for word in [word for word in named if word not in FAINT] or named:
            for sound in _sounds(word):
                cues.setdefault(sound.name, Cue(sound, manner, distance))
    return list(cues.values())


def _sounds(word: str) -> tuple[Sound, ...]:
    """What a matched word stands for, with or without its ending."""
    plain = re.sub(r"[\s-]", " ", word)
    for ending in ("", "'s", "s", "es", "ed"):
        if plain.endswith(ending) and (stem := plain[: len(plain) - len(ending)]) in _LOOK_UP:
            return _LOOK_UP[stem]
    raise KeyError(word)


def _manner(words: list[str]) -> Manner:
    """What the adjectives and numbers of a clause say."""
    manner = Manner()
    for word in words:
        if word in FORCE:
            manner = replace(manner, force=FORCE[word])
        if word in PACE:
            manner = replace(manner, pace=PACE[word])
        if word in PITCH:
            manner = replace(manner, pitch=PITCH[word])
        if word in NUMBERS or (word.isdecimal() and 0 < int(word) <= 20):
            manner = replace(manner, count=NUMBERS[word] if word in NUMBERS else int(word))
    return manner
