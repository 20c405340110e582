"""The routes of VideoGen's REST API, one module for each resource, and what stands before them."""
