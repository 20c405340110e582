"""The sandbox: VideoGen's REST contract on this machine, with engines that really make the media."""
