//! What was renamed is called by its new name wherever Postgres prints it: such a text has not changed.

/// Old names and new ones.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Of objects, qualified; of schemas, with the dot behind them; of enum values, with their type.
    objects: Vec<(String, String)>,
    /// Of columns, and of tables where they stand before a column: `customers.`.
    columns: Vec<(String, String)>,
}

impl Names {
    pub(super) fn rename_object(&mut self, before: &str, after: &str) {
        self.objects.push((before.to_owned(), after.to_owned()));
        if let (Some((_, before)), Some((_, after))) =
            (before.rsplit_once('.'), after.rsplit_once('.'))
            && !before.is_empty()
            && before != after
        {
            self.columns
                .push((format!("{before}."), format!("{after}.")));
        }
    }

    pub(super) fn rename_column(&mut self, before: &str, after: &str) {
        self.columns.push((before.to_owned(), after.to_owned()));
    }

    /// The name of an object of before as it is after, as far as that follows from renames of others.
    pub(super) fn of_object(&self, before: &str) -> String {
        substitute(before, &self.objects)
    }

    /// Whether two texts differ in nothing but names that are known to have changed.
    pub(super) fn same(&self, before: &str, after: &str) -> bool {
        if before == after {
            return true;
        }
        if self.objects.is_empty() && self.columns.is_empty() {
            return false;
        }
        let objects = substitute(before, &self.objects);
        if objects == after {
            return true;
        }
        substitute(&objects, &self.columns) == self.without_aliases(after)
    }

    /// A view goes on to call a column by its old name: `later AS late`.
    fn without_aliases(&self, after: &str) -> String {
        let columns = self.columns.iter();
        columns.fold(after.to_owned(), |text, (old, new)| {
            text.replace(&format!("{new} AS {old}"), new)
        })
    }
}

/// Replaces whole names, all at once, so that two names can be swapped; where several fit, the longest.
fn substitute(text: &str, names: &[(String, String)]) -> String {
    if names.is_empty() {
        return text.to_owned();
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut last = None;
    while let Some(next) = rest.chars().next() {
        let begins = last.is_none_or(|c| !is_word(c));
        let fits = |(old, _): &&(String, String)| {
            let before = last != Some('.') || !old.contains('.');
            let behind = rest[old.len()..].chars().next();
            before && (old.ends_with(['.', '\'']) || behind.is_none_or(|c| !is_word(c)))
        };
        let found = names
            .iter()
            .filter(|(old, _)| begins && rest.starts_with(old.as_str()))
            .filter(fits)
            .max_by_key(|(old, _)| old.len());
        let taken = match found {
            Some((old, new)) => {
                result.push_str(new);
                &rest[..old.len()]
            }
            None => {
                result.push(next);
                &rest[..next.len_utf8()]
            }
        };
        last = taken.chars().last();
        rest = &rest[taken.len()..];
    }
    result
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(objects: &[(&str, &str)], columns: &[(&str, &str)]) -> Names {
        let mut names = Names::default();
        for (before, after) in objects {
            names.rename_object(before, after);
        }
        for (before, after) in columns {
            names.rename_column(before, after);
        }
        names
    }

    #[test]
    fn whole_names_only() {
        let names = names(&[("s.order", "s.purchase"), ("s.", "t.")], &[]);
        let before = "REFERENCES s.order(id), s.orders, xs.order, (s.order)";
        assert_eq!(
            names.of_object(before),
            "REFERENCES s.purchase(id), t.orders, xs.order, (s.purchase)"
        );
    }

    #[test]
    fn two_names_can_be_swapped() {
        let names = names(&[("s.a", "s.b"), ("s.b", "s.a")], &[]);
        assert_eq!(names.of_object("s.a = s.b"), "s.b = s.a");
    }

    #[test]
    fn a_view_keeps_the_old_name_as_an_alias() {
        let names = names(&[("s.customers", "s.clients")], &[("late", "later")]);
        assert!(names.same(
            "SELECT customers.late FROM s.customers",
            "SELECT clients.later AS late FROM s.clients"
        ));
        assert!(!names.same("CHECK (late > 0)", "CHECK (later > 1)"));
        assert!(names.same("CHECK (late > 0)", "CHECK (later > 0)"));
    }
}
