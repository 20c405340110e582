"""How the settings of a drawn scene look: skies, land, towns, water, rooms, space. All of it is SVG text."""
