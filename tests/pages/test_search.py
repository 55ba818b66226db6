"""The list of people that were found: by the state of their accounts, and as a file."""

import csv
import io

import pytest

from tests.pages.test_administration import administrator

HERE = "/administration/people"


@pytest.mark.anyio
async def test_people_are_filtered_by_state_and_exported_as_found(visit, site):
    visitor = await administrator(visit)
    site.add("formel", "=cmd Svensson")
    found = (await visitor.http.get(f"{HERE}?words=svensson&format=csv")).text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(found), delimiter=";"))
    assert {row["login"] for row in rows} == {"annsve", "formel"}
    assert any(row["name"].startswith("'=") for row in rows)
    assert "Anna Svensson" in (await visitor.goto(f"{HERE}?words=annsve&state=active")).text
    assert "Anna Svensson" not in (await visitor.goto(f"{HERE}?words=annsve&state=disabled")).text
    for odd in ("state=x", "page=0", "page=x", "format=x"):
        assert (await visitor.goto(f"{HERE}?words=a&{odd}")).status_code == 200
