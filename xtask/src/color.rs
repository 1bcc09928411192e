//! Whether to color: the option, then NO_COLOR and CLICOLOR_FORCE, then whether a terminal reads.
//!
//! Sources: <https://no-color.org>, <https://bixense.com/clicolors/>.

use std::{
    env,
    io::{self, IsTerminal},
};

use clap::ColorChoice;

/// For what goes to standard output.
pub(crate) fn on_stdout(choice: ColorChoice) -> bool {
    wanted(choice, io::stdout().is_terminal(), |name| {
        env::var(name).ok()
    })
}

/// For what goes to standard error.
pub(crate) fn on_stderr(choice: ColorChoice) -> bool {
    wanted(choice, io::stderr().is_terminal(), |name| {
        env::var(name).ok()
    })
}

fn wanted(choice: ColorChoice, terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR").is_some() => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto => {
            terminal
                && set("CLICOLOR").is_none_or(|value| value != "0")
                && set("TERM").is_none_or(|value| value != "dumb")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(choice: ColorChoice, terminal: bool, variable: Option<(&str, &str)>, expected: bool) {
        let found = wanted(choice, terminal, |name| {
            variable
                .filter(|(set, _)| *set == name)
                .map(|(_, value)| value.to_owned())
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn the_option_beats_the_environment_and_that_the_terminal() {
        check(ColorChoice::Always, false, Some(("NO_COLOR", "1")), true);
        check(
            ColorChoice::Never,
            true,
            Some(("CLICOLOR_FORCE", "1")),
            false,
        );
        check(ColorChoice::Auto, true, Some(("NO_COLOR", "1")), false);
        check(
            ColorChoice::Auto,
            false,
            Some(("CLICOLOR_FORCE", "1")),
            true,
        );
        check(ColorChoice::Auto, true, None, true);
        check(ColorChoice::Auto, false, None, false);
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        check(ColorChoice::Auto, true, Some(("NO_COLOR", "")), true);
        check(ColorChoice::Auto, true, Some(("TERM", "dumb")), false);
    }
}
