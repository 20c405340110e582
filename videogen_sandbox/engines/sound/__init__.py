"""Sound effects, synthesised from recipes."""
