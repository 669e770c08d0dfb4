//! Solutions packed in a zip file, as the platform exports them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use crate::error::{Error, OrError as _};
use crate::given::input;

/// What a zip file begins with.
pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";

/// The file of a solution with its endpoints and steps.
const CUSTOMIZATIONS: &str = "customizations.xml";

/// Passes the `customizations.xml` of a packed solution to `read`, with its name for errors.
pub(super) fn read<T, E: Into<Error>>(
    path: &Path,
    read: impl FnOnce(&str, BufReader<&mut dyn Read>) -> Result<T, E>,
) -> Result<T, Error> {
    let name = input::name(path);
    // The list of what is packed is at the end of the file.
    if input::is_standard(path) {
        let what = format!("{name} is a packed solution, which is to be named as a file");
        return Err(Error::invalid(what));
    }
    let unreadable = format!("{name} can't be read");
    let file = BufReader::new(File::open(path).or_invalid(&unreadable)?);
    let mut archive = ZipArchive::new(file).or_invalid(&unreadable)?;
    // Tools differ in which of two files of one name they take, so what was looked at might not be
    // what is imported elsewhere.
    if archive.has_duplicate_names() {
        return Err(Error::invalid(format_args!("{name} contains two files of the same name")));
    }
    let entry = customizations(&archive, &name)?;
    let whole = format!("{name}/{entry}");
    // The reader's own limits hold for what is unpacked, as it is unpacked: a zip bomb ends there.
    let mut unpacked = archive.by_name(&entry).or_invalid(&unreadable)?;
    check_method(&whole, unpacked.compression())?;
    read(&whole, BufReader::new(&mut unpacked)).map_err(Into::into)
}

/// The name of the one `customizations.xml`. The case of letters is ignored, as on Windows.
fn customizations(archive: &ZipArchive<BufReader<File>>, name: &str) -> Result<String, Error> {
    let is_it = |entry: &Cow<'_, str>| entry.eq_ignore_ascii_case(CUSTOMIZATIONS);
    let mut found = archive.file_names().flatten().filter(is_it).map(Cow::into_owned);
    let first = found.next().ok_or_else(|| {
        let what = format!("{name} is not a packed solution: it contains no {CUSTOMIZATIONS}");
        Error::invalid(what)
    })?;
    match found.next() {
        None => Ok(first),
        Some(second) => {
            let what = format!("{name} contains {first} and {second}: only one can be imported");
            Err(Error::invalid(what))
        }
    }
}

/// The error of a method of compression that this build does not unpack. The crate finds that out only when
/// it reads.
fn check_method(name: &str, method: CompressionMethod) -> Result<(), Error> {
    use CompressionMethod as Method;
    if matches!(method, Method::Stored | Method::Deflated) {
        return Ok(());
    }
    let known = [
        (Method::SHRINK, "Shrink"),
        (Method::IMPLODE, "Implode"),
        (Method::DEFLATE64, "Deflate64"),
        (Method::BZIP2, "BZIP2"),
        (Method::LZMA, "LZMA"),
        (Method::ZSTD, "Zstandard"),
        (Method::XZ, "XZ"),
        (Method::PPMD, "PPMd"),
    ];
    let label = known.iter().find(|(it, _)| *it == method).map_or("an unknown method", |it| it.1);
    let what = format!("{name} is packed by {label}, which is not supported");
    Err(Error::invalid(what).with_check("pack the solution with Deflate, as the platform does"))
}
