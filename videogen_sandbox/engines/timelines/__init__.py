"""Timelines of projects for editing programs: OTIO, Premiere (FCP7) XML, FCPXML, SRT, alone or in a zip with media."""
