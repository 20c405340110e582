"""Pictures from prompts: a scene is read, composed and drawn."""
