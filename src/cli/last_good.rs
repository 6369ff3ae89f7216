//! The last config of the user's that passed every check, kept beside the archive: a service that starts while the config is broken
//! or away goes on with it, and says so. The built-in default is never kept: it is always at hand.

use super::{configuration::BUILT_IN, place::Place};
use crate::{config::Source, sink::anew::anew};
use std::{fs, io, io::Write, path::PathBuf};

/// Where it is kept: for each archive of a folder by itself, as each may follow a config of its own.
pub fn path(place: &Place) -> PathBuf {
    match place.archive.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "marsad") {
        Some(stem) => place.archive.with_file_name(format!("{stem}.last-good.json")),
        None => place.archive.with_file_name("last-good.json"),
    }
}

/// Keeps the texts of a config that is in force. Written anew and renamed, so that a kill leaves the old one whole.
///
/// # Errors
/// When the file cannot be written.
pub fn keep(place: &Place, sources: &[Source]) -> io::Result<()> {
    let texts: Vec<_> = sources.iter().map(|source| serde_json::json!({"name": source.name, "text": source.text})).collect();
    let (path, half) = (path(place), path(place).with_extension("half"));
    let mut file = anew(&half, 0o600)?;
    file.write_all(serde_json::Value::from(texts).to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(half, path)
}

/// The texts that were kept, if any were. Earlier versions kept the built-in default too.
pub fn kept(place: &Place) -> Option<Vec<Source>> {
    let texts: Vec<serde_json::Value> = serde_json::from_str(&fs::read_to_string(path(place)).ok()?).ok()?;
    let text = |value: &serde_json::Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let sources: Option<Vec<Source>> = texts.iter().map(|t| Some(Source { name: text(t, "name")?, text: text(t, "text")? })).collect();
    sources.filter(|sources| sources.first().is_some_and(|main| main.name != BUILT_IN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    #[test]
    fn what_lies_where_the_half_goes_is_neither_followed_nor_filled() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { archive: folder.path().join("marsad.db"), ..Place::default() };
        let (half, other) = (path(&place).with_extension("half"), folder.path().join("other"));
        for leads in [false, true] {
            let left = if leads { &other } else { &half };
            fs::write(left, "[").unwrap();
            fs::set_permissions(left, fs::Permissions::from_mode(0o644)).unwrap();
            if leads {
                symlink(&other, &half).unwrap();
            }
            keep(&place, &[]).unwrap();
            assert_eq!(fs::symlink_metadata(path(&place)).unwrap().mode() & 0o7777, 0o600);
        }
        assert_eq!(fs::read_to_string(other).unwrap(), "[");
    }

    #[test]
    fn two_archives_of_one_folder_keep_a_config_each() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| Place { archive: folder.path().join(name), ..Place::default() };
        let source = |name: &str| Source { name: name.into(), text: String::new() };
        for name in ["marsad.db", "border.db"] {
            keep(&place(name), &[source(name)]).unwrap();
        }
        for name in ["marsad.db", "border.db"] {
            assert_eq!(kept(&place(name)), Some(vec![source(name)]));
        }
        assert!(folder.path().join("last-good.json").exists());
    }
}
