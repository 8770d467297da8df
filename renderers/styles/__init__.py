"""Drawing styles: ink to a scene."""
