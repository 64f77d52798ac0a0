#!/usr/bin/env python3
"""Runs all tests on other dates, in other zones, on a busy machine, and again and again.

    scripts/any_day.py            ten dates, a zone at +13:45 with a German locale, then ten times with all cores busy
    scripts/any_day.py --short    the ten dates once, some in that zone and locale, every third one with all cores busy
    scripts/any_day.py --quick    the last of the dates, in that zone and locale
    scripts/any_day.py --from N   leaves out the first N of the runs

The tests are built once by `cargo test --no-run`; the dates come from the program faketime (Debian: apt-get install
faketime). A change of daylight saving time comes half a minute after the start, in a zone that has it. Prints a line a run,
and ends with 1 if a test has failed in any of them, or none has run.
"""
import argparse, contextlib, datetime, json, os, re, shutil, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# In UTC.
DATES = [
    ("2026-11-30 12:00:00", "a Monday"),
    ("2026-11-29 23:59:30", "a Sunday, just before midnight"),
    ("2028-02-29 03:00:00", "a leap day"),
    ("2026-12-31 23:59:40", "the end of a year"),
    ("2027-01-01 00:00:10", "the beginning of a year"),
    ("2027-03-14 06:59:30", "the change to daylight saving time in New York"),
    ("2027-03-28 00:59:30", "the change to daylight saving time in Berlin"),
    ("2026-10-25 00:59:30", "the change back in Berlin"),
    ("2026-11-01 05:59:30", "the change back in New York"),
    ("2038-01-19 03:13:50", "the end of 32-bit time"),
]
ZONES = {"New York": "America/New_York", "Berlin": "Europe/Berlin"}
ELSEWHERE = {"TZ": "Pacific/Chatham", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"}


def zone_of(why):
    """The zone that a change of daylight saving time is in."""
    return next(({"TZ": zone} for city, zone in ZONES.items() if why.endswith(city)), None)


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


def faked(date):
    """What makes a program begin at a date; as an offset, since an hour that comes twice could be either of the two."""
    if not date:
        return []
    start = datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.timezone.utc).timestamp()
    return ["faketime", "-f", f"{start - time.time():+.0f}s"]


def run(title, tests, date=None, more=None):
    environment = {**os.environ, **(more or {})}
    if date:
        # Only the calendar is another: what is waited for is still waited for.
        environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    began, passed, failed, names = time.monotonic(), 0, 0, []
    for program, folder in tests:
        done = subprocess.run([*faked(date), program], cwd=folder, env=environment, capture_output=True, text=True)
        for ok, bad in re.findall(r"test result: \S+ (\d+) passed; (\d+) failed", done.stdout):
            passed, failed = passed + int(ok), failed + int(bad)
        names += re.findall(r"^test (\S+) \.\.\. FAILED", done.stdout, re.M)
        if done.returncode != 0:
            print(done.stdout[-6000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            if not names:
                names.append(f"{os.path.basename(program)} ended with {done.returncode}")
    seconds = time.monotonic() - began
    if not passed:
        names.append("no test has run")
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
    arguments.add_argument("--from", type=int, default=0, dest="skip", metavar="N", help="how many runs are left out")
    arguments.add_argument("--times", type=int, default=10, help="how often the tests run with all cores busy")
    chosen = arguments.parse_args()
    if not shutil.which("faketime"):
        sys.exit("faketime is not here: apt-get install faketime")
    tests = programs()
    runs = []
    if chosen.quick:
        runs.append(("2038-01-19, in Pacific/Chatham, in German", DATES[9][0], ELSEWHERE, False))
    for n, (date, why) in enumerate([] if chosen.quick else DATES):
        elsewhere = zone_of(why) or (ELSEWHERE if chosen.short and n % 2 else None)
        where = ", in Chatham, in German" if elsewhere is ELSEWHERE else ""
        loaded = chosen.short and n % 3 == 2
        runs.append((f"{date[:10]}, {why}{where}{', busy' if loaded else ''}", date, elsewhere, loaded))
    if not chosen.quick and not chosen.short:
        runs.append(("today, in Pacific/Chatham, in German", None, ELSEWHERE, False))
        runs += [(f"with all cores busy, {n + 1} of {chosen.times}", None, None, True) for n in range(chosen.times)]
    good = []
    for title, date, elsewhere, loaded in runs[chosen.skip:]:
        with busy(loaded):
            good.append(run(title, tests, date, elsewhere))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
