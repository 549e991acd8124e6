"""Where the fixtures of all tests come from. `required` is first: it counts what the others really used."""

pytest_plugins = ["tests.real.required", "tests.real.fixtures", "tests.real.pg_fixtures", "tests.fixtures"]
