import time


def test_an_interrupt_ends_the_cell_and_keeps_the_variables(kernel):
    kernel.run("kept = 41")
    run_id = kernel.send("import time\nkept += 1\nprint('begun', flush=True)\ntime.sleep(600)")
    kernel.wait_for_text("begun")
    kernel.manager.interrupt_kernel()
    began = time.monotonic()
    run = kernel.finish(run_id)
    assert time.monotonic() - began < 20
    assert [c["ename"] for c in run.of("error")] == ["KeyboardInterrupt"]
    assert f'File "cell://{run.id}", line ' in run.traceback
    assert kernel.value("kept") == 42
    # The next cell is not told that it was interrupted.
    assert [c["ename"] for c in kernel.run("1 / 0").of("error")] == ["ZeroDivisionError"]


def test_an_error_after_an_interrupt_that_the_cell_catches(kernel):
    # It says so within the try: the interrupt may come before the next line is reached.
    run_id = kernel.send(
        "import time\ntry: print('begun', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: pass\n1 / 0"
    )
    kernel.wait_for_text("begun")
    kernel.manager.interrupt_kernel()
    assert [c["ename"] for c in kernel.finish(run_id).of("error")] == ["ZeroDivisionError"]


def test_an_interrupt_of_an_awaiting_cell(kernel):
    run_id = kernel.send("import asyncio\nprint('begun', flush=True)\nawait asyncio.sleep(600)")
    kernel.wait_for_text("begun")
    kernel.manager.interrupt_kernel()
    run = kernel.finish(run_id)
    assert [c["ename"] for c in run.of("error")] == ["KeyboardInterrupt"]
    assert kernel.value("1 + 1") == 2


def test_an_interrupt_of_nothing_is_nothing(kernel):
    kernel.manager.interrupt_kernel()
    time.sleep(0.3)
    assert kernel.run("print('alive')").text == "alive\n"


def test_cells_after_a_failed_one_are_not_begun(kernel):
    first = kernel.send("import time; time.sleep(1); 1 / 0")
    second = kernel.send("raise SystemError('was begun')")
    assert kernel.finish(first).status == "error"
    assert kernel.finish(second).reply["content"]["status"] == "aborted"


def test_an_interrupt_in_a_flood_leaves_no_gap(kernel):
    run_id = kernel.send("print('begun', flush=True)\nwhile True: print('x' * 50)")
    kernel.wait_for_text("begun")
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    run = kernel.finish(run_id)
    assert run.status == "error"
    numbers = [m["seq"] for m in kernel.replay()]
    assert numbers == list(range(1, len(numbers) + 1))
