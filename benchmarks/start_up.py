"""How long commands take to start: CPU seconds of a process beyond those of Python itself.

python benchmarks/start_up.py [--rounds 9]
"""

import argparse
import resource
import statistics
import subprocess
import sys

STARTED = {
    "import braintumornet": ["-c", "import braintumornet"],
    "braintumornet.predict": ["-c", "import braintumornet; braintumornet.predict"],
    "btn --help": ["-m", "braintumornet.cli", "--help"],
    "btn train --help": ["-m", "braintumornet.cli", "train", "--help"],
    "btn study --help": ["-m", "braintumornet.cli", "study", "--help"],
}


def cpu_seconds(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    python = statistics.median(cpu_seconds(["-c", "pass"]) for _ in range(rounds))
    print(f"{'CPU seconds beyond Python':<26} {'median':>8} {'least':>8} {'most':>8}    Python itself: {python:.3f}")
    for name, words in STARTED.items():
        times = [cpu_seconds(words) - python for _ in range(rounds)]
        print(f"{name:<26} {statistics.median(times):>8.3f} {min(times):>8.3f} {max(times):>8.3f}")


if __name__ == "__main__":
    main()
