"""Local files in and out: which may be touched, how they reach VideoGen, how results are saved."""
