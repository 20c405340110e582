"""The VideoGen REST API as typed async calls. Start in `client.py`."""
