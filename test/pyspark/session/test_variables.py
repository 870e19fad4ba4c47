def facts(kernel, name):
    (one,) = [v for v in kernel.answer("variables")["variables"] if v["name"] == name]
    return one


def test_values_are_described(kernel):
    kernel.run(
        "import math\n"
        "number, text, many = 3, 'a' * 1000, list(range(100_000))\n"
        "nothing = None\n"
        "pairs = {'a': [1, 2], 'b': (3,)}\n"
        "def share(n, of=1, *, by=2): pass\n"
        "class Shelf:\n"
        "    def __repr__(self): raise SystemExit('was run')\n"
        "    @property\n"
        "    def shape(self): raise SystemExit('was run')\n"
        "shelf = Shelf()\n"
        "_hidden = 1\n"
    )
    names = [v["name"] for v in kernel.answer("variables")["variables"]]
    assert names == sorted(names, key=str.lower)
    assert not {"_hidden", "In", "Out", "__medallion__", "get_ipython"} & set(names)
    assert facts(kernel, "number") == {
        "name": "number",
        "type": "int",
        "kind": "value",
        "shape": None,
        "preview": "3",
        "bytes": None,
        "columns": None,
    }
    text = facts(kernel, "text")
    assert (text["shape"], len(text["preview"]), text["bytes"] > 1000) == ("1000", 200, True)
    many = facts(kernel, "many")
    assert many["preview"].startswith("[0, 1, 2,")
    assert len(many["preview"]) <= 200
    assert facts(kernel, "pairs")["preview"] == "{'a': [1, 2], 'b': (3,)}"
    assert (facts(kernel, "share")["kind"], facts(kernel, "share")["preview"]) == ("function", "share(n, of, by)")
    assert (facts(kernel, "math")["kind"], facts(kernel, "math")["preview"]) == ("module", "math")
    assert (facts(kernel, "shelf")["type"], facts(kernel, "shelf")["preview"]) == ("Shelf", "<Shelf>")
    assert facts(kernel, "nothing")["preview"] == "None"


def test_pandas_and_numpy_are_described(kernel):
    kernel.run(
        "import pandas as pd, numpy as np\n"
        "frame = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', None]})\n"
        "series = frame['a']\n"
        "grid = np.zeros((10, 20))"
    )
    frame = facts(kernel, "frame")
    assert (frame["kind"], frame["type"], frame["shape"]) == ("pandas", "pandas.DataFrame", "3 \u00d7 2")
    assert frame["columns"] == [{"name": "a", "type": "int64"}, {"name": "b", "type": "object"}]
    assert frame["bytes"] > 0
    assert facts(kernel, "series")["kind"] == "pandas"
    grid = facts(kernel, "grid")
    assert (grid["shape"], grid["bytes"]) == ("10 \u00d7 20", 1600)


def test_many_variables_are_cut(kernel):
    kernel.run("for i in range(700): globals()[f'v{i:03}'] = i")
    said = kernel.answer("variables")
    assert len(said["variables"]) == 500
    assert said["more"] >= 200
    kernel.run("for i in range(700): del globals()[f'v{i:03}']")


def test_drop(kernel):
    kernel.run("gone = 1\nstays = 2")
    kernel.run("gone")
    assert kernel.answer("drop", name="gone") == {}
    assert kernel.value("'gone' in globals()") is False
    assert kernel.value("stays") == 2
    said = kernel.ask("drop", name="gone")
    assert said == {"ok": False, "error": {"type": "Refused", "message": said["error"]["message"]}}
    assert "gone" in said["error"]["message"]
    assert kernel.ask("drop", name="__medallion__")["ok"] is False


def test_strange_questions_get_an_answer(kernel):
    assert "no question" in kernel.ask("no-such")["error"]["message"]
    assert kernel.ask("drop")["error"]["type"] == "TypeError"
