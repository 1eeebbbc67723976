//! The `layercake` command; see the library for the map of the house.

fn main() -> std::process::ExitCode {
    layercake::cli::main()
}
