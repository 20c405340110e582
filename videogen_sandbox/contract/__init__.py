"""The API's contract: request checks and look-ups, response shapes, errors, rate limits, catalogue."""
