"""The routes of the REST API by resource, uploads and media, and what stands between them and HTTP."""
