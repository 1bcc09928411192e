//! What makes a finding the same finding after its file has changed elsewhere: rule, file, statement and place in the
//! statement, but no line number and no white space.

use std::collections::HashMap;

use rehearsal_lints::Finding;
use sha2::{Digest, Sha256};

use crate::report::Report;

/// Bytes of a text that count: what is longer is told apart by its beginning.
const BYTES: usize = 4096;

/// A fingerprint for each finding, in their order: 32 hexadecimal digits. Findings that nothing else tells apart are
/// numbered.
pub(crate) fn fingerprints<'a>(
    report: &Report,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<String> {
    let mut seen: HashMap<[u8; 32], u32> = HashMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let mut hasher = Sha256::new();
            hasher.update(finding.rule.name);
            hasher.update("\0");
            hasher.update(&finding.path);
            let marked = report.file(finding).map(|file| file.slice(finding.span));
            for text in [report.statement(finding), marked] {
                hasher.update("\0");
                words(&mut hasher, text.unwrap_or_default());
            }
            let before = seen.entry(hasher.clone().finalize().into()).or_default();
            hasher.update(before.to_le_bytes());
            *before += 1;
            let digest = hasher.finalize();
            digest[..16]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
        .collect()
}

fn words(hasher: &mut Sha256, text: &str) {
    for word in text[..text.floor_char_boundary(BYTES)].split_whitespace() {
        hasher.update(word);
        hasher.update(" ");
    }
}

#[cfg(test)]
mod tests {
    use rehearsal_lints::Span;

    use super::*;
    use crate::render::test_support::{RULE, report};

    fn of(sql: &str) -> Vec<String> {
        let findings = sql.match_indices("DROP");
        let findings = findings.map(|(at, _)| Finding::new(&RULE, Span::new(at, at + 4), "gone"));
        let report = report(sql, findings.collect());
        fingerprints(&report, &report.findings)
    }

    #[test]
    fn lines_above_and_white_space_do_not_count() {
        assert_eq!(
            of("DROP TABLE a;"),
            of("-- why\n\nSELECT 1;\nDROP\n  TABLE a;\n")
        );
    }

    #[test]
    fn each_finding_has_its_own() {
        let mut all = of("DROP TABLE a;\nDROP TABLE b;\nDROP TABLE a;\n");
        assert_eq!(all[..1], of("DROP TABLE a;"));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 3);
    }
}
