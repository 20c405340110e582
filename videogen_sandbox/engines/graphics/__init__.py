"""Motion graphics: titles, lower thirds, charts, counters, lists and logos that move in and out."""
