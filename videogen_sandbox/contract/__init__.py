"""What the API's contract says: request checks, response shapes, errors, limits, catalogue."""
