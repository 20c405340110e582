"""Finished videos: from a script, a recording, slides, a storyboard, a prompt or a film to an edited MP4."""
