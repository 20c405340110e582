"""VideoGen's REST API on your own machine, with engines that really make the media. See README.md."""

__version__ = "0.2.0"
