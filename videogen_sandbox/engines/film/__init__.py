"""Films: drawn, restyled, moved over stills; read, written and rendered."""
