//! Folders of unpacked solutions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, OrError as _};

/// The files of an unpacked solution that hold endpoints, steps or plug-in types, in an order that
/// is always the same.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if is_yaml(folder)? {
        return yaml_files(folder);
    }
    let mut files = Vec::new();
    for entry in entries(folder)? {
        // The layout of SolutionPackager. The case of letters is ignored, as on Windows, where it
        // runs.
        let (depth, is_wanted): (usize, fn(&str) -> bool) = match lower_name(&entry).as_str() {
            "customizations.xml" => {
                files.push(entry);
                continue;
            }
            "other" => (0, |it| it == "customizations.xml"),
            "sdkmessageprocessingsteps" => (0, |it| it.ends_with(".xml")),
            "serviceendpoints" => (1, |it| it.ends_with(".xml")),
            "pluginassemblies" => {
                (1, |it| it == "serviceendpoints.xml" || it.ends_with(".data.xml"))
            }
            _ => continue,
        };
        files.extend(inside(&entry, depth, is_wanted)?);
    }
    // The project of a solution, as `pac solution init` and `clone` lay it out, has it in `src`.
    let source = folder.join("src");
    if files.is_empty() && source.is_dir() {
        return self::files(&source);
    }
    if files.is_empty() {
        let folder = folder.display();
        let what = format!("{folder} is not the folder of an unpacked solution");
        return Err(Error::invalid(what));
    }
    Ok(files)
}

/// Whether a folder is that of a solution in YAML: it has a `solutions/*/solution.yml`
/// ([format](https://learn.microsoft.com/power-platform/alm/solution-source-control-yaml-format)).
fn is_yaml(folder: &Path) -> Result<bool, Error> {
    let is_solutions = |it: &PathBuf| lower_name(it) == "solutions";
    let Some(solutions) = entries(folder)?.into_iter().find(is_solutions) else {
        return Ok(false);
    };
    Ok(!inside(&solutions, 1, |it| it == "solution.yml")?.is_empty())
}

/// The files of a solution in YAML that may hold endpoints, steps or plug-in types. Folders are named
/// after kinds of components; how those of endpoints and steps are divided into files is not published, so
/// all files in them are read.
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    const FOLDERS: [&str; 3] =
        ["pluginassemblies", "sdkmessageprocessingsteps", "serviceendpoints"];
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if FOLDERS.contains(&lower_name(&entry).as_str()) {
            let is_wanted = |it: &str| it.ends_with(".yml") || it.ends_with(".yaml");
            files.extend(inside(&entry, 2, is_wanted)?);
        }
    }
    Ok(files)
}

/// The files of a folder, and of folders in it so deep, whose lower-case name is wanted.
fn inside(folder: &Path, depth: usize, is_wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if !entry.is_dir() {
            files.extend(Some(entry).filter(|it| is_wanted(&lower_name(it))));
        } else if depth > 0 {
            files.extend(inside(&entry, depth - 1, is_wanted)?);
        }
    }
    Ok(files)
}

/// What is in a folder, by name. A file in its place has nothing in it.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let paths = fs::read_dir(folder).and_then(|it| it.map(|it| Ok(it?.path())).collect());
    let mut paths: Vec<PathBuf> =
        paths.or_invalid(format_args!("{} can't be read", folder.display()))?;
    // The first file with an id counts, and file systems list in any order.
    paths.sort();
    Ok(paths)
}

fn lower_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}
