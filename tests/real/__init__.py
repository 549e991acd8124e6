"""Real servers for the tests: what users run is what the tests run on, never a stand-in."""
