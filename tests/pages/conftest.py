"""The sample municipality, and visitors to it."""

import pytest

from tests.support.form_reader import Visitor
from tests.support.sample_site import OUTSIDE, SampleSite, make_site, populate


@pytest.fixture
def site(tmp_path) -> SampleSite:
    built = make_site(tmp_path)
    populate(built)
    return built


@pytest.fixture
def visit(site):
    """Return a function that opens one more browser."""

    def opened(address: str = OUTSIDE, language: str = "en") -> Visitor:
        return Visitor(site, address, language)

    return opened


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
