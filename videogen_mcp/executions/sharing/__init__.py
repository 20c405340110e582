"""What the pollers of one account share between processes: who polls, what was seen, and the hour's budget."""
