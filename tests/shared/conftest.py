"""Property tests are judged by what they find, not by how fast a busy machine runs one example."""

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
