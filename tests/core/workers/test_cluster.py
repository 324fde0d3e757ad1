"""Work on a Ray cluster."""

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.workers.cluster import Cluster, Share, connect


def test_results_keep_the_order_of_the_items(cluster: Cluster) -> None:
    done: list[int] = []
    assert cluster.map(str, range(5), done.append) == ["0", "1", "2", "3", "4"]
    assert done == [0, 1, 2, 3, 4]


def test_a_relative_path_means_the_callers_file(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cluster.map(os.path.abspath, ["a"]) == [str(tmp_path / "a")]


def test_a_machine_that_lacks_the_files_says_so(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "cwd", lambda: tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"cannot enter .*elsewhere: No such file.*must see the same files"):
        cluster.map(abs, [1])


def test_a_machine_that_lacks_a_module_says_so(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("only_here")
    exec("def one(item): return 1", module.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", module)
    with pytest.raises(InputError, match="cannot read its work: .*No module named 'only_here'; all need the same"):
        cluster.map(module.one, [1])


def test_an_error_is_the_one_that_the_function_raised(cluster: Cluster) -> None:
    with pytest.raises(FileNotFoundError, match="'nowhere'"):
        cluster.map(os.listdir, ["nowhere"])


def test_work_that_ends_its_process_is_tried_again_and_then_given_up(cluster: Cluster) -> None:
    with pytest.raises(InputError, match="Ray lost a piece of work 4 times"):
        cluster.map(os._exit, [1])


def test_work_sees_the_gpus_that_it_was_given_and_no_others(cluster: Cluster) -> None:
    seen = [cluster.result(cluster.submit(Share(1, gpus), os.getenv, "CUDA_VISIBLE_DEVICES")) for gpus in (0, 0.5)]
    assert seen == ["", "0"]


def test_a_process_with_a_gpu_lives_on_only_where_it_is_to_be_kept(cluster: Cluster) -> None:
    kept, new = (
        [cluster.result(cluster.submit(Share(1, 1), os.getpid, keep=keep)) for _ in range(2)] for keep in (True, False)
    )
    assert kept[0] == kept[1]
    assert new[0] != new[1]


def test_the_first_that_is_done_is_found(cluster: Cluster) -> None:
    tickets = [cluster.submit(Share(), abs, number) for number in (-1, -2)]
    assert cluster.result(cluster.first(tickets)) in (1, 2)


def test_what_no_machine_has_is_refused_instead_of_waited_for(cluster: Cluster) -> None:
    with pytest.raises(
        UsageError, match=r"no machine of the cluster has 3 cpus, the largest has 2 cpus and 1 gpu; .* --gpus"
    ):
        cluster.require(Share(3))


def test_a_cluster_says_what_it_has(cluster: Cluster) -> None:
    assert str(cluster) == "Ray cluster of 1 machine: 2 cpus and 1 gpu"


def test_where_no_cluster_answers_it_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'braintumornet[ray]'")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with (
        pytest.raises(UsageError, match=r"cannot use the Ray cluster '127.0.0.2:9': .*refused; see that it runs"),
        connect("127.0.0.2:9"),
    ):
        pass


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'braintumornet\[ray\]'"), connect():
        pass
