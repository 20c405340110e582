"""Music from words: a style, a key, a tempo and a form, played on sampled instruments."""
