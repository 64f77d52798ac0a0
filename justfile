# What is typed often; `just` lists it (https://just.systems). Every recipe is one command that can be typed by hand.

# This list.
default:
    @just --list

# The console on a sandbox.
sandbox *arguments:
    cargo run -- --sandbox {{ arguments }}

# All tests, or those whose name has the words.
test *words:
    cargo test {{ words }}

# All that can be checked here.
ci:
    .ci/run

# Format and lints.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Writes the generated pages (docs/keys.md, docs/commands.md).
docs:
    UPDATE_DOCS=1 cargo test --test house docs

# Writes the pictures (docs/*.svg).
pictures:
    UPDATE_PICTURES=1 cargo test --test house pictures

# Accepts the screens as they are now; look at the difference before you commit.
golden:
    INSTA_UPDATE=always cargo test --test house golden

# All tests on other dates, in another zone and language, on a busy machine.
any-day *arguments:
    scripts/any_day.py {{ arguments }}

# Fuzzes every target for some seconds each.
fuzz seconds="20":
    scripts/fuzz.sh {{ seconds }}

# The documentation of the code.
doc:
    cargo doc --workspace --no-deps --open

# Licenses, sources and advisories of the dependencies.
deny:
    cargo deny check
