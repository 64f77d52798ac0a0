#!/usr/bin/env python3
"""Runs all tests on other dates, in other zones, on a busy machine, and again and again.

    scripts/any_day.py            ten dates, a zone at +13:45 with a German locale, then ten times with all cores busy
    scripts/any_day.py --short    the ten dates once, every other one in that zone and locale, every third one with all cores
                                  busy
    scripts/any_day.py --quick    the last of the dates, in that zone and locale

The tests are built once by `cargo test --no-run`; the dates come from the program faketime (Debian: apt-get install
faketime). Prints a line a run, and ends with 1 if a test has failed in any of them.
"""
import argparse, contextlib, json, os, re, shutil, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATES = [
    ("2026-11-30 12:00:00", "a Monday"),
    ("2026-11-29 23:59:30", "a Sunday, just before midnight"),
    ("2028-02-29 03:00:00", "a leap day"),
    ("2026-12-31 23:59:40", "the end of a year"),
    ("2027-01-01 00:00:10", "the beginning of a year"),
    ("2027-03-14 06:59:40", "the change to daylight saving time in the United States"),
    ("2027-03-28 00:59:40", "the change to daylight saving time in Europe"),
    ("2026-10-25 00:59:40", "the change back in Europe"),
    ("2026-11-01 05:59:40", "the change back in the United States"),
    ("2038-01-19 03:13:50", "the end of 32-bit time"),
]
ELSEWHERE = {"TZ": "Pacific/Chatham", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"}


def programs():
    """Every test program and the folder of its package, where cargo runs it."""
    command = ["cargo", "test", "--no-run", "--message-format", "json"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    found = []
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
            found.append((message["executable"], os.path.dirname(message["manifest_path"])))
    return found


def run(title, tests, date=None, more=None):
    environment = {**os.environ, **(more or {})}
    prefix = []
    if date:
        # Only the calendar is another: what is waited for is still waited for.
        environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        prefix = ["faketime", "-f", "@" + date]
    began, passed, failed, names = time.monotonic(), 0, 0, []
    for program, folder in tests:
        done = subprocess.run(prefix + [program], cwd=folder, env=environment, capture_output=True, text=True)
        for ok, bad in re.findall(r"test result: \S+ (\d+) passed; (\d+) failed", done.stdout):
            passed, failed = passed + int(ok), failed + int(bad)
        names += re.findall(r"^test (\S+) \.\.\. FAILED", done.stdout, re.M)
        if done.returncode != 0:
            print(done.stdout[-6000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            if not names:
                names.append(f"{os.path.basename(program)} ended with {done.returncode}")
    seconds = time.monotonic() - began
    print(f"{title:<62} {passed:>4} passed, {failed} failed  {seconds:6.0f} s  {' '.join(names)}", flush=True)
    return not names


@contextlib.contextmanager
def busy(wanted):
    """Keeps all cores busy with something else, if that is wanted."""
    loops = range((os.cpu_count() or 2) if wanted else 0)
    processes = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in loops]
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--short", action="store_true")
    arguments.add_argument("--times", type=int, default=10, help="how often the tests run with all cores busy")
    chosen = arguments.parse_args()
    if not shutil.which("faketime"):
        sys.exit("faketime is not here: apt-get install faketime")
    tests = programs()
    good = []
    if chosen.quick:
        good.append(run("2038-01-19, in Pacific/Chatham, in German", tests, DATES[9][0], ELSEWHERE))
        return 0 if all(good) else 1
    if not chosen.short:
        for date, why in DATES:
            good.append(run(f"{date[:10]}, {why}", tests, date))
        good.append(run("today, in Pacific/Chatham, in German", tests, None, ELSEWHERE))
    if chosen.short:
        for n, (date, why) in enumerate(DATES):
            elsewhere, where = (ELSEWHERE, ", in Chatham, in German") if n % 2 else (None, "")
            with busy(n % 3 == 2):
                good.append(run(f"{date[:10]}, {why}{where}{', busy' if n % 3 == 2 else ''}", tests, date, elsewhere))
        return 0 if all(good) else 1
    with busy(True):
        for n in range(chosen.times):
            good.append(run(f"with all cores busy, {n + 1} of {chosen.times}", tests))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
