"""One exchange for a module of tests; a module that changes its people builds its own."""

from collections.abc import Iterator

import pytest

from tests.api.house import House, build


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = build(tmp_path_factory.mktemp("exchange"))
    yield made
    made.exchange.store.close()
