LINES = 200_000


def seqs(messages):
    return [m["metadata"]["medallion"]["seq"] for m in messages if m["msg_type"] != "iopub_welcome"]


def test_each_message_has_the_next_number(kernel):
    before = kernel.control("state")["last"]
    kernel.drain()
    run = kernel.run(
        "from IPython.display import display, clear_output\n"
        "import sys\n"
        "print('out'); print('err', file=sys.stderr)\n"
        "handle = display('a', display_id=True); handle.update('b'); clear_output()\n"
        "1 + 1"
    )
    rest = kernel.drain()
    numbers = seqs([*run.messages, *rest])
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    # The state's own idle status was said after its reply.
    assert numbers[0] == before + 2
    kinds = {m["msg_type"] for m in run.messages}
    assert kinds == {
        "status",
        "execute_input",
        "stream",
        "display_data",
        "update_display_data",
        "clear_output",
        "execute_result",
    }
    # Of the reply's run nothing is missing but its end.
    assert run.reply["metadata"]["medallion"]["last"] == numbers[-1] - 1


def test_a_flood_is_told_once_and_in_order_and_replayed_as_it_was(kernel):
    run = kernel.run(f"for i in range({LINES}): print('line', i)")
    numbers = seqs(run.messages)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    expected = "".join(f"line {i}\n" for i in range(LINES))
    assert run.text == expected
    replayed = [m for m in kernel.replay(max_bytes=300_000) if m["parent"] == run.id]
    assert "".join(m["content"]["text"] for m in replayed if m["type"] == "stream") == expected
    assert [m["seq"] for m in replayed] == numbers
    for told, kept in zip(run.messages, replayed, strict=True):
        assert (told["msg_type"], told["content"], told["metadata"]) == (
            kept["type"],
            kept["content"],
            kept["metadata"],
        )


def test_what_a_client_missed_in_a_flood_of_messages_is_in_the_journal(kernel):
    """More messages than sockets hold: what is dropped on the way can be had."""
    run_id = kernel.send("for i in range(6_000): print(i, flush=True)")
    # Nobody reads what it says meanwhile.
    assert kernel.client.get_shell_msg(timeout=120)["parent_header"]["msg_id"] == run_id
    kernel.drain()
    replayed = kernel.replay()
    numbers = [m["seq"] for m in replayed]
    assert numbers == list(range(1, len(numbers) + 1))
    said = [m["content"]["text"] for m in replayed if m["parent"] == run_id and m["type"] == "stream"]
    assert "".join(said).split() == [str(i) for i in range(6_000)]


def test_replay_and_state_are_answered_while_a_cell_runs(kernel):
    before = kernel.control("state")["last"]
    run_id = kernel.send("import time\nprint('begun', flush=True)\nwhile not globals().get('go'): time.sleep(0.01)")
    kernel.wait_for_text("begun")
    state = kernel.control("state", timeout=5)
    assert (state["status"], state["busy"], state["silent"]) == ("ok", run_id, False)
    assert (state["applicationId"], state["ui"], state["sparkError"]) == (None, None, None)
    assert state["memory"]["rssBytes"] > 10_000_000
    said = [m for m in kernel.control("replay", timeout=5, after=before)["messages"] if m["parent"] == run_id]
    assert [m["type"] for m in said] == ["status", "execute_input", "stream"]
    kernel.manager.interrupt_kernel()
    run = kernel.finish(run_id)
    assert run.status == "error"
    after = kernel.control("state")
    assert after["busy"] is None
    assert after["incarnation"] == state["incarnation"]
    assert after["last"] > state["last"]


def test_a_replay_is_cut_where_it_gets_too_large(kernel):
    kernel.run("for i in range(3): print('x' * 1000, flush=True)")
    part = kernel.control("replay", after=0, maxBytes=1)
    assert len(part["messages"]) == 1
    assert (part["first"], part["more"]) == (1, True)
    last = kernel.control("state")["last"]
    assert kernel.control("replay", after=last + 10_000)["messages"] == []


def test_threads_and_forks_are_numbered_too(kernel):
    run = kernel.run(
        "import os, threading\n"
        "def speak(n):\n"
        "    for i in range(200): print(f'thread {n} {i}', flush=True)\n"
        "threads = [threading.Thread(target=speak, args=(n,)) for n in range(4)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    print('from the child', flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "import time; time.sleep(0.5)\n"
        "print('end')"
    )
    messages = [*run.messages, *kernel.drain()]
    numbers = seqs(messages)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert run.text.count("thread") == 800
    assert "from the child" in run.text


def test_begin_is_done_once(kernel):
    before = kernel.control("state")
    assert kernel.run(kernel.begin_code, silent=True).status == "ok"
    after = kernel.control("state")
    assert after["incarnation"] == before["incarnation"]
    numbers = [m["seq"] for m in kernel.replay()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_names_survive_a_reset(kernel):
    assert kernel.run("x = 1\n%reset -f").status == "ok"
    assert kernel.value("'x' in globals()") is False
    assert kernel.answer("variables")["variables"] == []
    assert "__medallion__" not in kernel.run("%who").text
