import json
from pathlib import Path

import pytest

from medallion_kernel.sql_text import lake_tables, statements

#: What the editor's tests read, too: the two must agree.
SHARED = json.loads((Path(__file__).parents[2] / "fixtures" / "session" / "statements.json").read_text())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1", [("select 1", 0)]),
        ("select 1;", [("select 1", 0)]),
        ("select 1;\n\nselect 2 ;\n", [("select 1", 0), ("select 2", 2)]),
        ("", []),
        (";;\n ; ", []),
        ("-- only; a comment\n/* and; another */", []),
        ("select ';' as a; select \";\"", [("select ';' as a", 0), ('select ";"', 0)]),
        (r"select 'it\'s; one'; select 2", [(r"select 'it\'s; one'", 0), ("select 2", 0)]),
        ("select 'it''s; one'", [("select 'it''s; one'", 0)]),
        ("select `a;b` from t; select 2", [("select `a;b` from t", 0), ("select 2", 0)]),
        ("select 1 -- no; end\n+ 1; select 2", [("select 1 -- no; end\n+ 1", 0), ("select 2", 1)]),
        ("/* a /* nested; */ b; */ select 1", [("select 1", 0)]),
        ("select 1 /* in; side */ + 1;\nselect 2", [("select 1 /* in; side */ + 1", 0), ("select 2", 1)]),
        ("select r'\\'; select 2", [("select r'\\'", 0), ("select 2", 0)]),
        ("select myr'\\'; x'", [("select myr'\\'; x'", 0)]),
        ("select '", [("select '", 0)]),
        ("select 'a;\nb'", [("select 'a;\nb'", 0)]),
        ("-- why\n\nselect 1", [("select 1", 2)]),
        ("BEGIN\n  SELECT 1;\n  SELECT 2;\nEND", [("BEGIN\n  SELECT 1;\n  SELECT 2;\nEND", 0)]),
        ("select a -- it's\n; select 2", [("select a -- it's", 0), ("select 2", 1)]),
    ],
)
def test_statements(text, expected):
    assert statements(text) == expected


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case["text"])
def test_statements_are_those_of_the_editor(case):
    assert [statement for statement, _ in statements(case["text"])] == case["statements"]


def test_no_character_is_lost():
    text = "select 'a;b' ; /* c; */ select 2 -- d;\n; select `e;f`"
    assert "".join(s for s, _ in statements(text)).replace(" ", "") == "select'a;b'select2--d;select`e;f`".replace(
        " ", ""
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from bronze.orders", [("bronze", "orders")]),
        ("SELECT * FROM Silver . allorders s join gold.`ab` g, gold.`a b`", [("silver", "allorders"), ("gold", "ab")]),
        ("select `bronze`.`orders`.id from `bronze`.orders", [("bronze", "orders")]),
        ("select 'bronze.orders' -- gold.x\n from silver.x /* gold.y */", [("silver", "x")]),
        ("select * from other.bronze.orders, mybronze.x, delta.`/data/gold/x`", []),
        ("select $$ gold.x $$, a -- gold.y \\\n gold.z\n from silver.x", [("silver", "x")]),
        ("select 1", []),
    ],
)
def test_tables_of_the_lake(text, expected):
    assert lake_tables(text) == expected
