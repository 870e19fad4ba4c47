import json

from medallion_kernel.values import Preview, cell


def test_a_pandas_frame_is_a_table(kernel):
    run = kernel.run(
        "import pandas as pd\n"
        "frame = pd.DataFrame({\n"
        "    'id': [1, 2**60, 3],\n"
        "    'name': ['<b>bold</b>', None, 'x' * 3000],\n"
        "    'price': [1.5, float('nan'), float('inf')],\n"
        "    'at': pd.to_datetime(['2026-01-01 08:00', None, '2026-01-02 00:00']),\n"
        "})\n"
        "frame"
    )
    table = run.table
    assert (table["name"], table["more"], table["rowCount"]) == ("frame", False, 3)
    assert table["columns"] == [
        {"name": "id", "type": "int64"},
        {"name": "name", "type": "object"},
        {"name": "price", "type": "float64"},
        {"name": "at", "type": "datetime64[ns]"},
    ]
    assert table["rows"][0] == [1, "<b>bold</b>", 1.5, "2026-01-01T08:00:00"]
    assert table["rows"][1] == [str(2**60), None, "NaN", None]
    assert table["rows"][2][1:3] == ["x" * 2000, "Infinity"]
    (data,) = run.results
    assert "<b>bold" not in data["text/html"]
    assert "&lt;b&gt;bold" in data["text/html"]
    assert "id" in data["text/plain"]


def test_a_large_pandas_frame_shows_its_first_rows(kernel):
    run = kernel.run("import pandas as pd\nbig = pd.DataFrame({'n': range(100_000)})\nbig")
    assert (len(run.table["rows"]), run.table["more"], run.table["rowCount"]) == (200, True, 100_000)
    (data,) = run.results
    assert data["text/plain"].count("\n") == 22


def test_what_a_cell_ends_with_has_the_name_that_ipython_gives_it(kernel):
    name = kernel.run("import pandas as pd\npd.DataFrame({'n': [1, 2, 3]})").table["name"]
    assert name.startswith("_")
    assert kernel.run(f"print({name}['n'].sum())").text == "6\n"
    assert kernel.run("display(pd.DataFrame({'n': [1]}))").table["name"] is None


def test_indexes_are_columns(kernel):
    run = kernel.run("import pandas as pd\npd.DataFrame({'n': [1, 2]}, index=['a', 'b'])")
    assert run.table["columns"][0] == {"name": "index", "type": "object"}
    assert run.table["rows"] == [["a", 1], ["b", 2]]
    run = kernel.run("pd.DataFrame({'n': [1, 2], 'k': [1, 1]}).groupby(['k', 'n'])['n'].agg(['sum', 'max'])")
    assert [c["name"] for c in run.table["columns"]] == ["k", "n", "sum", "max"]
    run = kernel.run("pd.DataFrame([[1, 2]], columns=['a', 'a'])")
    assert run.table["rows"] == [[1, 2]]
    assert kernel.run("pd.DataFrame()").table["rows"] == []


def test_a_table_of_long_texts_is_cut(kernel):
    run = kernel.run("pd.DataFrame({f'c{i}': ['x' * 2000] * 200 for i in range(20)})")
    table = run.table
    assert 0 < len(table["rows"]) < 200
    assert table["more"] is True
    assert len(json.dumps(table)) < 3_000_000


def test_display_shows_it_too(kernel):
    run = kernel.run("from IPython.display import display\ndisplay(pd.DataFrame({'n': [1]}))\nprint('after')")
    assert run.table["rows"] == [[1]]
    assert [m["msg_type"] for m in run.messages][2:4] == ["display_data", "stream"]


def test_cells():
    import datetime
    import decimal

    utc = datetime.timezone.utc
    assert cell(2**53) == 2**53
    assert cell(2**53 + 1) == "9007199254740993"
    assert cell(True) is True
    assert cell(decimal.Decimal("1E+3")) == "1000"
    assert cell(decimal.Decimal("0.10")) == "0.10"
    assert cell(datetime.datetime(2026, 1, 1, 8, tzinfo=utc)) == "2026-01-01T08:00:00Z"
    assert cell(datetime.datetime(2026, 1, 1, 8, 0, 0, 5)) == "2026-01-01T08:00:00.000005"
    assert cell(datetime.date(2026, 1, 1)) == "2026-01-01"
    assert cell(b"\x00\xff") == "00ff"
    assert cell([1, None, {"a": 2**60}]) == '[1, null, {"a": 1152921504606846976}]'
    assert cell([float("nan"), decimal.Decimal("1.10")]) == '["NaN", "1.10"]'
    assert cell(object()) == "<object>"


def test_previews_end():
    endless = []
    endless.append(endless)
    assert len(Preview().of(endless)) < 200
    deep = 0
    for _ in range(10_000):
        deep = [deep]
    assert len(Preview().of(deep)) < 200
    assert Preview().of(10**5000).startswith("<an integer")
    assert Preview().of((1,)) == "(1,)"
    assert Preview().of({1: {2: {3: {4: {5: 6}}}}}) == "{1: {2: {3: {4: {…}}}}}"


def test_figures_are_shown_at_the_end_of_the_cell(kernel):
    if not kernel.value("__import__('importlib.util').util.find_spec('matplotlib') is not None"):
        import os

        import pytest

        if os.environ.get("MEDALLION_REQUIRE_ALL"):
            pytest.fail("matplotlib is not installed")
        pytest.skip("matplotlib is not installed")
    assert kernel.value("'matplotlib' in __import__('sys').modules") is False
    run = kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.title('Orders')\nprint('drawn')")
    pictures = [data for data in run.of("display_data") if "image/png" in data["data"]]
    assert len(pictures) == 1
    assert run.text == "drawn\n"
    assert not kernel.run("1 + 1").of("display_data")
