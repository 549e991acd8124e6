"""`kept`: the spans of one test."""

import pytest

from shared.telemetry import tracing
from tests.shared.telemetry.spans import Kept


@pytest.fixture(scope="session")
def processor() -> Kept:
    kept = Kept()
    tracing.export_to(kept)
    return kept


@pytest.fixture
def kept(processor: Kept) -> Kept:
    processor.spans.clear()
    return processor
