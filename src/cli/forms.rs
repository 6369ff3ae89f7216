//! `marsad forms …`: the form list, made from the dictionaries of this machine. Copies nothing into the program.

use super::{
    configuration,
    error::Error,
    output::{Out, Progress, Style},
    place::Place,
};
use crate::{
    engine::lang::{
        Language,
        fold::Folded,
        forms::{self, FormTable, Forms},
    },
    sink::anew::{anew, folder_of},
    store::open,
};
use serde_json::json;
use std::{
    fs, io,
    io::Write,
    os::unix::fs::{MetadataExt, fchown},
    path::{Path, PathBuf},
};

/// Where distributions put hunspell dictionaries.
const FOLDERS: [&str; 2] = ["/usr/share/hunspell", "/usr/share/myspell/dicts"];

/// What a language's dictionary may be called, the first that is there taken.
const NAMES: &[(Language, &[&str])] = &[
    (Language::Arabic, &["ar"]),
    (Language::English, &["en_US", "en_GB"]),
    (Language::French, &["fr", "fr_FR", "fr-toutesvariantes"]),
    (Language::German, &["de_DE", "de_AT"]),
    (Language::Hebrew, &["he_IL", "he"]),
    (Language::Kurmanji, &["kmr_Latn", "ku_TR"]),
    (Language::Persian, &["fa_IR", "fa"]),
    (Language::Russian, &["ru_RU"]),
    (Language::Spanish, &["es_ES", "es"]),
    (Language::Turkish, &["tr_TR"]),
    (Language::Ukrainian, &["uk_UA"]),
];

/// What to do with the form list.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Build(BuildArgs),
    Show(ShowArgs),
}

/// Make the form list from the hunspell dictionaries of this machine
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo apt install hunspell-ar hunspell-tr hunspell-ru hunspell-en-us
  marsad forms build                     every language that has a dictionary here
  marsad forms build ar tr               these only
  marsad forms build --out words.forms   elsewhere; `marsad match --forms words.forms` reads it

Rules match the forms of a word by grammar alone. A form list adds what no grammar knows: broken plurals, irregular verbs, and
words that only look like a form of another. It lies beside the archive as words.forms and is used from the next start or
reload on. It is made from dictionaries that have licences of their own: it stays on this machine.")]
pub struct BuildArgs {
    /// Languages: ar de en es fa fr he kmr ru tr uk
    #[arg(value_name = "LANG")]
    languages: Vec<String>,
    /// Where to write it [default: words.forms beside the archive]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A folder of hunspell dictionaries, before those of the system
    #[arg(long, value_name = "FOLDER")]
    from: Vec<PathBuf>,
}

/// What the form list knows of a word
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  marsad forms show ar مهجرين
  marsad forms show tr adam --json")]
pub struct ShowArgs {
    /// Its language
    #[arg(value_name = "LANG")]
    language: String,
    /// The word
    word: String,
    /// One JSON object: {word, lemmas, forms}
    #[arg(long)]
    json: bool,
    /// Another form list
    #[arg(long, value_name = "FILE")]
    forms: Option<PathBuf>,
}

/// Runs `forms build`.
///
/// # Errors
/// For a language without a dictionary here that was asked for by name, no dictionary at all, and files that cannot be read or written.
pub fn build(place: &Place, out: &mut Out, args: &BuildArgs) -> Result<(), Error> {
    let found = dictionaries(args)?;
    let target = args.out.clone().unwrap_or_else(|| place.forms.clone());
    let mut files = Vec::new();
    for (language, aff, dic) in &found {
        let read = |path: &Path| fs::read(path).map_err(|source| Error::because(format!("cannot read `{}`", path.display()), source));
        files.push((*language, read(aff)?, read(dic)?));
    }
    let (bar, quiet) = (Progress::stderr(), place.quiet);
    let mut left_out = Vec::new();
    let built = forms::build(files.into_iter(), |progress| {
        let line = match progress {
            forms::Progress::Entries(language, count) => format!("{}: {count} entries read", language.grammar().tag),
            forms::Progress::Sorting(language) => format!("{}: sorting", language.grammar().tag),
            forms::Progress::Done(language, pairs, over) => {
                if over > 0 {
                    left_out.push((language, over));
                }
                format!("{}: {pairs} forms", language.grammar().tag)
            }
        };
        if !quiet {
            bar.show(&line);
        }
    });
    bar.done();
    let bytes = built.map_err(|source| Error::because("no form list was built".to_owned(), source))?;
    let beside_the_archive = args.out.is_none();
    if beside_the_archive {
        open::folder_of(&target)?;
    }
    write(&target, &bytes, beside_the_archive)?;
    let list = Forms::read(bytes).map_err(|source| Error::because("the list that was built cannot be read".to_owned(), source))?;
    for source in list.sources() {
        let dictionary =
            found.iter().find(|(language, ..)| *language == source.language).map_or(String::new(), |(_, _, dic)| dic.display().to_string());
        out.line(&[
            Style::Bold.part(&format!("{:<4}", source.language.grammar().tag)),
            Style::Plain.part(&format!("{:>9} forms from ", source.pairs)),
            Style::Plain.value(dictionary),
        ])?;
    }
    for (language, count) in left_out {
        out.say(format!("{}: {count} entries have more forms than are kept", language.grammar().tag))?;
    }
    let megabytes = fs::metadata(&target).map_or(0.0, |meta| meta.len() as f64 / 1e6);
    out.line(&[
        Style::Good.part("written: "),
        Style::Plain.value(target.display().to_string()),
        Style::Dim.part(&format!(" ({megabytes:.1} MB); used from the next start or reload on")),
    ])
}

/// The dictionaries to read: language, `.aff`, `.dic`.
fn dictionaries(args: &BuildArgs) -> Result<Vec<(Language, PathBuf, PathBuf)>, Error> {
    let folders: Vec<PathBuf> = args.from.iter().cloned().chain(FOLDERS.iter().map(PathBuf::from)).collect();
    let known = || NAMES.iter().map(|(language, _)| language.grammar().tag).collect::<Vec<_>>().join(" ");
    let mut wanted = Vec::new();
    for tag in &args.languages {
        let language = Language::of_tag(tag, "a").filter(|language| NAMES.iter().any(|(named, _)| named == language));
        let unknown =
            || Error::Usage { message: format!("no dictionary is known for `{tag}`"), hint: Some(format!("those that are: {}", known())) };
        wanted.push(language.ok_or_else(unknown)?);
    }
    let mut found = Vec::new();
    for (language, names) in NAMES.iter().filter(|(language, _)| wanted.is_empty() || wanted.contains(language)) {
        let paths = folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name)));
        let here =
            paths.map(|path| (path.with_extension("aff"), path.with_extension("dic"))).find(|(aff, dic)| aff.exists() && dic.exists());
        match here {
            Some((aff, dic)) => found.push((*language, aff, dic)),
            None if wanted.is_empty() => {}
            None => {
                let tag = language.grammar().tag;
                let looked = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
                let hint = format!("on Debian: sudo apt install hunspell-{}; looked in {looked}", if tag == "en" { "en-us" } else { tag });
                return Err(Error::failed(format!("there is no dictionary for `{tag}` on this machine")).hinted(hint));
            }
        }
    }
    if found.is_empty() {
        return Err(Error::failed("there are no hunspell dictionaries on this machine")
            .hinted("on Debian: sudo apt install hunspell-ar hunspell-tr hunspell-ru hunspell-en-us"));
    }
    Ok(found)
}

/// Written anew and renamed, so that a kill leaves the old one whole. A private one is for the owner of its folder alone, also where
/// root makes it for a service; of another one the umask decides.
fn write(target: &Path, bytes: &[u8], private: bool) -> Result<(), Error> {
    let half = target.with_extension("half");
    let put = || -> io::Result<()> {
        let folder = folder_of(target);
        fs::create_dir_all(folder)?;
        let mode = if private { 0o600 } else { 0o666 };
        let mut file = anew(&half, mode)?;
        if private {
            let owner = fs::metadata(folder)?;
            // Only root can, and only root has to.
            let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half, target)
    };
    put().map_err(|source| Error::because(format!("cannot write `{}`", target.display()), source))
}

/// Runs `forms show`.
///
/// # Errors
/// For an unknown language, and a list that cannot be read.
pub fn show(place: &Place, out: &mut Out, args: &ShowArgs) -> Result<(), Error> {
    let place = &place.with_forms(args.forms.as_deref());
    let language = Language::of_tag(&args.language, &args.word).ok_or_else(|| Error::Usage {
        message: format!("`{}` is no language with forms of its own", args.language),
        hint: Some(Language::ALL.map(|l| l.grammar().tag).join(" ")),
    })?;
    let folded = Folded::new(&args.word);
    let word = folded.word(0);
    let list = configuration::forms(place)?;
    let of = |read: fn(&FormTable, &str) -> Vec<String>| list.table(language).map(|table| read(table, word)).unwrap_or_default();
    let (lemmas, forms) = (of(FormTable::lemmas), of(FormTable::forms));
    if args.json {
        return out.json(&json!({"word": word, "lemmas": lemmas, "forms": forms}));
    }
    for (name, words) in [("a form of", &lemmas), ("has the forms", &forms)] {
        let words = if words.is_empty() { "nothing that the list knows".into() } else { words.join(" ") };
        out.line(&[Style::Bold.value(word), Style::Dim.part(&format!("  {name}  ")), Style::Plain.value(words)])?;
    }
    Ok(())
}
