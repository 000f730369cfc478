//! The command line speaks Japanese: its help, and what it says of a word it does not know.

use clap::{
    Arg, ArgAction, Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

const TEMPLATE: &str = "{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}";

/// Names of values that stand for themselves in the help.
const VALUES: [(&str, &str); 22] = [
    ("ADDRESS", "アドレス"),
    ("AS", "役割"),
    ("CODE", "番号"),
    ("DATE", "日付"),
    ("DIR", "フォルダー"),
    ("FAULT", "名前"),
    ("FAULTS", "名前"),
    ("FILE", "ファイル"),
    ("FILES", "ファイル"),
    ("FORM", "帳票"),
    ("FORMAT", "形"),
    ("FROM", "番号"),
    ("KIND", "種類"),
    ("NAME", "名前"),
    ("PAGE", "ページ"),
    ("PATHS", "ファイル"),
    ("REASON", "理由"),
    ("ROLE", "役割"),
    ("RUN", "実行ID"),
    ("SCENARIO", "シナリオ"),
    ("SEQ", "番号"),
    ("WHAT", "対象"),
];

/// The same command line with its help in Japanese.
pub fn japanese(mut root: Command) -> Command {
    root = root
        .disable_version_flag(true)
        .arg(Arg::new("version").short('V').long("version").action(ArgAction::Version).help("版を示します"));
    root = headings(root);
    root.build();
    usages(root)
}

fn headings(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("この説明を示します");
    command
        .help_template(TEMPLATE)
        .subcommand_help_heading("コマンド")
        .subcommand_value_name("コマンド")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(help)
        .mut_args(argument)
        .mut_subcommands(headings)
}

/// One argument: where it stands, what it may be, what it is when it is not given.
fn argument(arg: Arg) -> Arg {
    let heading = if arg.is_positional() { "引数" } else { "オプション" };
    let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let takes = arg.get_action().takes_values();
    let possible = if takes { arg.get_possible_values() } else { Vec::new() };
    let shown: Vec<String> = possible
        .iter()
        .filter(|v| !v.is_hide_set())
        .map(|v| match v.get_help() {
            Some(meaning) => format!("{}={meaning}", v.get_name()),
            None => v.get_name().to_owned(),
        })
        .collect();
    let default: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if !shown.is_empty() {
        help = format!("{help}（{}）", shown.join("、"));
    }
    if takes && !default.is_empty() && !default.concat().is_empty() {
        help = format!("{help}（既定: {}）", default.join("、"));
    }
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let arg = arg.help_heading(heading).hide_possible_values(takes).hide_default_value(takes).help(help);
    let known = name.and_then(|name| VALUES.iter().find(|(english, _)| *english == name));
    match known {
        Some((_, name)) if takes => arg.value_name(*name),
        _ => arg,
    }
}

/// How each command is written, after all of them know their full names.
fn usages(mut command: Command) -> Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().replace("[OPTIONS]", "[オプション]");
    command.override_usage(usage).mut_subcommands(usages)
}

/// What is wrong with the command line, and where its help is.
pub fn said(error: &Error) -> String {
    let text = |kind| error.get(kind).map(plain).unwrap_or_default();
    let (arg, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let sentence = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("「{}」というコマンドはありません。", text(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => format!("「{arg}」は使えません。"),
        ErrorKind::InvalidValue if value.is_empty() => format!("「{arg}」に値がありません。"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            let reason = if reason.is_ascii() { String::new() } else { reason };
            format!("「{arg}」に「{value}」は使えません。{reason}")
        }
        ErrorKind::MissingRequiredArgument => format!("「{arg}」がありません。"),
        ErrorKind::ArgumentConflict => {
            let prior = text(ContextKind::PriorArg);
            if prior == arg {
                format!("「{arg}」は1回だけ指定できます。")
            } else {
                format!("「{arg}」と「{prior}」は同時に指定できません。")
            }
        }
        ErrorKind::InvalidUtf8 => "文字として読めない引数があります。UTF-8 で入力してください。".to_owned(),
        _ => format!("「{arg}」の書き方が正しくありません。"),
    };
    format!("{sentence}{}\n使い方は `{} --help` で見られます。", instead(error), command_of(error))
}

/// What may have been meant.
fn instead(error: &Error) -> String {
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    if let Some(near) = near.into_iter().find_map(|kind| error.get(kind)) {
        let best = match near {
            ContextValue::Strings(all) => all.last().cloned().unwrap_or_default(), // the nearest comes last
            other => plain(other),
        };
        return format!("もしかして「{best}」ですか。");
    }
    match error.get(ContextKind::ValidValue) {
        Some(values) => format!("使える値: {}", plain(values)),
        None => String::new(),
    }
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::String(one) => one.clone(),
        ContextValue::Strings(many) => many.join("、"),
        other => other.to_string(),
    }
}

/// The command that was meant, by its usage: everything before its arguments.
fn command_of(error: &Error) -> String {
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let words = usage.trim_start_matches("Usage:").split_whitespace();
    let words: Vec<&str> = words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    if words.is_empty() { "shoki".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;
    use clap::CommandFactory as _;

    fn cli() -> Command {
        japanese(crate::cli::Cli::command())
    }

    fn all(command: &Command) -> Vec<Command> {
        let inner = command.get_subcommands().flat_map(all);
        std::iter::once(command.clone()).chain(inner).collect()
    }

    #[test]
    fn the_help_of_every_command_is_japanese() {
        let english =
            ["Usage", "Options", "Commands", "Arguments", "Print", "default:", "possible", "For people"];
        for mut command in all(&cli()) {
            let help = command.render_long_help().to_string();
            assert!(!english.iter().any(|word| help.contains(word)), "{help}");
            assert!(command.get_about().is_some_and(|about| !about.to_string().is_ascii()), "{help}");
            for arg in command.get_arguments() {
                let told = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!told.is_ascii(), "{}: {}: {told}", command.get_name(), arg.get_id());
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_command_line_is_said_in_japanese() {
        let cases: [(&[&str], &str); 9] = [
            (&["lnt"], "「lnt」というコマンドはありません。もしかして「lint」ですか。"),
            (&["lint", "--formt", "json"], "「--formt」は使えません。もしかして「--format」ですか。"),
            (&["lint", "--format", "xml"], "使える値: text、json"),
            (&["lint", "--format"], "値がありません"),
            (&["plan"], "「<シナリオ>」がありません。\n使い方は `shoki plan --help`"),
            (&["plan", "a", "--item", "x"], "「x」は使えません"),
            (&["plan", "a", "b"], "「b」は使えません"),
            (&["restore", "a", "--checked"], "同時に指定できません"),
            (&["plan", "a", "--item", "1", "--item", "2"], "1回だけ"),
        ];
        for (words, expected) in cases {
            let words = std::iter::once("shoki").chain(words.iter().copied());
            let error = cli().try_get_matches_from(words).unwrap_err();
            let told = said(&error);
            assert!(told.contains(expected), "{told}");
            assert!(!told.contains("error") && !told.contains("invalid"), "{told}");
        }
    }
}
