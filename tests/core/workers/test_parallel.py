import os

import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.core.workers import parallel
from braintumornet.core.workers.parallel import GIB, free_memory, map_parallel, plan_workers


@pytest.mark.parametrize(
    ("wanted", "items", "bytes_free", "jobs"),
    [(4, 10, 100 * GIB, 4), (4, 2, 100 * GIB, 2), (4, 10, 3 * GIB, 3), (4, 10, 0, 1), (1, 10, 100 * GIB, 1)],
)
def test_jobs_are_wanted_useful_and_fit(wanted, items, bytes_free, jobs):
    assert plan_workers(wanted, items, GIB, bytes_free).jobs == jobs


def test_fewer_jobs_than_wanted_are_explained():
    assert str(plan_workers(4, 9, GIB, 2 * GIB)).startswith("2 of 4 jobs, because 2.0 GiB are free")
    assert str(plan_workers(4, 9, GIB, 9 * GIB)) == "4 jobs; each holds one case, about 1.0 GiB"


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_keep_the_order_of_the_items(jobs):
    done = []
    assert map_parallel(str, range(20), jobs, done.append) == [str(number) for number in range(20)]
    assert done == list(range(20))


def test_a_process_that_is_killed_is_one_clear_line():
    with pytest.raises(InputError, match="ended by the system, probably out of memory; run again with fewer --jobs"):
        map_parallel(os._exit, [1, 1], jobs=2)


def test_a_container_has_less_memory_than_its_machine(tmp_path, monkeypatch):
    for name, text in (("memory.max", "1000"), ("memory.current", "700"), ("memory.stat", "anon 5\ninactive_file 200")):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(parallel, "CONTAINER", tmp_path)
    assert free_memory() == 500
    (tmp_path / "memory.max").write_text("max")
    assert (free_memory() or 501) > 500


def test_processes_that_are_used_again_work_where_they_are_asked(tmp_path, monkeypatch):
    """A notebook changes its folder, and its relative paths with it."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert map_parallel(os.path.abspath, ["a", "b"], jobs=2) == [str(tmp_path / name / file) for file in "ab"]
