import pytest


def frames(text):
    """(file, line) of the lines that the client reads."""
    found = []
    for line in text.splitlines():
        if line.startswith('  File "'):
            file, rest = line[8:].split('"', 1)
            found.append((file, int(rest.split("line ", 1)[1].split(",")[0])))
    return found


def test_an_error_names_the_line_of_its_cell(kernel):
    run = kernel.run("x = 1\n\n\nraise ValueError('no such shelf')")
    assert run.status == "error"
    assert frames(run.traceback) == [(f"cell://{run.id}", 4)]
    assert run.traceback.splitlines() == [
        "Traceback (most recent call last):",
        f'  File "cell://{run.id}", line 4, in <module>',
        "    raise ValueError('no such shelf')",
        "ValueError: no such shelf",
    ]


def test_blank_lines_at_the_beginning_count(kernel):
    run = kernel.run("\n\n  \nx = 1\n1 / 0\n")
    assert frames(run.traceback) == [(f"cell://{run.id}", 5)]
    assert "    1 / 0" in run.traceback
    assert frames(kernel.run("\n\n%pwd\n1 / 0").traceback)[0][1] == 4


def test_a_function_of_an_earlier_cell_names_that_one(kernel):
    first = kernel.run("\ndef share(n):\n    return 1 / n")
    second = kernel.run("share(2)\nshare(0)")
    assert frames(second.traceback) == [(f"cell://{second.id}", 2), (f"cell://{first.id}", 3)]
    assert "    return 1 / n" in second.traceback
    # The same code once more is another run.
    again = kernel.run("share(2)\nshare(0)")
    assert frames(again.traceback)[0] == (f"cell://{again.id}", 2)
    assert again.id != second.id


@pytest.mark.parametrize(
    ("code", "line", "kind"),
    [
        ("x = 1\nif x\n  pass", 2, "SyntaxError"),
        ("\n\nx = (1,\n", 3, "SyntaxError"),
        ("if True:\nx = 1", 2, "IndentationError"),
        ("x = 1\nreturn x", 2, "SyntaxError"),
        ("x = 1\n\nif x:\n    break", 4, "SyntaxError"),
    ],
)
def test_a_syntax_error_names_its_line(kernel, code, line, kind):
    run = kernel.run(code)
    assert run.status == "error"
    assert frames(run.traceback) == [(f"cell://{run.id}", line)]
    assert run.traceback.splitlines()[-1].startswith(f"{kind}: ")


def test_causes_and_contexts_are_told(kernel):
    run = kernel.run(
        "def read():\n"
        "    try:\n"
        "        return {}['shelf']\n"
        "    except KeyError as error:\n"
        "        raise ValueError('no shelf') from error\n"
        "try:\n"
        "    read()\n"
        "except ValueError:\n"
        "    int('x')"
    )
    text = run.traceback
    assert "The above exception was the direct cause of the following exception:" in text
    assert "During handling of the above exception, another exception occurred:" in text
    assert [line for file, line in frames(text) if file == f"cell://{run.id}"] == [3, 7, 5, 9]
    assert "IPython" not in text
    assert "medallion_kernel" not in text


def test_library_frames_below_the_cell_are_kept(kernel):
    run = kernel.run("import json\njson.loads('{')")
    files = [file for file, _ in frames(run.traceback)]
    assert files[0] == f"cell://{run.id}"
    assert all("json" in file for file in files[1:])
    assert files[1:]


def test_an_error_of_what_displays_a_value_has_the_line_that_shows_it(kernel):
    run = kernel.run("class Shelf:\n    def _repr_html_(self):\n        return 1 / 0\nshelf = Shelf()\n\nshelf")
    assert frames(run.traceback)[-1] == (f"cell://{run.id}", 3)
    kernel.run("class Odd:\n    _repr_mimebundle_ = lambda self, **_: int('x')")
    run = kernel.run("\nfrom IPython.display import display\ndisplay(Odd())")
    assert frames(run.traceback)[0] == (f"cell://{run.id}", 3)


def test_exception_groups_are_errors_of_their_own(kernel):
    if not kernel.value("hasattr(__builtins__, 'ExceptionGroup') or __import__('sys').version_info >= (3, 11)"):
        pytest.skip("needs Python 3.11")
    run = kernel.run("def f():\n    raise ExceptionGroup('both', [ValueError('a'), KeyError('b')])\nf()")
    assert run.status == "error"
    assert "Exception Group Traceback (most recent call last):" in run.traceback
    assert f'File "cell://{run.id}", line 2, in f' in run.traceback
    assert [c["ename"] for c in run.of("error")] == ["ExceptionGroup"]


def test_the_body_of_a_timed_cell(kernel):
    run = kernel.run("%%time\nx = 1\n1 / 0")
    assert (f"cell://{run.id}", 3) in frames(run.traceback)


def test_async_cells_fail_in_the_same_words(kernel):
    run = kernel.run("import asyncio\nawait asyncio.sleep(0)\n1 / 0")
    assert frames(run.traceback) == [(f"cell://{run.id}", 3)]


def test_code_that_is_run_by_code_keeps_its_own_name(kernel):
    run = kernel.run("get_ipython().run_cell('1 / 0')\nx = 1")
    assert frames(run.traceback)[0] == (f"cell://{run.id}", 1)
    assert all(line == 1 for _, line in frames(run.traceback) if _ == f"cell://{run.id}")


def test_memory_errors_say_what_to_do(kernel):
    run = kernel.run("raise MemoryError()")
    (error,) = run.of("error")
    assert error["ename"] == "ResultTooLarge"
    assert "aggregate" in error["evalue"]
    assert frames(run.traceback) == [(f"cell://{run.id}", 1)]


def test_jupyter_clients_still_get_their_traceback(kernel):
    (error,) = kernel.run("1 / 0").of("error")
    assert (error["ename"], error["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert "ZeroDivisionError" in "".join(error["traceback"])


def test_a_script_may_end_itself(kernel):
    for code in ("import sys\nprint('done')\nsys.exit()", "print('done')\nsys.exit(0)\nprint('never')"):
        run = kernel.run(code)
        assert (run.status, run.text, run.errors, run.of("error")) == ("ok", "done\n", "", [])
    run = kernel.run("\nsys.exit('no shelf')")
    assert run.status == "error"
    assert [(c["ename"], c["evalue"]) for c in run.of("error")] == [("SystemExit", "no shelf")]
    assert frames(run.traceback) == [(f"cell://{run.id}", 2)]
    assert run.errors == ""


def test_sql_without_spark_is_an_error_of_the_cell(kernel):
    run = kernel.run("%%sql\nselect 1")
    assert [c["ename"] for c in run.of("error")] == ["SparkEnded"]
    assert frames(run.traceback)[0] == (f"cell://{run.id}", 1)


def test_an_error_without_words_is_an_error_all_the_same(kernel):
    run = kernel.run("class Mute(Exception):\n    def __str__(self): raise KeyError('no words')\nraise Mute")
    assert run.status == "error"
    assert kernel.value("1 + 1") == 2
