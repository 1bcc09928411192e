//! An error with its causes, as one line.

/// The error and its causes, joined by colons. A cause that the error above it has said already is left out.
#[must_use]
pub fn causes(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !message.ends_with(&cause) {
            let separator = if message.is_empty() { "" } else { ": " };
            message.push_str(&format!("{separator}{cause}"));
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::causes;

    #[test]
    fn what_was_said_is_not_said_again() {
        let error = anyhow::anyhow!("refused (111)")
            .context("cannot talk: refused (111)")
            .context("connect to db:5432");
        assert_eq!(
            causes(&error),
            "connect to db:5432: cannot talk: refused (111)"
        );
    }
}
