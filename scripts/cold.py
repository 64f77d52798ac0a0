#!/usr/bin/env python3
"""Measures the README's two commands from a fresh clone with an empty target folder, and how long a change takes.

    scripts/cold.py [--against COMMIT] [--folder FOLDER]

Prints seconds: from `cargo run -- --sandbox` to the board on the screen; from `cargo test` to its end; and from a change
in a screen, and in the sandbox, to the board of a running console. With --against, the same two commands as that commit's
README has them (`cargo run --release`), and the shares. Downloads are made before the clock starts. Let nothing else run.
"""
import argparse, fcntl, os, pty, select, shutil, struct, subprocess, sys, tempfile, termios, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def clone(commit, folder):
    place = os.path.join(folder, commit[:12])
    subprocess.run(["git", "clone", "-q", ROOT, place], check=True)
    subprocess.run(["git", "checkout", "-q", commit], cwd=place, check=True)
    subprocess.run(["cargo", "fetch", "--locked", "-q"], cwd=place, check=True)
    return place


def until_board(command, place, target):
    """Seconds until the board is on the screen of a terminal in which the command runs."""
    environment = {**os.environ, "CARGO_TARGET_DIR": target, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    began = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place)
        os.execvpe(command[0], command, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
    seen = b""
    while b"MachineTransaction" not in seen:
        ready, _, _ = select.select([terminal], [], [], 3600)
        try:
            more = os.read(terminal, 65536) if ready else b""
        except OSError:
            more = b""
        if not more:
            sys.exit(f"no board from {' '.join(command)}:\n{seen.decode(errors='replace')[-2000:]}")
        seen += more
    took = time.monotonic() - began
    os.write(terminal, b"q")
    while select.select([terminal], [], [], 30)[0]:
        try:
            if not os.read(terminal, 65536):
                break
        except OSError:
            break
    os.waitpid(child, 0)
    return took


def tests(place, target):
    began = time.monotonic()
    log = os.path.join(place, "test.log")
    with open(log, "w") as out:
        done = subprocess.run(["cargo", "test", "--no-fail-fast"], cwd=place, stdout=out, stderr=out,
                              env={**os.environ, "CARGO_TARGET_DIR": target})
    return time.monotonic() - began, done.returncode


def touch(place, path):
    """Changes a source file: adds an item that nothing uses."""
    path = os.path.join(place, path)
    with open(path, "a") as file:
        file.write(f'\nconst _: &str = "{time.time()}";\n')


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--against", metavar="COMMIT")
    arguments.add_argument("--folder", default=None, help="where to work; a temporary folder, removed at the end")
    chosen = arguments.parse_args()
    folder = chosen.folder or tempfile.mkdtemp(prefix="gluedeck-cold-")
    run = lambda *more: ["cargo", "run", *more, "--", "--sandbox"]
    place = clone("HEAD", folder)
    target = os.path.join(folder, "target")
    console = until_board(run(), place, target)
    print(f"cargo run -- --sandbox, to the board            {console:7.1f} s", flush=True)
    for name, path in [("a screen", "crates/gluedeck-tui/src/screens/board/view.rs"),
                       ("the sandbox", "crates/gluedeck-sandbox/src/wire/glue.rs")]:
        touch(place, path)
        print(f"a change in {name:<12}, to the board           {until_board(run(), place, target):7.1f} s", flush=True)
    subprocess.run(["git", "checkout", "-q", "."], cwd=place, check=True)
    shutil.rmtree(target)
    tested, code = tests(place, target)
    print(f"cargo test, ended with {code:<3}                      {tested:7.1f} s", flush=True)
    if chosen.against:
        shutil.rmtree(target)
        before = clone(chosen.against, folder)
        old_console = until_board(run("--release"), before, target)
        print(f"before: cargo run --release -- --sandbox        {old_console:7.1f} s   {console / old_console:5.2f}", flush=True)
        shutil.rmtree(target)
        old_tested, code = tests(before, target)
        print(f"before: cargo test, ended with {code:<3}              {old_tested:7.1f} s   {tested / old_tested:5.2f}", flush=True)
    if not chosen.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
